"""A projection's way through its topic: applied exactly once, whatever is repeated, cut, lost or tampered with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from shared.contracts.base import Recorded
from shared.errors import ChainBroken, Unavailable
from shared.eventstore import GENESIS, EventStore, open_store
from shared.execute import Context, execute
from shared.mongo import Client, Database, Session
from shared.position import Overtaken
from shared.subscribe import Jump, Position, Subscription
from shared.wire import Headers, messages
from tests.shared.counting import COUNTER, Add, Counted
from tests.shared.feeding import log_of


@dataclass
class Message:
    """What a Kafka record holds."""

    key: bytes
    value: bytes
    headers: Headers
    topic: str = "test"
    partition: int = 0
    offset: int = 0


@pytest.fixture
async def topic(database: Database) -> list[Message]:
    """The messages of a log of 60 commits, 119 events."""
    store: EventStore = await open_store(database, "test", 1)
    for i in range(60):
        order = Context(actor="a", key=f"k{i}", correlation="c")
        await execute(store, COUNTER, f"thing-{i % 7}", Add(by=1, times=1 + i % 3), order)
    value, sent = GENESIS, []
    for commit in await store.read("test-0", 0):
        sent += [Message(*m) for m in messages(commit, value)]
        value = commit.hash
    return sent


class Sums:
    """A projection: what was counted per stream."""

    def __init__(self, client: Client, database: Database, name: str = "sums") -> None:
        self.collection = database[f"view_{name}"]
        self.subscription = Subscription(name, client, database, apply=self.apply)

    async def apply(self, session: Session, events: Sequence[Recorded]) -> None:
        for event in events:
            assert isinstance(event.fact, Counted)
            change = {"$inc": {"sum": event.fact.by}}
            await self.collection.update_one({"_id": event.stream}, change, upsert=True, session=session)

    async def take(self, batch: Sequence[Message]) -> bool:
        return await self.subscription.take(batch)

    async def total(self) -> int:
        return sum([d["sum"] async for d in self.collection.find()])


async def test_wherever_batches_are_cut_and_repeated_each_event_counts_once(
    client: Client, database: Database, topic: list[Message]
) -> None:
    for seed in range(3):
        dice, sums, at = random.Random(seed), Sums(client, database, f"s{seed}"), 0
        while at < len(topic):
            start = max(0, at - dice.randrange(10))
            end = min(len(topic), at + 1 + dice.randrange(25))
            if dice.random() < 0.3:  # a restart: nothing is known but what is in the database
                sums = Sums(client, database, f"s{seed}")
            await sums.take(topic[start:end])
            at = end
        assert await sums.total() == len(topic)


async def test_a_jump_applies_nothing(client: Client, database: Database, topic: list[Message]) -> None:
    sums = Sums(client, database)
    await sums.take(topic[:10])
    with pytest.raises(Jump):
        await sums.take(topic[12:20])
    await sums.take(topic)
    assert await sums.total() == len(topic)


async def test_a_chain_that_does_not_fit_stops_and_applies_nothing(
    client: Client, database: Database, topic: list[Message]
) -> None:
    sums = Sums(client, database)
    await sums.take(topic[:10])
    bad = Message(topic[12].key, topic[12].value.replace(b'"by":1', b'"by":9'), topic[12].headers)
    with pytest.raises(ChainBroken):
        await sums.take([*topic[10:12], bad])
    assert await sums.total() == 10


async def test_another_event_at_the_place_that_was_taken_last_stops_the_log(
    client: Client, database: Database, topic: list[Message]
) -> None:
    """A store that was restored from an older backup has gone another way since."""
    await Sums(client, database).take(topic)
    other = database.client.get_database(f"{database.name}_other")
    store = await open_store(other, "test", 1)
    for i in range(60):
        order = Context(actor="another", key=f"k{i}", correlation="c")
        await execute(store, COUNTER, f"thing-{i % 7}", Add(by=1, times=1 + i % 3), order)
    others = [Message(m.key, m.value, m.headers) for m in await log_of(store)]
    with pytest.raises(ChainBroken, match="backup"):
        await Sums(client, database).take(others)
    await database.client.drop_database(other.name)


async def test_of_two_owners_one_loses(client: Client, database: Database, topic: list[Message]) -> None:
    """During a rebalance both hold the partition: what they read together counts once."""
    one, two = Sums(client, database), Sums(client, database)
    await one.take(topic[:10])
    await two.take(topic[:10])
    results = await asyncio.gather(one.take(topic[10:30]), two.take(topic[10:30]), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Overtaken", "bool"]
    winner, loser = (one, two) if results[0] is True else (two, one)
    await loser.take(topic)  # it has read again where things stand, and goes on
    with pytest.raises(Overtaken):
        await winner.take(topic)
    await winner.take(topic)
    assert await one.total() == len(topic)


async def test_a_failing_projection_changes_nothing(client: Client, database: Database, topic: list[Message]) -> None:
    """What it had written before it failed is undone; the events are kept, each stream's in order."""
    sums = Sums(client, database)

    async def fails(session: Session, events: Sequence[Recorded]) -> None:
        await sums.apply(session, events)
        raise RuntimeError("half-way")

    sums.subscription.apply = fails
    assert await sums.take(topic[:10])
    assert await sums.total() == 0
    assert await database["parked"].count_documents({}) == 10


async def test_an_outage_is_no_fault_of_the_event(client: Client, database: Database, topic: list[Message]) -> None:
    sums = Sums(client, database)

    async def fails(session: Session, events: Sequence[Recorded]) -> None:
        await sums.apply(session, events)
        raise Unavailable("another server")

    sums.subscription.apply = fails
    with pytest.raises(Unavailable):
        await sums.take(topic[:10])
    assert await sums.total() == 0
    assert await sums.subscription.position("test-0") == Position()
    assert await database["parked"].count_documents({}) == 0
