"""Event store -> Kafka: one leased reader per log, which keeps no position of its own.

Taking the lease it reads the last record of its partition and goes on from there, so that a lost tail, a lost topic or
a restored broker heals itself. What a late process sends again was there already: consumers skip it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared import kafka
from shared.batches import Batches, producer
from shared.bell import heard
from shared.errors import ChainBroken
from shared.eventstore import GENESIS, Commit, EventStore
from shared.faults import passes
from shared.lease import RENEW, SECONDS, Lease, work_under
from shared.mongo import Database
from shared.partition_end import last_stamps
from shared.telling import told, trace
from shared.wire import Stamp, messages

PAGE = 2_000
TAIL_CHECK = 5.0
"""How often, in seconds, an idle relay looks whether its topic still ends where it should."""
IDLE = 1.0
"""How often, in seconds, a relay looks for commits although nothing rang."""
PATIENCE = 30.0
"""Seconds that Kafka is given to tell how the partition ends."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a partition: the last whole commit there, the chain's value after it, and the next offset."""

    n: int
    hash: str
    offset: int


@dataclass
class Relay:
    """Publishes one log to the partition of the same number. `run` until cancelled; many replicas may run it."""

    store: EventStore
    database: Database
    topic: str
    number: int
    servers: kafka.Servers
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    published: int = 0
    alarm: str | None = None

    @property
    def log_name(self) -> str:
        """The log that is published."""
        return self.store.log_names[self.number]

    async def run(self) -> None:
        """Wait for the lease, publish while it is held, and start over after any fault of the infrastructure."""
        lease = Lease(self.database, f"relay:{self.log_name}")
        await work_under(lease, self._watched, self._interrupted, self._rests)

    def _rests(self) -> None:
        """Another publishes: whether it can is its own to say."""
        self.alarm = None

    def _interrupted(self, error: Exception) -> None:
        log.warning("relay_interrupted", log=self.log_name, error=told(error))

    async def _watched(self, lease: Lease) -> None:
        """What does not pass by itself is an alarm: a broken chain, a refused record, one that can't be read.

        It is tried again all the same, for it may be mended. Nothing of it ends the process.
        """
        try:
            await self._hold(lease)
        except Exception as error:
            if passes(error) and not _refused(error):
                raise
            self.alarm = str(error) if isinstance(error, ChainBroken) else told(error)
            log.error("relay_stopped_by_alarm", log=self.log_name, reason=self.alarm, trace=trace(error))

    async def _hold(self, lease: Lease) -> None:
        clock = asyncio.get_running_loop().time
        sender, reader = (
            producer(self.servers),
            AIOKafkaConsumer(**kafka.options(self.servers), auto_offset_reset="earliest"),
        )
        try:
            await sender.start()
            await reader.start()
            tail = await self._read_tail(reader)
            renewed = checked = clock()
            while True:
                if clock() - renewed > RENEW:
                    if not await lease.take():
                        return
                    renewed = clock()
                if clock() - checked > TAIL_CHECK:
                    checked = clock()
                    if await self._end(reader) < tail.offset:
                        log.warning("topic_lost_its_tail", log=self.log_name, expected=tail.offset)
                        tail = await self._read_tail(reader)
                self.rung.clear()
                commits = await self.store.read(self.log_name, tail.n, PAGE)
                if clock() - renewed > SECONDS:  # paused in between: another may be at work
                    return
                if commits:
                    following = await self._publish(sender, commits, tail)
                    tail = await self._read_tail(reader) if following is None else following
                self.alarm = None
                if len(commits) < PAGE:
                    await self._wait()
        finally:
            await reader.stop()
            await kafka.stop(sender)

    async def _wait(self) -> None:
        """Until a commit was inserted since the last reading, or might have been without anybody telling."""
        await heard(self.rung, IDLE)

    async def _publish(self, sender: AIOKafkaProducer, commits: list[Commit], tail: Tail) -> Tail | None:
        """The new tail, or None if the topic turned out to have lost its own."""
        n, value = tail.n, tail.hash
        batches = Batches(sender, self.topic, self.number)
        for commit in commits:
            if commit.n != n + 1:
                raise ChainBroken(self.log_name, commit.n, f"stored behind {n}: what is between is missing")
            for message in messages(commit, value):
                await batches.add(*message)
            n, value = commit.n, commit.hash
        first, end = await batches.sent()
        self.published += batches.count
        if first < tail.offset:
            log.warning("topic_lost_its_tail", log=self.log_name, expected=tail.offset, found=first)
            return None
        return Tail(n, value, end)

    def _partition(self) -> TopicPartition:
        return TopicPartition(self.topic, self.number)

    async def _end(self, reader: AIOKafkaConsumer) -> int:
        return int((await reader.end_offsets([self._partition()]))[self._partition()])

    async def _read_tail(self, reader: AIOKafkaConsumer) -> Tail:
        """Where the partition ends, checked against the store; foreign messages at its end are passed over."""
        try:
            async with asyncio.timeout(PATIENCE):
                end = await self._end(reader)
                stamps = await last_stamps(reader, self._partition(), self.log_name, end)
        finally:
            reader.unsubscribe()  # it would go on to fetch what this relay itself writes
        return await self._checked(stamps[-1], end) if stamps else Tail(0, GENESIS, end)

    async def _checked(self, stamp: Stamp, end: int) -> Tail:
        """The tail that the last record stands for; a commit that was sent in part is sent again as a whole."""
        n = stamp.n if stamp.last else stamp.n - 1
        if n == 0:
            return Tail(0, GENESIS, end)
        stored = await self.store.read(self.log_name, n - 1, 1)
        if not stored or stored[0].n != n:
            raise ChainBroken(self.log_name, n, "the topic is ahead of the store; was a backup restored?")
        if stamp.last and stored[0].hash != stamp.hash:
            raise ChainBroken(self.log_name, n, "the topic holds another commit than the store at this position")
        return Tail(n, stored[0].hash, end)


def _refused(error: Exception) -> bool:
    return isinstance(error, KafkaError) and not error.retriable


async def ring(store: EventStore, relays: list[Relay]) -> None:
    """The doorbell: wake a log's relay when a commit is inserted. A lost change stream costs latency, never data."""
    bells = {relay.log_name: relay.rung for relay in relays}
    wanted: list[dict[str, Any]] = [{"$match": {"operationType": "insert"}}, {"$project": {"fullDocument.log": 1}}]
    while True:
        try:
            async with store.commits.watch(wanted) as changes:
                async for change in changes:
                    if (bell := bells.get(change["fullDocument"]["log"])) is not None:
                        bell.set()
        except PyMongoError as error:
            log.warning("doorbell_lost", error=told(error))
        await asyncio.sleep(RENEW)
