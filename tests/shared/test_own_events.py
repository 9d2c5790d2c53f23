"""Events of a service's own stream that this release can't read: an answer without them must not look whole."""

from __future__ import annotations

import pytest

from shared.contracts.registry import UnknownEventType
from shared.errors import Unreadable
from shared.eventstore import Draft, EventStore, open_store
from shared.eventstore.snapshots import load_state
from shared.execute import Context, execute
from shared.history import history
from shared.http.handlers import problem_of
from shared.mongo import Database
from tests.shared.counting import COUNTER, Add

STREAM = "counter-1"


async def store_with(database: Database, type_name: str, text: str) -> EventStore:
    """A stream with one event that all can read, and one more."""
    store = await open_store(database, "test", 1)
    await execute(store, COUNTER, STREAM, Add(by=1), Context("someone", "key", "correlation"))
    assert len(await history(store, STREAM)) == 1
    await store.append(Draft("c2", STREAM, 1, (type_name,), (text,), "f"))
    return store


async def test_a_fact_that_no_release_before_knew_is_passed_over_in_reading_not_in_deciding(database: Database) -> None:
    store = await store_with(database, "test.painted.v1", "{}")
    assert [event.event.type for event in await history(store, STREAM)] == ["test.counted.v1"]
    with pytest.raises(UnknownEventType):
        await load_state(store, COUNTER, STREAM)


async def test_what_a_newer_release_wrote_of_a_known_fact_is_said_not_left_out(database: Database) -> None:
    store = await store_with(database, "test.counted.v2", "{}")
    with pytest.raises(UnknownEventType) as found:
        await history(store, STREAM)
    with pytest.raises(UnknownEventType):
        await load_state(store, COUNTER, STREAM)
    problem = problem_of(found.value, "en")
    assert (problem.status, "A newer release" in str(problem.detail)) == (503, True)


@pytest.mark.parametrize("text", ["{}", '{"type": "test.counted.v1", "data": {"secret": 1}}'])
async def test_what_cannot_be_read_is_said_without_its_text(database: Database, text: str) -> None:
    store = await store_with(database, "test.counted.v1", text)
    with pytest.raises(Unreadable, match=r"^a recorded test\.counted\.v1 can't be read$") as found:
        await history(store, STREAM)
    with pytest.raises(Unreadable):
        await load_state(store, COUNTER, STREAM)
    assert "can't read a recorded fact" in str(problem_of(found.value, "en").detail)
