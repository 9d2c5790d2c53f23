"""Reactions: an event leads to an own command, once in effect, however often it is delivered."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from shared.contracts import registry
from shared.contracts.base import Recorded
from shared.errors import Unavailable
from shared.eventstore import EventStore, open_store
from shared.execute import Context, command_id, execute
from shared.mongo import Client, Database
from shared.parking import parked_list
from shared.parking_orders import request_retry, request_skip
from shared.position import Position
from shared.redrive import redrive
from shared.subscribe import Subscription
from tests.shared.counting import COUNTER, Add
from tests.shared.feeding import Message, append_as, batches, fill, log_of


class Copies:
    """Answers each event with a command of its own on one stream per cause's stream."""

    def __init__(self, client: Client, database: Database, store: EventStore) -> None:
        self.store = store
        self.order: dict[str, list[tuple[int, int]]] = {}
        self.tried: Counter[tuple[int, int]] = Counter()
        self.poison: set[tuple[int, int]] = set()
        self.outage: set[tuple[int, int]] = set()
        self.at_work = self.most_at_work = 0
        self.subscription = Subscription("copies", client, database, react=self.react)

    async def react(self, cause: Recorded) -> None:
        place = cause.n, cause.index
        self.tried[place] += 1
        if place in self.poison:
            raise ValueError("cannot digest")
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        context = Context.because(cause, "copies", "copy")
        # what a reaction knows may differ the next time: it is the same reaction all the same
        order = Add(by=self.tried[place], times=1)
        outcome = await execute(self.store, COUNTER, cause.stream.replace("thing", "copy"), order, context)
        self.at_work -= 1
        if not outcome.repeated:
            self.order.setdefault(cause.stream, []).append(place)
        if place in self.outage:
            self.outage.remove(place)
            raise Unavailable("it crashed after the append")

    async def facts(self) -> int:
        """How many commands were carried out."""
        total = 0
        for i in range(7):
            total += len(await self.store.load(f"copy-{i}"))
        return total


@pytest.fixture
async def log(database: Database) -> list[Message]:
    return await log_of(await fill(database, 60))


@pytest.fixture
async def copies(client: Client, database: Database) -> Copies:
    return Copies(client, database, await open_store(database, "copies", 1))


async def test_each_event_is_answered_once_in_the_order_of_its_stream(copies: Copies, log: list[Message]) -> None:
    for batch in batches(log, random.Random(5)):
        await copies.subscription.take(batch)
    assert await copies.facts() == len(log)
    for stream, places in copies.order.items():
        assert places == [m.place for m in log if m.stream == stream]
    assert copies.most_at_work > 1


async def test_a_crash_between_append_and_move_leads_to_one_commit(
    copies: Copies, client: Client, database: Database, log: list[Message]
) -> None:
    copies.outage = {log[30].place}
    with pytest.raises(Unavailable):
        await copies.subscription.take(log)
    assert await copies.subscription.position("test-0") == Position()
    copies.subscription = Subscription("copies", client, database, react=copies.react)
    await copies.subscription.take(log)
    assert copies.tried[log[30].place] == 2
    assert await copies.facts() == len(log)
    [commit] = [c for c in await copies.store.load(log[30].stream.replace("thing", "copy")) if c.id == _id(log[30])]
    assert '"by":1' in commit.texts[0]


async def test_a_commit_tells_its_cause(copies: Copies, log: list[Message]) -> None:
    await copies.subscription.take(log)
    [commit] = [c for c in await copies.store.load(log[30].stream.replace("thing", "copy")) if c.id == _id(log[30])]
    cause = _event_id(log[30])
    for part in (f'"causationid":"{cause}"', '"correlationid":"c"', '"actor":"service:copies"'):
        assert part in commit.texts[0]


async def test_a_reaction_that_fails_by_itself_parks_its_stream(copies: Copies, log: list[Message]) -> None:
    own = [m.place for m in log if m.stream == "thing-3"]
    copies.poison = {own[2]}
    await copies.subscription.take(log[:70])
    await copies.subscription.take(log[70:])
    assert copies.order["thing-3"] == own[:2]
    assert copies.tried[own[2]] == 3
    assert all(copies.tried[place] == 0 for place in own[3:])
    copies.poison = {own[4]}
    await _answer(copies, "retry")
    assert copies.order["thing-3"] == own[:4]
    await _answer(copies, "skip")
    assert copies.order["thing-3"] == [*own[:4], *own[5:]]
    assert await copies.facts() == len(log) - 1
    assert await parked_list(copies.subscription.database) == []


async def test_a_retry_that_was_interrupted_goes_on(copies: Copies, client: Client, log: list[Message]) -> None:
    """The event that was asked for has gone its way when the process ends; those behind it follow all the same."""
    own = [m.place for m in log if m.stream == "thing-3"]
    copies.poison = {own[2]}
    await copies.subscription.take(log)
    copies.poison, copies.outage = set(), {own[5]}
    with pytest.raises(Unavailable):
        await _answer(copies, "retry")
    database = copies.subscription.database
    assert {e.status for e in await parked_list(database)} == {"waiting"}
    copies.subscription = Subscription("copies", client, database, react=copies.react)
    await redrive(copies.subscription, ["test-0"])
    assert copies.order["thing-3"] == own
    assert await copies.facts() == len(log)
    assert await parked_list(database) == []


async def test_work_of_a_newer_version_is_done_after_the_update(
    copies: Copies, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Producers were updated first: what they ask for must not be taken for nothing."""
    store = await fill(database, 10)
    await append_as(store, "thing-3", "test.counted.v2")
    log = await log_of(store)
    await copies.subscription.take(log)
    assert await copies.facts() == len(log) - 1
    assert [(e.type, e.status) for e in await parked_list(database)] == [("test.counted.v2", "parked")]
    monkeypatch.setitem(registry._UPCASTERS, "test.counted.v2", ("test.counted.v1", lambda data: data))
    await redrive(copies.subscription, ["test-0"])
    assert copies.order["thing-3"][-1] == log[-1].place
    assert await copies.facts() == len(log)


async def test_two_owners_react_to_each_event_once(copies: Copies, client: Client, log: list[Message]) -> None:
    other = Subscription("copies", client, copies.subscription.database, react=copies.react)
    both = [copies.subscription.take(log), other.take(log)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Overtaken", "bool"]
    assert await copies.facts() == len(log)


async def _answer(copies: Copies, act: str) -> None:
    database = copies.subscription.database
    [parked] = [e for e in await parked_list(database) if e.status == "parked"]
    if act == "retry":
        await request_retry(database, parked.id, "ana")
    else:
        await request_skip(database, parked.id, "a duplicate", "ana")
    await redrive(copies.subscription, ["test-0"])


def _event_id(message: Message) -> str:
    return str(message.value.split(b'"id":"')[1].split(b'"')[0].decode())


def _id(message: Message) -> str:
    stream = message.stream.replace("thing", "copy")
    return command_id("service:copies", "Add", stream, f"{_event_id(message)}:copy")
