"""A log read again from its topic's first record, every event proved by the chain: what the topic says by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared import kafka, topics
from shared.errors import ChainBroken, Unavailable
from shared.eventstore.verify import misnamed
from shared.incoming import Arrived, follow
from shared.position import Jump, Position
from shared.wire import Malformed, Stamp, stamp_of

PATIENCE = 20.0
"""Seconds that Kafka is given to answer."""
PAGE = 200
"""Records proved at a stretch: a few milliseconds, so that other requests don't wait."""
Place = tuple[int, int]
"""A position in a log, and the index of an event in the commit there."""


@dataclass
class Replay:
    """A log of a topic, read so far as `position`; `fault` says why it can't be followed further, if so.

    `records` counts what was read, `foreign` the records among them that no relay of this log wrote. Repeated records
    are passed over.
    """

    topic: str
    log: str
    partition: TopicPartition | None
    position: Position = field(default_factory=Position)
    events: int = 0
    records: int = 0
    foreign: int = 0
    fault: str | None = None
    _consumer: AIOKafkaConsumer | None = None
    _rest: list[tuple[Stamp, Any]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """The last event that was proved; (0, 0) before the first."""
        return self.position.n, self.position.index

    @property
    def whole(self) -> bool:
        """Whether the position is at the end of a commit."""
        return self.position.index + 1 == self.position.count

    async def pages(self, upto: Place | None = None) -> AsyncIterator[list[Arrived]]:
        """The events up to and with the place `upto`, by default those that the topic holds now.

        Ends early at a fault, or where the topic ends. Raises `Unavailable`.
        """
        end = await self._end()
        while self.fault is None and (upto is None or self.place < upto):
            if not self._rest and not await self._read(end):
                return
            page = self._rest
            if upto is not None:  # at least one: where what comes next lies behind `upto`, events are missing
                page = list(takewhile(lambda kept: kept[0].place <= upto, page)) or page[:1]
            self._rest = self._rest[len(page) :]
            if arrived := self._prove(page):
                yield arrived

    def _prove(self, page: Sequence[tuple[Stamp, Any]]) -> list[Arrived]:
        stamps, messages = [stamp for stamp, _ in page], [message for _, message in page]
        try:
            after, arrived = follow(self.position, stamps, messages)
        except Jump as jump:
            begins = self.position == Position() and stamps[0].place != (1, 0)
            self.fault = f"{self.topic} begins at {stamps[0].place}, not at (1, 0)" if begins else f"a gap: {jump}"
            return []
        except ChainBroken as broken:
            self.fault = str(broken)
            return []
        for event in arrived:
            if reason := misnamed(event.stamp.type, event.text):
                self.fault = f"{self.log} at {event.stamp.place}: {reason}"
                return []
        self.position = after
        self.events += len(arrived)
        return arrived

    async def _end(self) -> int:
        if self._consumer is None or self.partition is None:
            return 0
        async with answering():
            return int((await self._consumer.end_offsets([self.partition]))[self.partition])

    async def _read(self, end: int) -> bool:
        """Read some records that stand before the offset `end`; whether there were any."""
        if self._consumer is None:
            return False
        async with answering():
            while not self._rest:
                if await self._consumer.position(self.partition) >= end:
                    return False
                found = await self._consumer.getmany(self.partition, timeout_ms=1_000, max_records=PAGE)
                for message in found.get(self.partition, ()):
                    self._take(message)
        await asyncio.sleep(0)
        return True

    def _take(self, message: Any) -> None:
        self.records += 1
        try:
            stamp = stamp_of(message)
        except Malformed:
            self.foreign += 1
            return
        if stamp.log == self.log:
            self._rest.append((stamp, message))
        else:
            self.foreign += 1


@asynccontextmanager
async def replaying(servers: kafka.Servers, topic: str, log: str) -> AsyncIterator[Replay]:
    """A log from its first record on; its number at the end is the partition. Raises `Unavailable`."""
    number = int(log.rpartition("-")[2])
    if number >= (await partitions(servers, [topic]))[topic]:
        yield Replay(topic, log, None, fault=f"{topic} has no partition for {log}: start the service anew, to make it")
        return
    partition = TopicPartition(topic, number)
    consumer = AIOKafkaConsumer(**kafka.options(servers), **kafka.LOOKING, enable_auto_commit=False)
    async with answering():
        await consumer.start()
    try:
        consumer.assign([partition])
        async with answering():
            await consumer.seek_to_beginning(partition)
        yield Replay(topic, log, partition, _consumer=consumer)
    finally:
        await consumer.stop()


async def partitions(servers: kafka.Servers, names: Sequence[str]) -> dict[str, int]:
    """How many partitions each of `names` has (0: it is not there). Raises `Unavailable`."""
    async with answering():
        return await topics.partitions(servers, names)


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Raises `Unavailable` if Kafka does not answer in 20 s."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable("Kafka does not answer") from error
