"""From the store through relay and Kafka into a projection, on real servers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from faststream.kafka import KafkaBroker

from shared.consume import Consumer
from shared.contracts.base import Recorded
from shared.errors import Refused, Unavailable
from shared.eventstore import EventStore, open_store
from shared.execute import Context, execute
from shared.kafka import kafka_broker
from shared.mongo import Client, Database, Session
from shared.parking import counts, parked_list
from shared.parking_orders import request_retry, request_skip
from shared.partition_end import LAST
from shared.relay import Relay
from shared.subscribe import Subscription
from shared.topics import WrongPartitions, apply
from shared.wire import Headers, Stamp
from tests.shared.counting import COUNTER, Add
from tests.shared.feeding import Message, Tally, expected, log_of, send_unreadable
from tests.shared.test_subscribe import Sums
from tests.topics import remove

TOPIC = "intake.proposals"
DEAD = "dead-letters"


class Line:
    """A store, its relays, and as many replicas of one projection as asked for."""

    def __init__(self, client: Client, database: Database, servers: str, store: EventStore) -> None:
        self.client, self.database, self.servers, self.store = client, database, servers, store
        self.name = f"sums{uuid.uuid4().hex[:6]}"
        self.sums = Sums(client, database, self.name)
        self.tally = Tally(client, database, f"tally{uuid.uuid4().hex[:6]}")
        self.tasks: list[asyncio.Task[None]] = []
        self.running: list[asyncio.Task[None]] = []
        self.brokers: list[KafkaBroker] = []
        self.consumers: list[Consumer] = []

    def relay(self) -> None:
        relays = [Relay(self.store, self.database, TOPIC, i, self.servers) for i in range(2)]
        self.tasks += [asyncio.create_task(relay.run()) for relay in relays]

    async def replica(self) -> KafkaBroker:
        await self.consumer(Sums(self.client, self.database, self.name).subscription)
        return self.brokers[-1]

    async def consumer(self, subscription: Subscription) -> Consumer:
        broker = kafka_broker(self.servers)
        consumer = Consumer(subscription, TOPIC, "test")
        consumer.attach(broker)
        await broker.start()
        self.brokers.append(broker)
        self.consumers.append(consumer)
        self.running.append(asyncio.create_task(consumer.run()))
        return consumer

    async def send(self, messages: Sequence[Message]) -> None:
        """Put messages on the topic by hand, instead of the relay."""
        async with AIOKafkaProducer(bootstrap_servers=self.servers) as producer:
            for m in messages:
                await producer.send_and_wait(TOPIC, m.value, m.key, m.partition, headers=list(m.headers))

    async def append(self, first: int, count: int) -> int:
        for i in range(first, first + count):
            order = Context(actor="a", key=f"k{i}", correlation="c")
            await execute(self.store, COUNTER, f"thing-{i % 7}", Add(by=1, times=2), order)
        return 2 * (first + count)

    async def until(self, reached: Callable[[int], bool]) -> int:
        """The projection's total, once `reached` says that it is right; 90 seconds at most."""
        async with asyncio.timeout(90):
            while not reached(total := await self.sums.total()):  # noqa: ASYNC110 - as a user polls
                await asyncio.sleep(0.02)
        return total

    async def stop(self) -> None:
        """The consumers go; the relays stay."""
        for broker in self.brokers:
            await broker.stop()
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        self.brokers, self.running = [], []

    async def close(self) -> None:
        await self.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    """Until `reached` says so; 90 seconds at most."""
    async with asyncio.timeout(90):
        while not await reached():  # noqa: ASYNC110 - as a user polls
            await asyncio.sleep(0.05)


@pytest.fixture
async def line(client: Client, database: Database, kafka_servers: str) -> AsyncIterator[Line]:
    await apply(kafka_servers, [TOPIC, DEAD], 2)
    line = Line(client, database, kafka_servers, await open_store(database, "test", 2))
    yield line
    await line.close()
    await remove(kafka_servers, [TOPIC, DEAD])


