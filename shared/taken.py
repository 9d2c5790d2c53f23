"""What a consumer has taken and Kafka does not know yet: told now and then, for many batches at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition


@dataclass
class Taken:
    """Per partition, the offset up to which all was taken."""

    _offsets: dict[TopicPartition, int] = field(default_factory=dict)

    def upto(self, partition: TopicPartition, offset: int) -> None:
        """All before `offset` was taken."""
        self._offsets[partition] = offset

    async def tell(self, consumer: AIOKafkaConsumer) -> None:
        """Commit the offsets of the partitions that are still its own; those that can't be are told the next time."""
        offsets, self._offsets = self._offsets, {}
        own = {partition: offset for partition, offset in offsets.items() if partition in consumer.assignment()}
        if own:
            try:
                await consumer.commit(own)
            except BaseException:
                self._offsets = own | self._offsets
                raise
