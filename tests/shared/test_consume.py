"""From the store through relay and Kafka into a projection, on real servers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faststream.kafka import KafkaBroker

from shared.consume import Consumer
from shared.eventstore import EventStore, open_store
from shared.execute import Context, execute
from shared.mongo import Client, Database
from shared.parking import parked_list
from shared.relay import Relay
from shared.topics import WrongPartitions, apply
from shared.wire import Headers
from tests.shared.counting import COUNTER, Add
from tests.shared.test_subscribe import Sums

TOPIC = "intake.proposals"


class Line:
    """A store, its relays, and as many replicas of one projection as asked for."""

    def __init__(self, client: Client, database: Database, servers: str, store: EventStore) -> None:
        self.client, self.database, self.servers, self.store = client, database, servers, store
        self.name = f"sums{uuid.uuid4().hex[:6]}"
        self.sums = Sums(client, database, self.name)
        self.relays = [asyncio.create_task(Relay(store, database, TOPIC, i, servers).run()) for i in range(2)]
        self.brokers: list[KafkaBroker] = []
        self.consumers: list[Consumer] = []

    async def replica(self) -> KafkaBroker:
        broker = KafkaBroker(self.servers, allow_auto_create_topics=False, logger=None)
        consumer = Consumer(Sums(self.client, self.database, self.name).subscription, TOPIC, "test")
        consumer.attach(broker)
        await broker.start()
        self.brokers.append(broker)
        self.consumers.append(consumer)
        return broker

    async def append(self, first: int, count: int) -> int:
        for i in range(first, first + count):
            order = Context(actor="a", key=f"k{i}", correlation="c")
            await execute(self.store, COUNTER, f"thing-{i % 7}", Add(by=1, times=2), order)
        return 2 * (first + count)

    async def until(self, reached: Callable[[int], bool]) -> int:
        """The projection's total, once `reached` says that it is right; 40 seconds at most."""
        async with asyncio.timeout(40):
            while not reached(total := await self.sums.total()):  # noqa: ASYNC110 - as a user polls
                await asyncio.sleep(0.02)
        return total

    async def close(self) -> None:
        for broker in self.brokers:
            await broker.stop()
        for task in self.relays:
            task.cancel()
        await asyncio.gather(*self.relays, return_exceptions=True)


@pytest.fixture
async def line(client: Client, database: Database, kafka_servers: str) -> AsyncIterator[Line]:
    await apply(kafka_servers, [TOPIC], 2)
    line = Line(client, database, kafka_servers, await open_store(database, "test", 2))
    yield line
    await line.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await admin.start()
    await admin.delete_topics([TOPIC])
    await admin.close()


async def test_every_event_is_projected_once_while_replicas_come_and_go(line: Line) -> None:
    one = await line.replica()
    total = await line.append(0, 40)
    await line.until(lambda t: t >= total)
    await line.replica()
    total = await line.append(40, 40)
    await one.stop()
    total = await line.append(80, 40)
    assert await line.until(lambda t: t >= total) == total
    assert all(not c.alarms for c in line.consumers)


async def test_foreign_messages_are_parked_and_the_rest_goes_on(line: Line) -> None:
    """No headers, a header that is not UTF-8, an event of another log: none of them stops or loses what is ours."""
    await line.replica()
    total = await line.append(0, 5)
    await line.until(lambda t: t >= total)
    foreign: list[Headers] = [[], [("log", b"\xff\xfe")], [("log", b"test-7")]]
    async with AIOKafkaProducer(bootstrap_servers=line.servers) as producer:
        for headers in foreign:
            await producer.send_and_wait(TOPIC, b"\x00\xff", partition=0, headers=list(headers))
    total = await line.append(5, 20)
    assert await line.until(lambda t: t >= total) == total
    parked = await parked_list(line.database)
    assert [(e.kind, e.status, e.partition) for e in parked] == [("malformed", "parked", 0)] * 3


async def test_topics_are_made_once_and_other_partitions_are_refused(line: Line) -> None:
    await apply(line.servers, [TOPIC], 2)
    with pytest.raises(WrongPartitions, match="TRAMA_LOGS=2"):
        await apply(line.servers, [TOPIC], 4)
