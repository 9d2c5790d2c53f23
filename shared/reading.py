"""Whether a consumer goes on reading: a message that its library can't read stops it, and no alarm comes by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

SECONDS = 180.0
"""How long a partition may stand still with messages known behind it: longer than a batch may take."""


@dataclass
class Reading:
    """The partitions of one consumer that stand `still`, and the offset at which each does."""

    still: dict[TopicPartition, int] = field(default_factory=dict)
    _since: dict[TopicPartition, tuple[int, float]] = field(default_factory=dict)

    async def look(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Look where the partitions are now; those that stand still since this look, and those that no longer do."""
        now, before = asyncio.get_running_loop().time(), self.still
        since: dict[TopicPartition, tuple[int, float]] = {}
        for partition in consumer.assignment() - consumer.paused():
            end = consumer.highwater(partition)
            offset: int = await consumer.position(partition)
            if end is not None and offset < end:
                earlier = self._since.get(partition, (offset, now))
                since[partition] = earlier if earlier[0] == offset else (offset, now)
        self._since = since
        self.still = {partition: offset for partition, (offset, at) in since.items() if now - at > SECONDS}
        return sorted(self.still.keys() ^ before.keys())
