"""What a relay sends with: big batches of records, each made whole here.

A record sent by itself brings a future of its own and a batch of 16 kB; both cost more than the sending.
"""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from shared import kafka
from shared.wire import Headers

BYTES = 256 * 1024
"""How much goes to a partition at once; a bigger record goes alone."""


def producer(servers: kafka.Servers) -> AIOKafkaProducer:
    """A producer that sends nothing twice, and is answered when all replicas have it."""
    return AIOKafkaProducer(**kafka.options(servers), enable_idempotence=True, acks="all", max_batch_size=BYTES)


class Batches:
    """Records on their way to one partition, in order; `count` is how many."""

    def __init__(self, sender: AIOKafkaProducer, topic: str, partition: int) -> None:
        self.count = 0
        self._sender, self._topic, self._partition = sender, topic, partition
        self._batch = sender.create_batch()
        self._under_way: list[tuple[asyncio.Future[RecordMetadata], int]] = []

    async def add(self, key: bytes, value: bytes, headers: Headers) -> None:
        """Send a record, together with those around it."""
        self.count += 1
        if not self._batch.append(timestamp=None, key=key, value=value, headers=headers):
            await self._send()
            self._batch.append(timestamp=None, key=key, value=value, headers=headers)

    async def sent(self) -> tuple[int, int]:
        """Once the broker has all: the offset of the first record, and the one behind the last."""
        await self._send()
        ends = await asyncio.gather(*(future for future, _ in self._under_way))
        return ends[0].offset, ends[-1].offset + self._under_way[-1][1]

    async def _send(self) -> None:
        """Hand over the batch, once the one before it is on its way."""
        future = await self._sender.send_batch(self._batch, self._topic, partition=self._partition)
        self._under_way.append((future, self._batch.record_count()))
        self._batch = self._sender.create_batch()
