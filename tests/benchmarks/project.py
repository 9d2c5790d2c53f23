"""Projecting from Kafka into MongoDB against raw reading and decoding: `python -m tests.benchmarks.project`.

The real consumer, subscription and documents: the chain is proved, every batch is one transaction that moves its
position. The raw side gets the same records in batches as big, decodes them to the typed events, and commits offsets.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.consume import FETCH_BYTES, Consumer
from shared.contracts.base import Recorded
from shared.contracts.monitoring import ContributionReceived
from shared.contracts.registry import decode
from shared.documents import apply_to
from shared.eventstore import open_store
from shared.incoming import Message
from shared.kafka import kafka_broker
from shared.parking import prepare
from shared.projection import Document, Projection
from shared.raw import MAX_RECORDS
from shared.subscribe import Subscription
from shared.wire import Stamp
from tests.benchmarks.data import drafts, fill, new_topic
from tests.benchmarks.harness import Asked, Row, Servers, compared, in_turn, per_second, run
from tests.benchmarks.relay import relay_rate
from tests.topics import remove

LOGS = 4
STREAMS, EVENTS = 1_000, 60
ROUNDS = 5
RAW, PROJECT = "raw getmany + decode", "project into documents"


def received(document: Document | None, event: Recorded) -> Document:
    """What was received of a project, and how often."""
    found = document or {"events": 0, "received": "0"}
    amount = event.fact.amount.value if isinstance(event.fact, ContributionReceived) else 0
    return {**found, "events": found["events"] + 1, "received": str(float(found["received"]) + float(amount))}


@dataclass
class Counted(Subscription):
    """Knows how many messages are taken for good."""

    taken: int = 0

    async def take(self, messages: Sequence[Message], stamps: Sequence[Stamp] | None = None) -> bool:
        moved = await super().take(messages, stamps)
        self.taken += len(messages)
        return moved


async def project_rate(servers: Servers, topic: str, count: int) -> float:
    """Events per second, from the assignment of the partitions to the last commit."""
    async with servers.database() as database:
        await prepare(database)
        apply = apply_to(database, [Projection("received", received)])
        subscription = Counted("bench", servers.client, database, apply=apply)
        consumer = Consumer(subscription, topic, "bench")
        broker = kafka_broker(servers.kafka)
        consumer.attach(broker)
        starting = asyncio.create_task(broker.start())
        while len(consumer.partitions) < LOGS:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        began = time.perf_counter()
        while subscription.taken < count:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - began
        await starting
        await broker.stop()
        documents = await database["received"].find().to_list(None)
        assert sum(document["events"] for document in documents) == count
    return count / seconds


async def raw_rate(servers: Servers, topic: str, count: int) -> float:
    """Records per second, from the first request to the last."""
    partitions = [TopicPartition(topic, number) for number in range(LOGS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers.kafka,
        group_id=uuid.uuid4().hex,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    consumer.assign(partitions)

    async def work() -> None:
        seen = 0
        while seen < count:
            for records in (await consumer.getmany(timeout_ms=15, max_records=MAX_RECORDS)).values():
                for record in records:
                    decode(record.value, dict(record.headers)["type"].decode())
                seen += len(records)
            await consumer.commit()

    rate = await per_second(work, count)
    await consumer.stop()
    return rate


async def measure(servers: Servers, streams: int = STREAMS) -> list[Row]:
    """Both in turn, on one topic that a relay has filled."""
    topic = await new_topic(servers.kafka, LOGS)
    async with servers.database() as database:
        store = await open_store(database, "bench", LOGS)
        count = await fill(store, drafts(streams, EVENTS))
        await relay_rate(servers.kafka, store, database, topic, count)
    measures = {
        RAW: lambda: raw_rate(servers, topic, count),
        PROJECT: lambda: project_rate(servers, topic, count),
    }
    rates = await in_turn(measures, ROUNDS)
    await remove(servers.kafka, [topic])
    return compared(rates, [Asked(PROJECT, RAW, 0.4)], "events/s")


if __name__ == "__main__":
    run(measure)
