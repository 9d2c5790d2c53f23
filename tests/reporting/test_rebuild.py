"""The read model made anew beside the one that serves, on a real database."""

from __future__ import annotations

import asyncio
import random

import pytest

from services.reporting import journal
from services.reporting.inbox import projection
from services.reporting.model import current, prepare, prove
from services.reporting.rebuild import rebuild
from shared.mongo import Client, Database, transact
from tests.reporting.applying import deliver, hand_over, proved, story


def ignored(done: int, total: int) -> None:
    assert 0 < done <= total


async def test_rebuilding_twice_gives_identical_bytes_and_those_of_the_live_one(
    client: Client, database: Database
) -> None:
    record = story()
    await deliver(client, database, record, random.Random(1))
    live = await proved(client, database)
    one = await rebuild(client, database, ignored)
    two = await rebuild(client, database, ignored)
    assert (live["generation"], one["generation"], two["generation"]) == (1, 2, 3)
    assert live["digest"] == one["digest"] == two["digest"]
    assert sorted(c for c in await database.list_collection_names() if c.startswith("sheets")) == [
        "sheets_2",
        "sheets_3",
    ]


async def test_a_damaged_read_model_is_told_and_healed(client: Client, database: Database) -> None:
    await deliver(client, database, story(), random.Random(1))
    before = await proved(client, database)
    await database["totals_1"].update_one({"kind": "country", "key": "CO"}, {"$set": {"figures": []}})
    damaged = await prove(client, database)
    assert "country CO: projects_started is 0, but the sheets say 1" in damaged["differences"]
    healed = await rebuild(client, database, ignored)
    assert (healed["differences"], healed["digest"]) == ([], before["digest"])


async def test_what_arrives_meanwhile_is_in_both_and_the_old_one_serves_until_the_switch(
    client: Client, database: Database
) -> None:
    record = story(60)
    await prepare(database)
    logs = record.logs()
    halves = [(log[: len(log) // 2], log[len(log) // 2 :]) for log in logs.values()]
    for first, _ in halves:
        await hand_over(client, database, first)

    async def go_on() -> None:
        for i in range(max(len(rest) for _, rest in halves)):
            await asyncio.gather(
                *(hand_over(client, database, rest[i : i + 1]) for _, rest in halves if rest[i : i + 1])
            )

    live = asyncio.create_task(go_on())
    generations = set()
    rebuilding = asyncio.create_task(rebuild(client, database, ignored))
    while not rebuilding.done():
        generations.add((await current(database)).generation)
        await asyncio.sleep(0)
    await asyncio.gather(live, rebuilding)
    assert generations <= {1, 2}
    found = await proved(client, database)
    assert (found["generation"], sum(found["events"].values())) == (2, len(record.events))
    assert (await rebuild(client, database, ignored))["digest"] == found["digest"]


async def test_a_batch_that_began_before_the_switch_goes_to_the_new_one(client: Client, database: Database) -> None:
    record = story()
    [events, *_] = record.logs().values()
    await prepare(database)
    await hand_over(client, database, events[:-1])
    apply, held, go = projection(database), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async def work(session) -> None:  # type: ignore[no-untyped-def]
            await current(database, session)  # its snapshot is taken
            held.set()
            await go.wait()
            await apply(session, events[-1:])

        await transact(client, work)

    batch = asyncio.create_task(slow())
    await held.wait()
    await rebuild(client, database, ignored)
    go.set()
    await batch
    found = await proved(client, database)
    assert (found["generation"], found["events"][events[0].log]) == (2, len(events))


async def test_an_interrupted_rebuild_leaves_the_old_one_and_the_next_cleans_up(
    client: Client, database: Database
) -> None:
    await deliver(client, database, story(), random.Random(1))

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await rebuild(client, database, stop)
    assert (await current(database)).generation == 1
    await rebuild(client, database, ignored)
    names = await database.list_collection_names()
    assert {c for c in names if c.startswith("totals")} == {"totals_1", "totals_3"}


async def test_late_events_come_late_again(client: Client, database: Database) -> None:
    record = story()
    events = record.logs()["monitoring-1"]
    late = [e for e in events if e.stream == events[0].stream]
    await prepare(database)
    await hand_over(client, database, [e for e in events if e not in late])
    rebuilding = asyncio.create_task(rebuild(client, database, ignored))
    await hand_over(client, database, late)
    await rebuilding
    found = await proved(client, database)
    assert found["events"]["monitoring-1"] == len(events)
    assert (await rebuild(client, database, ignored))["digest"] == found["digest"]
    assert len(await journal.read(database, "monitoring-1", 0, 1_000)) == len(events)
