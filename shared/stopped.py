"""Partitions that an alarm has stopped: paused, and tried again every few seconds, so that a healed topic goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

HEAL = 5.0
"""After how many seconds a stopped partition is tried again."""
log = structlog.get_logger(__name__)


@dataclass
class _Stop:
    """Where reading stopped, how often it was tried again, and when it will be."""

    offset: int
    tries: int
    due: float


@dataclass
class StoppedPartitions:
    """The stopped partitions of one consumer, and those that are being read again from their beginning."""

    _stops: dict[TopicPartition, _Stop] = field(default_factory=dict)
    _rewound: set[TopicPartition] = field(default_factory=set)

    def __contains__(self, partition: TopicPartition) -> bool:
        return partition in self._stops

    def may_rewind(self, partition: TopicPartition) -> bool:
        """Whether a jump may be answered by reading again from the beginning: once, until something new was taken."""
        if partition in self._rewound or partition in self._stops:
            return False
        self._rewound.add(partition)
        return True

    def healed(self, partition: TopicPartition) -> None:
        """Something new was taken."""
        self._rewound.discard(partition)
        self._stops.pop(partition, None)

    def stop(self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> None:
        """Pause a partition at `offset`."""
        due = asyncio.get_running_loop().time() + HEAL
        earlier = self._stops.get(partition)
        self._stops[partition] = _Stop(offset, earlier.tries if earlier else 0, due)
        try:
            consumer.seek(partition, offset)
            consumer.pause(partition)
        except IllegalStateError:  # a rebalance took it away: its new owner will find the same
            log.info("partition_was_reassigned", partition=partition.partition)

    async def heal(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Read again what is due; the partitions that are stopped no longer: given to another, or read to their end."""
        gone = []
        for partition, stop in list(self._stops.items()):
            if partition not in consumer.assignment():
                gone.append(partition)
            elif asyncio.get_running_loop().time() < stop.due:
                continue
            elif partition in consumer.paused():
                await self._resume(consumer, partition, stop)
            elif await _at_end(consumer, partition):
                gone.append(partition)
        for partition in gone:
            self.healed(partition)
        return gone

    async def _resume(self, consumer: AIOKafkaConsumer, partition: TopicPartition, stop: _Stop) -> None:
        """From where it stopped; ever more rarely, at tries 1, 2, 4, 8, ..., from the beginning of a long topic."""
        stop.tries += 1
        stop.due += HEAL
        if stop.tries & (stop.tries - 1) == 0:
            await consumer.seek_to_beginning(partition)
        else:
            consumer.seek(partition, stop.offset)
        consumer.resume(partition)


async def _at_end(consumer: AIOKafkaConsumer, partition: TopicPartition) -> bool:
    ends = await consumer.end_offsets([partition])
    return bool(await consumer.position(partition) >= ends[partition])
