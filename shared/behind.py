"""Whether a subscription stands where its consumer group has read to, and the topic reaches so far.

Offsets are committed after the work, so a position behind them means that it was lost: the database was, or an older
backup of it was restored. A topic that ends before the position has lost its tail, or its store is an older backup's:
what is recorded next would be taken for what is known. Without a new event nobody would notice; so it is looked at
whenever partitions are assigned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from shared.partition_end import last_stamps
from shared.subscribe import Subscription

PATIENCE = 30.0
"""Seconds that Kafka is given to tell about one partition."""
Place = tuple[int, int]
NOWHERE: Place = (0, 0)
log = structlog.get_logger(__name__)


@dataclass
class Comparison(ConsumerRebalanceListener):  # type: ignore[misc]
    """Of one consumer's partitions: which are still to be compared, and which are read again up to which place.

    Those that are `ahead` of their topic are compared until they are not. `told` hears of each that is either.
    """

    subscription: Subscription
    source: str
    told: Callable[[TopicPartition], None]
    behind: dict[TopicPartition, Place] = field(default_factory=dict)
    ahead: set[TopicPartition] = field(default_factory=set)
    _due: set[TopicPartition] = field(default_factory=set)
    _compared: set[TopicPartition] = field(default_factory=set)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """What was owned may come back: `on_partitions_assigned` says."""

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Compare them, those too that were here before: another may have owned them meanwhile."""
        self._due = set(assigned)

    def open(self, assigned: Iterable[TopicPartition]) -> list[TopicPartition]:
        """Those of which it is not known yet whether they stand where they should."""
        return [partition for partition in assigned if partition not in self._compared]

    async def compare(self, consumer: AIOKafkaConsumer, reader: Callable[[], AIOKafkaConsumer]) -> None:
        """Compare what is due, and begin again where a position is behind; raises errors of the infrastructure."""
        due = {p for p in consumer.assignment() if p in self._due or p not in self._compared}
        if not due:
            return
        async with reader() as inner:
            for partition in sorted(due):
                self._due.discard(partition)  # before: an assignment in between makes it due anew
                try:
                    async with asyncio.timeout(PATIENCE):
                        await self._compare(consumer, inner, partition)
                except BaseException:
                    self._due.add(partition)
                    raise

    async def caught_up(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Those that were behind or ahead and are no longer, or belong to another now."""
        gone = [p for p in self.ahead if p in self._compared or p not in consumer.assignment()]
        self.ahead.difference_update(gone)
        for partition, place in list(self.behind.items()):
            if partition not in consumer.assignment() or await self._place(partition) >= place:
                del self.behind[partition]
                gone.append(partition)
        return gone

    async def _compare(self, consumer: AIOKafkaConsumer, reader: AIOKafkaConsumer, partition: TopicPartition) -> None:
        name = f"{self.source}-{partition.partition}"
        offset = await consumer.committed(partition)  # first: the position may only move on behind it
        read = await last_place(reader, partition, name, offset) if offset else None
        if read is not None and await self._place(partition) < read:
            try:
                await consumer.seek_to_beginning(partition)
            except IllegalStateError:  # a rebalance took it away: its new owner compares
                return
            self.behind[partition] = read
            self.told(partition)
            log.warning("position_is_behind_reading_again", consumer=self.subscription.name, log=name, up_to=read)
        place = await self._place(partition)  # before the end, which only grows
        topic_ends = (await reader.end_offsets([partition]))[partition]
        end = read if offset and offset >= topic_ends else await last_place(reader, partition, name)
        if place > (end or NOWHERE):
            self._compared.discard(partition)
            if partition not in self.ahead:
                self.ahead.add(partition)
                self.told(partition)
                log.error("position_is_ahead", consumer=self.subscription.name, log=name, place=place, up_to=end)
            return
        self._compared.add(partition)

    async def _place(self, partition: TopicPartition) -> Place:
        position = await self.subscription.position(f"{self.source}-{partition.partition}")
        return position.n, position.index


async def last_place(
    reader: AIOKafkaConsumer, partition: TopicPartition, name: str, before: int | None = None
) -> Place | None:
    """The highest place of the last events of the log `name` before an offset, or of all; None if there is none.

    The last alone would not do: a relay may have sent older ones again.
    """
    return max((stamp.place for stamp in await last_stamps(reader, partition, name, before)), default=None)
