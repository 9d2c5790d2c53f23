"""Where a topic ends, read from Kafka itself: the last event of each log there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import kafka, topics
from shared.partition_end import last_stamps
from shared.replay import answering
from shared.wire import Stamp


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
    async with answering():
        there = (await topics.partitions(servers, [topic]))[topic]
        if there == 0:
            return [None] * len(logs)
        async with AIOKafkaConsumer(**kafka.options(servers), **kafka.LOOKING) as consumer:
            return [
                await _tail(consumer, TopicPartition(topic, number), name) if number < there else None
                for number, name in enumerate(logs)
            ]


async def _tail(consumer: AIOKafkaConsumer, partition: TopicPartition, log: str) -> Tail:
    end = (await consumer.end_offsets([partition]))[partition]
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    stamps = await last_stamps(consumer, partition, log, end)
    return Tail(stamps[-1] if stamps else None, end - beginning)
