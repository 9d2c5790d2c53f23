"""Read models proved: as of where the subscription stands, with what is held back left out, in one pass or many."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.eventstore import EventStore
from shared.mongo import Client, Database
from shared.parking_orders import request_skip
from shared.proving import Model, prove_from_store, prove_from_topic
from shared.proving import topic as topics
from shared.redrive import redrive
from shared.replay import replaying
from tests.shared.feeding import Message, Tally, fill, log_of

Prove = Callable[[], Awaitable[dict[str, Any]]]


async def published(servers: str, messages: Sequence[Message]) -> str:
    """The name of a new topic that holds `messages`."""
    name = f"test.{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        for message in messages:
            await producer.send(name, message.value, message.key, 0, headers=list(message.headers))
    return name


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


class Proved:
    """A store of 60 commits, 120 events, its topic, and a read model of it."""

    def __init__(self, client: Client, database: Database, servers: str, store: EventStore, log: list[Message]) -> None:
        self.store, self.log, self.servers = store, log, servers
        self.tally = Tally(client, database)
        self.model = Model(self.tally.name, client, database, [self.tally.projection])
        self.view = database[self.tally.projection.collection]

    async def both(self, topic: str) -> dict[str, Any]:
        """What both ways of proving find: the same."""
        by_store = await prove_from_store(self.model, self.store, silent)
        by_topic = await prove_from_topic(self.model, self.servers, topic, silent)
        assert by_store["events"] == by_topic["events"]
        assert by_store["documents"] == by_topic["documents"]
        return by_topic | {"differences": sorted({*by_store["differences"], *by_topic["differences"]})}


@pytest.fixture
async def proved(client: Client, database: Database, kafka_servers: str) -> Proved:
    store = await fill(database, 60)
    return Proved(client, database, kafka_servers, store, await log_of(store))


@pytest.mark.parametrize("at_once", [topics.AT_ONCE, 2])
async def test_what_is_behind_and_holds_back_is_proved_as_far_as_it_is(
    proved: Proved, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """In the middle of a commit, with a stream that is parked and another whose event was skipped."""
    monkeypatch.setattr(topics, "AT_ONCE", at_once)
    monkeypatch.setattr("shared.proving.store.STREAMS", 2)
    cut = next(i for i, m in enumerate(proved.log) if i > 70 and m.place[1] == 1)
    skipped, parked = (proved.log[i] for i in (5, 22))
    assert skipped.stream != parked.stream
    proved.tally.poison = {skipped.place, parked.place}
    await proved.tally.take(proved.log[: cut + 1])
    await request_skip(proved.tally.database, "tally:test-0:{}:{}".format(*skipped.place), "a test's", "ana")
    await redrive(proved.tally.subscription, ["test-0"])
    held = len(await proved.tally.kept("parked")) + len(await proved.tally.kept("waiting"))
    assert held > 1
    proved.tally.poison = set()
    found = await proved.both(await published(proved.servers, proved.log))
    assert found["differences"] == []
    assert found["documents"] == 7
    assert found["events"] == {"test-0": cut + 1 - 1 - held}


@pytest.mark.parametrize("at_once", [topics.AT_ONCE, 2])
async def test_every_wrong_document_is_named_once(
    proved: Proved, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    await proved.tally.take(proved.log)
    await proved.view.delete_one({"_id": "thing-1"})
    await proved.view.update_one({"_id": "thing-2"}, {"$set": {"more": 1, "seen.0": "test-0:9.9"}})
    await proved.view.insert_one({"_id": "thing-99", "seen": []})
    monkeypatch.setattr(topics, "AT_ONCE", at_once)
    found = await proved.both(await published(proved.servers, proved.log))
    assert found["differences"] == [
        "view_tally thing-1: the document is missing",
        "view_tally thing-2: stored otherwise than its events say, in more, seen",
        "view_tally thing-99: the document is stored, but the record has no such stream",
    ]


async def test_an_event_that_can_no_longer_be_folded_is_named(proved: Proved) -> None:
    await proved.tally.take(proved.log)
    proved.tally.poison = {proved.log[3].place}
    found = await proved.both(await published(proved.servers, proved.log))
    [said] = found["differences"]
    assert said.startswith(f"view_tally {proved.log[3].stream}: the event at {proved.log[3].place} can't be folded")


async def test_a_topic_is_read_through_over_what_is_repeated_and_foreign(proved: Proved) -> None:
    """As relays leave it after a crash, and as others may write into it."""
    foreign = Message(b"x", b"{}", [("log", b"\xff")])
    sent = [*proved.log[:50], foreign, *proved.log[30:50], *proved.log[40:]]
    topic = await published(proved.servers, sent)
    async with replaying(proved.servers, topic, "test-0") as replay:
        some = [event.stamp.place async for page in replay.pages(proved.log[44].place) for event in page]
        rest = [event.stamp.place async for page in replay.pages() for event in page]
    assert some == [message.place for message in proved.log[:45]]
    assert some + rest == [message.place for message in proved.log]
    assert (replay.fault, replay.events, replay.records, replay.foreign) == (None, len(proved.log), len(sent), 1)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda log: log[1:], "begins at (2, 0), not at (1, 0)"),
        (lambda log: [*log[:40], *log[41:]], "a gap: test-0: "),
        (lambda log: [*log[:40], _forged(log[40]), *log[41:]], "the hash does not fit"),
        (lambda log: [*log[:40], _renamed(log[40]), *log[41:]], "an event is told to be test.other.v1"),
    ],
)
async def test_a_topic_that_is_not_whole_is_a_fault_and_no_read_model_is_proved_by_it(
    proved: Proved, change: Callable[[list[Message]], list[Message]], fault: str
) -> None:
    await proved.tally.take(proved.log)
    topic = await published(proved.servers, change(proved.log))
    async with replaying(proved.servers, topic, "test-0") as replay:
        read = [event async for page in replay.pages() for event in page]
        assert len(read) < len(proved.log)
        assert fault in (replay.fault or "")
    [said] = (await prove_from_topic(proved.model, proved.servers, topic, silent))["differences"]
    assert fault in said


async def test_a_topic_that_ends_too_early_proves_nothing_either(proved: Proved) -> None:
    await proved.tally.take(proved.log)
    topic = await published(proved.servers, proved.log[:-1])
    [said] = (await prove_from_topic(proved.model, proved.servers, topic, silent))["differences"]
    assert f"the read model stands at {proved.log[-1].place}" in said


def _forged(message: Message) -> Message:
    return Message(message.key, message.value.replace(b'"by":1', b'"by":2'), message.headers)


def _renamed(message: Message) -> Message:
    headers = [(k, b"test.other.v1" if k == "type" else v) for k, v in message.headers]
    return Message(message.key, message.value, headers)