async def test_every_event_is_projected_once_while_replicas_come_and_go(line: Line) -> None:
    line.relay()
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
    line.relay()
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
    [count] = await counts(line.database)
    assert (count.parked, count.waiting, count.skipped, count.malformed, count.malformed_skipped) == (0, 0, 0, 3, 0)


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
async def test_compressed_messages_of_others_can_be_read(line: Line, codec: str) -> None:
    """Before the relay starts, and while a consumer reads."""
    async with AIOKafkaProducer(bootstrap_servers=line.servers, compression_type=codec) as producer:
        await producer.send_and_wait(TOPIC, b"not ours" * 50, partition=0)
    line.relay()
    await line.replica()
    total = await line.append(0, 10)
    assert await line.until(lambda t: t >= total) == total
    assert [entry.kind for entry in await parked_list(line.database)] == ["malformed"]


async def test_a_message_that_cannot_be_read_is_an_alarm(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stops the library's reading must not look as if there were nothing to read."""
    monkeypatch.setattr("shared.reading.SECONDS", 1.0)
    await line.append(0, 20)
    logs = await log_of(line.store, 0), await log_of(line.store, 1)
    await line.send(logs[0][:10])
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: all_seen(line, 10))
    await send_unreadable(line.servers, TOPIC)
    await line.send(logs[0][10:])
    await until(lambda: is_(lambda: "offset 10 " in consumer.alarms.get("test-0", "")))


async def test_what_is_skipped_of_the_malformed_does_not_come_back(line: Line) -> None:
    line.relay()
    consumer = await line.consumer(line.tally.subscription)
    async with AIOKafkaProducer(bootstrap_servers=line.servers) as producer:
        await producer.send_and_wait(TOPIC, b"\x00\xff", partition=0)

    async def parked() -> bool:
        return len(await parked_list(line.database)) == 1

    await until(parked)
    [entry] = await parked_list(line.database)
    with pytest.raises(Refused, match="no event of Trama"):
        await request_retry(line.database, entry.id, "ana")
    await request_skip(line.database, entry.id, "not ours", "ana")
    await until(lambda: gone(line))
    inner = consumer._consumer
    assert inner is not None
    await inner.seek_to_beginning(TopicPartition(TOPIC, 0))
    await line.append(0, 20)
    await until(lambda: all_seen(line, 40))
    assert await gone(line)
    assert await line.database["skipped"].count_documents({"kind": "malformed", "reason": "not ours"}) == 1
    [count] = await counts(line.database)
    assert (count.parked, count.waiting, count.skipped, count.malformed, count.malformed_skipped) == (0, 0, 0, 0, 1)


async def test_a_parked_event_goes_to_dead_letters_and_is_retried_on_request(line: Line) -> None:
    line.relay()
    await line.append(0, 20)
    logs = await log_of(line.store, 0), await log_of(line.store, 1)
    poisoned = max(logs[0][-1], logs[1][-1], key=lambda message: message.place)  # a place in one of the logs only
    line.tally.poison = {poisoned.place}
    await line.consumer(line.tally.subscription)
    [letter] = await dead_letters(line.servers, 1)
    headers = {name: value.decode() for name, value in letter.headers}
    assert (letter.key, letter.value) == (poisoned.key, poisoned.value)
    assert headers["subscription"] == line.tally.name
    assert (headers["topic"], headers["partition"]) == (TOPIC, str(poisoned.partition))
    assert "cannot digest" in headers["error"]
    line.tally.poison = set()
    [entry] = [e for e in await parked_list(line.database) if e.status == "parked"]
    await request_retry(line.database, entry.id, "ana")
    await until(lambda: all_seen(line, 40))
    assert await line.tally.seen() == expected(logs[0]) | expected(logs[1])
    assert await gone(line)
    assert await line.database["dead_letters"].count_documents({}) == 0


async def test_a_stopped_partition_shows_and_goes_on_by_itself_when_its_topic_is_healed(line: Line) -> None:
    await line.append(0, 40)
    logs = await log_of(line.store, 0), await log_of(line.store, 1)
    tampered = replace(logs[0][10], value=logs[0][10].value.replace(b'"by":1', b'"by":9'))
    await line.send([*logs[0][:10], tampered, *logs[0][11:], *logs[1]])
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: is_(lambda: set(consumer.alarms) == {"test-0"}))
    await until(lambda: all_seen(line, len(logs[1])))  # the other partition goes on
    assert "hash does not fit" in consumer.alarms["test-0"]
    assert flat(await line.tally.seen()) <= flat(expected(logs[1])) | flat(expected(logs[0][:10]))
    admin = AIOKafkaAdminClient(bootstrap_servers=line.servers)
    await admin.start()
    await admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=len(logs[0]))})
    await admin.close()
    await line.send(logs[0])
    await until(lambda: all_seen(line, 80))
    assert await line.tally.seen() == expected(logs[0]) | expected(logs[1])
    await until(lambda: is_(lambda: consumer.alarms == {}))
    assert await consumer.lag() == {"test-0": 0, "test-1": 0}
    assert consumer.assigned == ["test-0", "test-1"]


