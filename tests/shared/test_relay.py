"""The relay against real servers: everything that is stored reaches its partition, in order, with its proof."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.admin.tails import read_tails
from shared.eventstore import GENESIS, Commit, Draft, EventStore, open_store
from shared.execute import Context, execute
from shared.mongo import Database
from shared.relay import Relay, Tail
from shared.topics import apply
from shared.wire import Malformed, stamp_of
from tests.running import until
from tests.servers import kafka_server
from tests.shared.counting import COUNTER, Add
from tests.shared.feeding import send_unreadable
from tests.topics import remove

ROOT = Path(__file__).parents[2]
FORGED: dict[str, bytes | None] = {"log": b"test-0", "position": b"1", "index": b"0", "count": b"1", "version": b"1"}
FORGED |= dict.fromkeys(("command", "recorded", "hash", "type"), b"x")


@pytest.fixture
async def store(database: Database) -> EventStore:
    return await open_store(database, "test", 2)


@pytest.fixture
async def admin(kafka_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
async def topic(admin: AIOKafkaAdminClient) -> str:
    name = f"t{uuid.uuid4().hex[:8]}"
    await admin.create_topics([NewTopic(name, 2, 1)])
    return name


async def append(store: EventStore, first: int, count: int) -> None:
    for i in range(first, first + count):
        order = Context(actor="a", key=f"k{i}", correlation="c")
        await execute(store, COUNTER, f"thing-{i % 7}", Add(by=1, times=1 + i % 3), order)


async def append_big(store: EventStore, size: int) -> None:
    """A first commit of that many bytes on the first log."""
    small, big = (next(s for i in range(99) if store.log_of(s := f"big-{i}") == store.log_names[n]) for n in (1, 0))
    await execute(store, COUNTER, small, Add(by=1, times=1), Context(actor="a", key="small", correlation="c"))
    [commit] = await store.load(small)
    event = json.loads(commit.texts[0]) | {"id": uuid.uuid4().hex, "pad": "x" * size}
    await store.append(Draft(event["id"], big, 0, (event["type"],), (json.dumps(event),), "f" * 64))


async def limit(admin: AIOKafkaAdminClient, topic: str, size: int) -> None:
    """How big a batch may be that the topic takes."""
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})])


async def end(servers: str, topic: str) -> int:
    """How many offsets the first partition holds."""
    async with AIOKafkaConsumer(bootstrap_servers=servers) as consumer:
        return int((await consumer.end_offsets([TopicPartition(topic, 0)]))[TopicPartition(topic, 0)])


async def alarm(relay: Relay, wanted: bool = True) -> bool:
    return (relay.alarm is not None) is wanted


async def proved(store: EventStore, topic: str, servers: str) -> int:
    """Reads until every stored event was seen; skips repetitions, refuses gaps; how many were skipped."""
    skipped = 0
    for number, log in enumerate(store.log_names):
        end = (await store.head(log)).n
        async with AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
            consumer.assign([TopicPartition(topic, number)])
            place, value = (0, 0), GENESIS
            last = True
            while place[0] < end or not last:
                record = await asyncio.wait_for(consumer.getone(), 90)
                try:
                    stamp = stamp_of(record)
                except Malformed:
                    continue
                if stamp.place <= place:
                    skipped += 1
                    continue
                assert stamp.place in ((place[0], place[1] + 1), (place[0] + 1, 0)), "a gap"
                assert record.key is not None
                assert record.value is not None
                assert stamp.fits(value, record.key.decode(), record.value.decode()), "the chain is broken"
                place, value, last = stamp.place, stamp.hash, stamp.last
            assert value == (await store.head(log)).hash
    return skipped


class Running:
    """Relays of both logs in this process."""

    def __init__(self, store: EventStore, database: Database, topic: str, servers: str) -> None:
        self.relays = [Relay(store, database, topic, i, servers) for i in range(2)]

    async def __aenter__(self) -> list[Relay]:
        self.tasks = [asyncio.create_task(r.run()) for r in self.relays]
        return self.relays

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_everything_stored_reaches_its_partition_in_order(
    store: EventStore, database: Database, topic: str, kafka_servers: str
) -> None:
    """Before and after the relay started; and a second start sends nothing again."""
    await append(store, 0, 50)
    async with Running(store, database, topic, kafka_servers):
        await append(store, 50, 50)
        assert await proved(store, topic, kafka_servers) == 0
    async with Running(store, database, topic, kafka_servers):
        await append(store, 100, 20)
        assert await proved(store, topic, kafka_servers) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"n": b"\xff"},
        FORGED | {"position": b"9" * 25},
        FORGED | {"count": b"9" * 25},
        FORGED | {"version": b"9" * 25},
        FORGED | {"version": b"-1"},
        FORGED | {"position": None},
        FORGED | {"log": None},
    ],
)
async def test_foreign_messages_at_the_end_are_passed_over(
    store: EventStore, database: Database, topic: str, kafka_servers: str, headers: dict[str, bytes | None]
) -> None:
    await append(store, 0, 20)
    async with Running(store, database, topic, kafka_servers):
        await proved(store, topic, kafka_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka_servers) as producer:
        await producer.send_and_wait(topic, b"not ours", partition=0, headers=list(headers.items()))
    async with Running(store, database, topic, kafka_servers):
        await append(store, 20, 20)
        assert await proved(store, topic, kafka_servers) == 0


async def test_a_message_that_cannot_be_read_is_an_alarm_until_it_is_gone(
    store: EventStore, database: Database, topic: str, kafka_servers: str, admin: AIOKafkaAdminClient
) -> None:
    """The relay lives on, and so does the service around it."""
    await append(store, 0, 20)
    await send_unreadable(kafka_servers, topic)
    async with Running(store, database, topic, kafka_servers) as relays:
        await until(lambda: alarm(relays[0]))
        assert "UnicodeDecodeError" in (relays[0].alarm or "")
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=1)})
        assert await proved(store, topic, kafka_servers) == 0
        await until(lambda: alarm(relays[0], False))


async def test_a_transaction_at_the_end_is_passed_over(
    store: EventStore, database: Database, topic: str, kafka_servers: str
) -> None:
    """Its marker takes the last offset, where nothing can be read. Operators are told the end all the same."""
    await append(store, 0, 20)
    async with Running(store, database, topic, kafka_servers):
        await proved(store, topic, kafka_servers)
    async with (
        AIOKafkaProducer(bootstrap_servers=kafka_servers, transactional_id=topic) as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(topic, b"not ours", partition=0)
    [first, _] = await read_tails(kafka_servers, topic, store.log_names)
    assert first is not None
    assert first.place is not None
    assert first.place.n == (await store.head("test-0")).n
    assert first.records == await end(kafka_servers, topic)
    async with Running(store, database, topic, kafka_servers):
        await append(store, 20, 20)
        assert await proved(store, topic, kafka_servers) == 0


async def test_a_topic_that_is_gone_is_filled_again(
    store: EventStore, database: Database, topic: str, kafka_servers: str, admin: AIOKafkaAdminClient
) -> None:
    """The relay goes on running while its topic is deleted and made anew."""
    async with Running(store, database, topic, kafka_servers):
        await append(store, 0, 30)
        await proved(store, topic, kafka_servers)
        await remove(kafka_servers, [topic])
        await admin.create_topics([NewTopic(topic, 2, 1)])
        await proved(store, topic, kafka_servers)
        await append(store, 30, 10)
        await proved(store, topic, kafka_servers)


async def test_a_topic_ahead_of_the_store_is_an_alarm(
    store: EventStore, database: Database, topic: str, kafka_servers: str
) -> None:
    """A store restored from an older backup must not be published as if nothing had happened."""
    await append(store, 0, 30)
    async with Running(store, database, topic, kafka_servers):
        await proved(store, topic, kafka_servers)
    head = (await store.head("test-0")).n
    await store.commits.delete_many({"log": "test-0", "n": {"$gt": head - 3}})
    async with Running(store, database, topic, kafka_servers) as relays:
        await until(lambda: alarm(relays[0]))
        assert "ahead of the store" in (relays[0].alarm or "")
        assert relays[1].alarm is None


async def test_nothing_follows_what_the_broker_refuses(
    store: EventStore, database: Database, topic: str, kafka_servers: str, admin: AIOKafkaAdminClient
) -> None:
    """The first batch of a producer too: an alarm says why, and once the topic takes it, everything is there."""
    await limit(admin, topic, 200_000)
    await append_big(store, 400_000)
    await append(store, 0, 30)
    async with Running(store, database, topic, kafka_servers) as relays:
        for _ in range(2):  # it is tried again, and stays an alarm
            relays[0].alarm = None
            await until(lambda: alarm(relays[0]))
            assert relays[0].alarm == "MessageSizeTooLargeError: [Error 10] MessageSizeTooLargeError"
        assert await end(kafka_servers, topic) == 0
        await limit(admin, topic, 1_000_000)
        assert await proved(store, topic, kafka_servers) == 0
        await until(lambda: alarm(relays[0], False))


async def test_an_alarm_ends_when_another_takes_over(
    store: EventStore, database: Database, topic: str, kafka_servers: str
) -> None:
    """As after a pause, or without the database for a while: what stopped this one may be mended since."""
    await append(store, 0, 10)
    await store.commits.delete_one({"log": "test-0", "n": 2})
    async with Running(store, database, topic, kafka_servers) as [relay, _]:
        await until(lambda: alarm(relay))
        later = datetime.now(UTC) + timedelta(seconds=60)
        await database["leases"].update_one({"_id": "relay:test-0"}, {"$set": {"owner": "another", "until": later}})
        await until(lambda: alarm(relay, False), 30)


class Sending(Relay):
    """Shows what it sends with."""

    sender: AIOKafkaProducer | None = None

    async def _publish(self, sender: AIOKafkaProducer, commits: list[Commit], tail: Tail) -> Tail | None:
        self.sender = sender
        return await super()._publish(sender, commits, tail)

    async def holds(self) -> bool:
        """Whether it waits for the broker to take something."""
        return self.sender is not None and bool(self.sender._message_accumulator._batches)


async def test_a_relay_ends_though_kafka_is_away(store: EventStore, database: Database, tmp_path: Path) -> None:
    """What it holds then would never expire."""
    with kafka_server(tmp_path) as servers:
        await apply(servers, ["intake.proposals"], 2)
        await append(store, 0, 10)
        relay = Sending(store, database, "intake.proposals", 0, servers)
        task = asyncio.create_task(relay.run())
        await until(lambda: published(relay), 60)
    relay.sender = None
    await append(store, 10, 10)
    await until(relay.holds, 60)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=60)
    assert done == {task}


async def published(relay: Relay) -> bool:
    return relay.published > 0


async def test_two_replicas_killed_and_paused_lose_nothing(
    store: EventStore, database: Database, topic: str, kafka_servers: str, mongo_url: str
) -> None:
    """One of two is killed: the other takes over; a paused one wakes up late and does no harm."""

    async def replica() -> asyncio.subprocess.Process:
        module = [sys.executable, "-m", "tests.shared.relaying", mongo_url, database.name, kafka_servers, topic]
        return await asyncio.create_subprocess_exec(*module, cwd=ROOT)

    one, two = await replica(), await replica()
    try:
        await append(store, 0, 60)
        await proved(store, topic, kafka_servers)
        one.send_signal(signal.SIGSTOP)
        await append(store, 60, 60)
        await proved(store, topic, kafka_servers)
        one.send_signal(signal.SIGCONT)
        two.kill()
        await append(store, 120, 60)
        await proved(store, topic, kafka_servers)
        print(f"{await proved(store, topic, kafka_servers)} repetitions were skipped")
    finally:
        for process in (one, two):
            if process.returncode is None:
                process.kill()
            await process.wait()
