"""The last events of a log in its partition, read backwards in ever wider windows.

Offsets before the end may hold nothing to read: a transaction's marker takes one. So a window is read until the reader
stands behind it, never record by record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.wire import Malformed, Record, Stamp, stamp_of

LAST = 50
"""How many offsets are looked at first."""


async def last_stamps(
    reader: AIOKafkaConsumer, partition: TopicPartition, log: str, before: int | None = None
) -> list[Stamp]:
    """Where the last events of a log before an offset stand, or of all, in order; empty only if there are none.

    What no relay of the log wrote is passed over. The partition stays assigned to the reader. Waits as long as Kafka
    does not answer.
    """
    reader.assign([partition])
    beginning: int = (await reader.beginning_offsets([partition]))[partition]
    end: int = (await reader.end_offsets([partition]))[partition]
    end = end if before is None else min(before, end)
    width = LAST
    while end > beginning:
        start = max(beginning, end - width)
        if found := [stamp async for record in _between(reader, partition, start, end) if (stamp := _of(record, log))]:
            return found
        end, width = start, 2 * width
    return []


async def _between(reader: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int) -> AsyncIterator[Any]:
    reader.seek(partition, start)
    while await reader.position(partition) < end:
        for record in (await reader.getmany(partition, timeout_ms=1_000)).get(partition, []):
            if record.offset < end:
                yield record


def _of(record: Record, log: str) -> Stamp | None:
    try:
        stamp = stamp_of(record)
    except Malformed:
        return None
    return stamp if stamp.log == log else None
