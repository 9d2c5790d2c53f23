"""A subscription of some facts passes the others over unread; the ones it wants wait in any version."""

from __future__ import annotations

import json
import uuid

import pytest
from pymongo.errors import WriteError

from shared.contracts.base import Fact, Recorded
from shared.contracts.registry import naming
from shared.documents import apply_to
from shared.eventstore import Draft
from shared.execute import Context, execute
from shared.mongo import Client, Database
from shared.parking import parked_list
from shared.projection import Document, Projection, of_all
from shared.proving import Model, prove_from_store
from shared.subscribe import Subscription
from tests.shared.counting import COUNTER, Add, Counted
from tests.shared.feeding import append_as, fill, log_of


class Praised(Fact, type="interest.praised.v1"):
    """Somebody said something good."""

    by: str


def reaction(client: Client, database: Database, seen: list[str], of: tuple[type[Fact], ...]) -> Subscription:
    async def react(event: Recorded) -> None:
        seen.append(event.stream)

    return Subscription("interest", client, database, react=react, of=of)


async def test_what_is_not_wanted_is_passed_over_unread(client: Client, database: Database) -> None:
    """Even if this release could not read it at all; and the position is behind it all the same."""
    store = await fill(database, 3)
    await append_as(store, "thing-0", "test.counted.v9")
    seen: list[str] = []
    subscription = reaction(client, database, seen, (Praised,))
    assert await subscription.take(await log_of(store))
    assert seen == []
    assert await parked_list(database) == []
    assert (await subscription.position("test-0")).n == 4


async def test_a_version_that_is_not_known_yet_of_a_wanted_fact_waits(client: Client, database: Database) -> None:
    store = await fill(database, 2)
    await append_as(store, "thing-0", "test.counted.v9")
    await append_as(store, "thing-1", "test.unheard.v1")
    seen: list[str] = []
    await reaction(client, database, seen, (Counted,)).take(await log_of(store))
    assert sorted(seen) == ["thing-0", "thing-1", "thing-1"]
    [parked] = await parked_list(database)
    assert (parked.stream, parked.type) == ("thing-0", "test.counted.v9")


async def test_behind_a_parked_event_only_what_is_wanted_waits(client: Client, database: Database) -> None:
    store = await fill(database, 1)
    last = (await store.load("thing-0"))[-1]
    praise = json.loads(last.texts[0]) | {"id": uuid.uuid4().hex, "type": Praised.type, "data": {"by": "ana"}}
    await append_as(store, "thing-0", "test.counted.v9")
    await store.append(Draft(praise["id"], "thing-0", 2, (Praised.type,), (json.dumps(praise),), "f" * 64))
    await execute(store, COUNTER, "thing-1", Add(by=1), Context(actor="a", key="k", correlation="c"))
    seen: list[str] = []
    await reaction(client, database, seen, (Counted,)).take(await log_of(store))
    assert seen == ["thing-0", "thing-1"]
    assert [entry.type for entry in await parked_list(database)] == ["test.counted.v9"]


async def test_a_projection_of_some_facts_takes_only_those(client: Client, database: Database) -> None:
    def evolve(document: Document | None, event: Recorded) -> Document:
        return {"count": (document or {"count": 0})["count"] + 1}

    store = await fill(database, 2)
    kinds = (Projection("counted", evolve, of=(Counted,)), Projection("praised", evolve, of=(Praised,)))
    subscription = Subscription("interest", client, database, apply=apply_to(database, kinds), of=of_all(kinds))
    await subscription.take(await log_of(store))
    assert await database["counted"].count_documents({}) == 2
    assert await database["praised"].count_documents({}) == 0


def none_of_praise(client: Client, database: Database) -> tuple[Subscription, Projection]:
    """A subscription to praise, of which there is none."""

    def evolve(document: Document | None, event: Recorded) -> Document:
        raise AssertionError("there is no praise")

    praised = Projection("praised", evolve, of=(Praised,))
    apply = apply_to(database, [praised])
    return Subscription("interest", client, database, apply=apply, of=praised.of), praised


async def test_a_proof_passes_over_what_its_read_model_passes_over(client: Client, database: Database) -> None:
    store = await fill(database, 2)
    await append_as(store, "thing-0", "test.counted.v9")
    subscription, praised = none_of_praise(client, database)
    log = await log_of(store)
    await subscription.take(log)
    found = await prove_from_store(Model("interest", client, database, [praised]), store, lambda done, total: None)
    assert found["differences"] == []
    assert found["events"] == {"test-0": len(log)}


async def test_a_position_that_can_not_be_written_says_why(client: Client, database: Database) -> None:
    """Nothing is wanted of the batch: there is no event to park for it."""
    store = await fill(database, 2)
    await database.create_collection("positions", validator={"n": {"$lt": 2}})
    subscription, _ = none_of_praise(client, database)
    with pytest.raises(WriteError, match="validation"):
        await subscription.take(await log_of(store))
    await database.command({"collMod": "positions", "validator": {}})
    assert await subscription.take(await log_of(store))


def test_projections_together_want_what_any_of_them_wants() -> None:
    def evolve(document: Document | None, event: Recorded) -> Document | None:
        return document

    one, other = Projection("a", evolve, of=(Counted,)), Projection("b", evolve, of=(Praised, Counted))
    assert of_all([one, other]) == (Counted, Praised)
    assert of_all([one, Projection("c", evolve)]) is None


def test_a_name_is_a_facts_in_any_version() -> None:
    wanted = naming([Counted])
    assert wanted("test.counted.v1")
    assert wanted("test.counted.v7")
    assert not wanted("test.counted_twice.v1")
    assert not wanted(Praised.type)
