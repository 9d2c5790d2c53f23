"""What a compacted topic has told of its keys, read from Kafka itself."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic_core import from_json

from shared import kafka

REVISION = "revision"
"""The header that tells the revision of a row, and of a tombstone, which has no other place for it."""
PATIENCE_MS = 1_000


async def told_behind(servers: kafka.Servers, topic: str, offset: int) -> dict[str, int]:
    """The highest revision of each key in the committed records behind `offset` (-1: in all there are).

    Asked once a producer of the topic's transactional id has started: a transaction before it is decided then. Else a
    record just committed could still be behind the end that is seen here.
    """
    partition = TopicPartition(topic, 0)
    found: dict[str, int] = {}
    async with AIOKafkaConsumer(**kafka.options(servers), isolation_level="read_committed") as consumer:
        consumer.assign([partition])
        first = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
        at = max(offset + 1, first)
        consumer.seek(partition, at)
        while at < end:
            records = await consumer.getmany(partition, timeout_ms=PATIENCE_MS)
            for record in records.get(partition, ()):
                key = record.key.decode()
                found[key] = max(_revision(record), found.get(key, 0))
            at = await consumer.position(partition)
    return found


def _revision(record: ConsumerRecord) -> int:
    headers = dict(record.headers)
    if REVISION in headers:
        return int(headers[REVISION])
    return int(from_json(record.value)["data"]["revision"]) if record.value is not None else 0
