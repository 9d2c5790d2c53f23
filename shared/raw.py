"""FastStream's parsing, made harmless: headers that are not UTF-8 and values that are not JSON must lose no batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from shared.incoming import Message


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
