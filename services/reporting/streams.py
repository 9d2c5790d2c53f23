"""The streams to headquarters on Kafka: one leased emitter per feed writes the rows that have changed, in order.

A former emitter that wakes up late is fenced by the broker (one transactional id per feed). Rows that were not
confirmed are sent again: a row with a revision already seen is old.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.reporting import feeds
from services.reporting.changes import Change
from services.reporting.model import GENERATIONS
from services.reporting.published import REVISION, told_behind
from services.reporting.rows import Feed, Row
from shared import kafka
from shared.bell import heard
from shared.lease import RENEW, SECONDS, Lease, work_under
from shared.mongo import Client, Database
from shared.telling import told
from shared.wire import CONTENT_TYPE

AT_ONCE = 500
"""Records in one transaction of the broker."""
IDLE = 1.0
"""How often, in seconds, an emitter looks for unpublished rows although nothing rang."""
GATHER = 0.5
"""Seconds from one look to the next at least: what changes in quick succession is one row. The first goes at once."""
log = structlog.get_logger(__name__)


@dataclass
class Dirty:
    """Which keys may have changed since their rows were written."""

    keys: set[str] = field(default_factory=set)
    everything: bool = True
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, change: Change, kind: str) -> None:
        """A change of the totals of this kind, or of the generation; after None anything may have changed."""
        if change is None or change.collection == GENERATIONS:
            self.everything = True
        elif change.collection.startswith("totals_") and change.id.startswith(f"{kind}:"):
            self.keys.add(change.id.split(":")[1])
        else:
            return
        self.rung.set()

    def take(self) -> list[str] | None:
        """The keys, None for all; from now on none."""
        keys = None if self.everything else sorted(self.keys)
        self.keys, self.everything = set(), False
        self.rung.clear()
        return keys


@dataclass
class Emitter:
    """Emits one feed. `run` until cancelled; many replicas may run it, one of them works."""

    client: Client
    database: Database
    feed: Feed
    servers: kafka.Servers
    published: int = 0
    dirty: Dirty = field(default_factory=Dirty)

    def note(self, change: Change) -> None:
        """What has changed in the database, as `changes` tells."""
        self.dirty.note(change, self.feed.kind)

    async def run(self) -> None:
        """Wait for the lease, emit while it is held, and start over after any fault of the infrastructure."""
        await work_under(Lease(self.database, f"feed:{self.feed.name}"), self._hold, self._interrupted)

    def _interrupted(self, error: Exception) -> None:
        log.warning("emitter_interrupted", feed=self.feed.name, error=told(error))

    async def _hold(self, lease: Lease) -> None:
        producer = AIOKafkaProducer(
            **kafka.options(self.servers),
            transactional_id=f"{self.database.name}.{self.feed.name}",
            acks="all",
            max_request_size=1_040_000,
        )
        self.dirty.note(None, self.feed.kind)  # who had the lease before may have left anything
        try:
            await producer.start()
            await self._begin()
            while await self._emit(lease, producer):
                pass
        finally:
            await kafka.stop(producer)

    async def _emit(self, lease: Lease, producer: AIOKafkaProducer) -> bool:
        """Emit what there is and wait for more; whether the lease is still held."""
        clock = asyncio.get_running_loop().time
        if not await lease.take():
            return False
        renewed = clock()
        while clock() - renewed < RENEW:
            began = clock()
            keys = self.dirty.take()
            if keys is None or keys:
                await feeds.refresh(self.client, self.database, self.feed, keys)
            if clock() - renewed > SECONDS:  # paused in between: another may be at work
                return False
            rows = await feeds.changed_rows(self.database, self.feed.name, self.published, {}, AT_ONCE)
            if rows:
                await self._publish(producer, rows)
            if len(rows) == AT_ONCE:
                continue
            await heard(self.dirty.rung, IDLE)
            await asyncio.sleep(began + GATHER - clock())
        return True

    async def _publish(self, producer: AIOKafkaProducer, rows: list[Row]) -> None:
        async with kafka.transaction(producer):
            futures = [await self._send(producer, row) for row in rows]
            sent = await asyncio.gather(*futures)
        before = await feeds.state(self.database, self.feed.name)
        if sent[0].offset <= before["offset"]:
            log.warning("topic_lost_its_tail", topic=self.feed.topic, expected=before["offset"])
            await self._again()
            return
        self.published = rows[-1]["seq"]
        kept = {"$max": {"published": self.published}, "$set": {"offset": sent[-1].offset}}
        await self.database[feeds.STATES].update_one({"_id": self.feed.name}, kept)

    async def _send(self, producer: AIOKafkaProducer, row: Row) -> asyncio.Future[Any]:
        text = row["text"]
        headers = [(REVISION, str(row["revision"]).encode())]
        if text is not None:
            headers += [("content-type", CONTENT_TYPE), ("type", self.feed.fact.type.encode())]
        value = None if text is None else text.encode()
        future: asyncio.Future[Any] = await producer.send(
            self.feed.topic, value, row["key"].encode(), 0, headers=headers
        )
        return future

    async def _begin(self) -> None:
        """Go on behind what was published; from the beginning, if the topic has lost it.

        What the topic has told beyond that, a database has forgotten that was lost or restored: revisions go on there.
        """
        before = await feeds.state(self.database, self.feed.name)
        partition = TopicPartition(self.feed.topic, 0)
        async with AIOKafkaConsumer(**kafka.options(self.servers)) as consumer:
            end = (await consumer.end_offsets([partition]))[partition]
        if end <= before["offset"]:
            log.warning("topic_lost_its_tail", topic=self.feed.topic, expected=before["offset"], found=end)
            await self._again()
        else:
            self.published = before["published"]
            kept = await told_behind(self.servers, self.feed.topic, before["offset"])
            if forgotten := await feeds.remember(self.client, self.database, self.feed, kept):
                log.warning("revisions_taken_from_topic", topic=self.feed.topic, keys=forgotten)

    async def _again(self) -> None:
        """Publish every row once more."""
        self.published = 0
        await self.database[feeds.STATES].update_one({"_id": self.feed.name}, {"$set": {"published": 0, "offset": -1}})
