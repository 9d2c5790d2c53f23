"""What a relay sends with: big batches of records, each made whole here.

A record sent by itself brings a future of its own and a batch of 16 kB; both cost more than the sending.
Nothing is handed over before what precedes it is there: a broker takes any first batch of a producer that it does not
know, so what follows a refused one could be taken, and leave a gap for ever.
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
        self._under_way: asyncio.Future[RecordMetadata] | None = None
        self._under_way_count = 0
        self._ends: list[tuple[int, int]] = []

    async def add(self, key: bytes, value: bytes, headers: Headers) -> None:
        """Send a record, together with those around it; raises why one before it was refused."""
        self.count += 1
        if not self._batch.append(timestamp=None, key=key, value=value, headers=headers):
            await self._send()
            self._batch.append(timestamp=None, key=key, value=value, headers=headers)

    async def sent(self) -> tuple[int, int]:
        """Once the broker has all: the offset of the first record, and the one behind the last."""
        await self._send()
        await self._arrived()
        return self._ends[0][0], self._ends[-1][1]

    async def _send(self) -> None:
        """Hand over the batch, once the one before it is there."""
        await self._arrived()
        self._under_way = await self._sender.send_batch(self._batch, self._topic, partition=self._partition)
        self._under_way_count = self._batch.record_count()
        self._batch = self._sender.create_batch()

    async def _arrived(self) -> None:
        if self._under_way is not None:
            offset = (await self._under_way).offset
            self._ends.append((offset, offset + self._under_way_count))
            self._under_way = None