async def test_a_gap_stops_its_partition_and_applies_nothing_behind_it(line: Line) -> None:
    await line.append(0, 40)
    log = await log_of(line.store, 0)
    await line.send([*log[:10], *log[12:]])
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: is_(lambda: "test-0" in consumer.alarms))
    assert flat(await line.tally.seen()) <= flat(expected(log[:10]))


async def test_a_batch_that_hangs_is_told_and_read_again_alone(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other partition of the batch goes on meanwhile, and nothing is taken twice."""
    monkeypatch.setattr("shared.consume.LONGEST", 1.0)
    monkeypatch.setattr("shared.mongo.ENDING", 1.0)
    line.relay()
    await line.append(0, 20)
    logs = await log_of(line.store, 0), await log_of(line.store, 1)
    hangs = True

    async def apply(session: Session, events: Sequence[Recorded]) -> None:
        if hangs and events[0].log == "test-0":
            await asyncio.Event().wait()
        await line.tally.apply(session, events)

    consumer = await line.consumer(Subscription(line.tally.name, line.client, line.database, apply=apply))
    await until(lambda: is_(lambda: set(consumer.alarms) == {"test-0"}))
    await until(lambda: all_seen(line, len(logs[1])))
    assert "TimeoutError" in consumer.alarms["test-0"]
    hangs = False
    await until(lambda: all_seen(line, 40))
    assert await line.tally.seen() == expected(logs[0]) | expected(logs[1])
    await until(lambda: is_(lambda: consumer.alarms == {}))


async def test_a_reaction_that_hangs_after_a_fault_is_read_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault of one of several that were at work must not look like the end of the consumer."""
    monkeypatch.setattr("shared.consume.LONGEST", 2.0)
    line.relay()
    await line.append(0, 20)
    faults, hangs, seen = 1, True, set[tuple[str, int, int]]()

    async def react(event: Recorded) -> None:
        nonlocal faults
        if hangs:
            await asyncio.sleep(0.01)
            faults -= 1
            if faults == 0:
                raise Unavailable("the primary stepped down")
            await asyncio.Event().wait()
        seen.add((event.log, event.n, event.index))

    consumer = await line.consumer(Subscription(line.tally.name, line.client, line.database, react=react))
    await until(lambda: is_(lambda: "TimeoutError" in str(consumer.alarms)))
    hangs = False
    await until(lambda: is_(lambda: len(seen) == 40))


async def lose(line: Line, position: dict[str, Any] | None = None) -> None:
    """The read model of a log and how far it is are gone, or those of an older backup; the group's offsets stay."""
    await line.stop()
    name = line.tally.name
    await line.database["positions"].delete_one({"_id": f"{name}:test-0"})
    if position is None:
        view = line.database[line.tally.projection.collection]
        await view.delete_many({"seen": {"$elemMatch": {"$regex": "^test-0:"}}})
    else:
        await line.database["positions"].insert_one(position)
    line.tally.restart()


async def test_a_lost_position_is_noticed_without_a_new_event(line: Line) -> None:
    """Foreign messages at the end of the topic tell nothing about the log, however many there are."""
    line.relay()
    await line.append(0, 20)
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: all_seen(line, 40))
    async with AIOKafkaProducer(bootstrap_servers=line.servers) as producer:
        for _ in range(LAST + 5):
            await producer.send_and_wait(TOPIC, b"\x00\xff", partition=0)
    await until(lambda: read_to_the_end(consumer))
    whole = await line.tally.seen()
    await lose(line)
    assert await line.tally.seen() != whole
    consumer = await line.consumer(line.tally.subscription)
    assert consumer.open == consumer.assigned == ["test-0", "test-1"]
    told = await until_told(consumer)
    assert "read again" in told["test-0"]
    assert set(told) == {"test-0"}
    await until(lambda: is_(lambda: not consumer.alarms))
    assert await line.tally.seen() == whole


