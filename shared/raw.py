"""FastStream's reading of batches, made patient, and its parsing, made harmless.

Headers that are not UTF-8 and values that are not JSON must lose no batch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.incoming import Message

MAX_RECORDS = 8_000
"""How many messages a batch holds at most, of all partitions; those of different partitions are taken concurrently."""
WAITING_MS = 1_000
"""How long a consumer waits for messages before it asks again; what comes meanwhile is handed out at once."""


async def wait_for_batch(consumer: AIOKafkaConsumer) -> tuple[Message, ...]:
    """What is there, of all partitions; nothing after a while without.

    FastStream's own sleeps as long as it has waited in vain: so often that it costs, or so long that events wait.
    """
    messages = await consumer.getmany(timeout_ms=WAITING_MS, max_records=MAX_RECORDS)
    return tuple(chain(*messages.values()))


async def parse_blindly(messages: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """As the library parses, but blind to headers: one that is not UTF-8 must not lose its whole batch.

    It sees the first message only: nobody reads what it would copy of the others.
    """
    parsed = await original((_Bare(messages[0]),))
    parsed.raw_message = messages
    return parsed


async def keep_raw(message: Any) -> Any:
    """The bytes as they are: each record is decoded on its own, so that a bad one can't lose the others."""
    return message.body


def by_partition(messages: Sequence[Message]) -> dict[TopicPartition, list[Message]]:
    """The messages of a batch by their partition, in order."""
    parts: dict[TopicPartition, list[Message]] = {}
    topic, partition, part = "", -1, []
    for message in messages:
        if message.partition != partition or message.topic != topic:  # they come in runs
            topic, partition = message.topic, message.partition
            part = parts.setdefault(TopicPartition(topic, partition), [])
        part.append(message)
    return parts


class _Bare:
    """A record without its headers, as the library's parser reads it."""

    headers: tuple[tuple[str, bytes], ...] = ()

    def __init__(self, record: Message) -> None:
        self.value, self.topic, self.offset, self.timestamp = record.value, record.topic, record.offset, 0
