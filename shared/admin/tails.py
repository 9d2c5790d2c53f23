"""Where a topic ends, read from Kafka itself: the last event of each log there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared import kafka
from shared.errors import Unavailable
from shared.wire import Malformed, Stamp, stamp_of

PATIENCE = 20.0
"""Seconds that Kafka is given to answer."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The last event of a log in its topic, and how many records the partition holds (repeated ones included).

    `place` None: the partition holds no event of the log.
    """

    place: Stamp | None
    records: int


async def read_tails(servers: kafka.Servers, topic: str, logs: Sequence[str]) -> list[Tail | None]:
    """The tail of each of `logs`, whose number is its partition; None where there is no such partition.

    Raises `Unavailable` if Kafka does not answer in 20 s.
    """
    async with _answering():
        there = (await _partitions(servers, [topic]))[topic]
        if there == 0:
            return [None] * len(logs)
        async with AIOKafkaConsumer(**kafka.options(servers), auto_offset_reset="earliest") as consumer:
            return [
                await _tail(consumer, TopicPartition(topic, number), name) if number < there else None
                for number, name in enumerate(logs)
            ]


async def partitions(servers: kafka.Servers, topics: Sequence[str]) -> dict[str, int]:
    """How many partitions each of `topics` has (0: it is not there). Raises `Unavailable`."""
    async with _answering():
        return await _partitions(servers, topics)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except (KafkaError, OSError, TimeoutError) as error:
        raise Unavailable("Kafka does not answer") from error


async def _partitions(servers: kafka.Servers, topics: Sequence[str]) -> dict[str, int]:
    admin = AIOKafkaAdminClient(**kafka.options(servers))
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics)) if topics else []
        return {topic["topic"]: len(topic["partitions"]) for topic in described}
    finally:
        await admin.close()


async def _tail(consumer: AIOKafkaConsumer, partition: TopicPartition, log: str) -> Tail:
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    offset = end
    while offset > beginning:
        offset -= 1
        consumer.seek(partition, offset)
        try:
            stamp = stamp_of(await consumer.getone(partition))
        except Malformed:  # no relay of Trama wrote it: it is no part of the log
            continue
        if stamp.log == log:
            return Tail(stamp, end - beginning)
    return Tail(None, end - beginning)