async def test_a_topic_that_ends_before_the_position_is_told_until_it_is_filled_again(line: Line) -> None:
    """As after a restored backup of its store: what is recorded next would be passed over in silence."""
    await line.append(0, 20)
    logs = await log_of(line.store, 0), await log_of(line.store, 1)
    await line.send([*logs[0], *logs[1]])
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: all_seen(line, 40))
    await until(lambda: read_to_the_end(consumer))
    await line.stop()
    await remove(line.servers, [TOPIC])
    await apply(line.servers, [TOPIC], 2)
    await line.send([*logs[0][:-1], *logs[1]])
    line.tally.restart()
    consumer = await line.consumer(line.tally.subscription)
    told = await until_told(consumer)
    assert "ends before" in told["test-0"]
    assert set(told) == {"test-0"}
    await until(lambda: is_(lambda: consumer.open == ["test-0"]))
    await line.send(logs[0][-1:])
    await until(lambda: is_(lambda: not consumer.alarms and not consumer.open))
    assert await line.tally.seen() == expected(logs[0]) | expected(logs[1])


async def test_a_reaction_restored_from_a_backup_takes_up_what_is_missing(line: Line) -> None:
    """Its position is an older one, and nothing new comes: what was lost is work that was never done."""
    line.relay()
    await line.append(0, 10)
    seen: list[str] = []

    async def react(event: Recorded) -> None:
        seen.append(f"{event.log}:{event.n}.{event.index}")

    def subscription() -> Subscription:
        return Subscription(line.tally.name, line.client, line.database, react=react)

    consumer = await line.consumer(subscription())
    await until(lambda: read_to_the_end(consumer))
    backup = await line.database["positions"].find_one({"_id": f"{line.tally.name}:test-0"})
    before = len(seen)
    await line.append(10, 10)
    await until(lambda: is_(lambda: len(seen) == 40))
    await until(lambda: read_to_the_end(consumer))
    missing = {place for place in seen[before:] if place.startswith("test-0:")}
    await lose(line, backup)
    seen.clear()
    consumer = await line.consumer(subscription())
    await until(lambda: is_(lambda: set(seen) == missing))
    await until(lambda: is_(lambda: not consumer.open and not consumer.alarms))
    assert len(seen) == len(missing)


async def test_a_restart_reads_nothing_again_where_the_position_is_right(line: Line) -> None:
    line.relay()
    await line.append(0, 20)
    consumer = await line.consumer(line.tally.subscription)
    await until(lambda: all_seen(line, 40))
    await until(lambda: read_to_the_end(consumer))
    await line.stop()
    read: list[Any] = []

    class Watched(Subscription):
        async def take(self, messages: Sequence[Any], stamps: Sequence[Stamp] | None = None) -> bool:
            read.extend(messages)
            return await super().take(messages, stamps)

    consumer = await line.consumer(Watched(line.tally.name, line.client, line.database, apply=line.tally.apply))
    await until(lambda: is_(lambda: not consumer.open))
    assert consumer.alarms == {}
    await line.append(20, 1)
    await until(lambda: all_seen(line, 42))
    assert len(read) == 2


async def read_to_the_end(consumer: Consumer) -> bool:
    """Whether all that is there was read, and the group's offsets say so."""
    inner = consumer._consumer
    assert inner is not None
    ends = await inner.end_offsets(consumer.partitions)
    committed = [await inner.committed(partition) or 0 for partition in consumer.partitions]
    return committed == [ends[partition] for partition in consumer.partitions]


async def until_told(consumer: Consumer) -> dict[str, str]:
    """The alarms, once there are some."""
    await until(lambda: is_(lambda: bool(consumer.alarms)))
    return dict(consumer.alarms)


async def gone(line: Line) -> bool:
    return await parked_list(line.database) == []


async def all_seen(line: Line, count: int) -> bool:
    return sum(map(len, (await line.tally.seen()).values())) >= count


def flat(seen: dict[str, list[str]]) -> set[str]:
    return {place for places in seen.values() for place in places}


async def is_(true: Callable[[], bool]) -> bool:
    return true()


async def dead_letters(servers: str, count: int) -> list[Any]:
    """The first records of the topic."""
    async with AIOKafkaConsumer(DEAD, bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        return [await asyncio.wait_for(consumer.getone(), 90) for _ in range(count)]


async def test_topics_are_made_once_and_other_partitions_are_refused(line: Line) -> None:
    await apply(line.servers, [TOPIC], 2)
    with pytest.raises(WrongPartitions, match="TRAMA_LOGS=2"):
        await apply(line.servers, [TOPIC], 4)
