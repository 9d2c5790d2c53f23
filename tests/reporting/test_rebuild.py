"""The read model made anew beside the one that serves, on a real database."""

from __future__ import annotations

import asyncio
import random

import pytest

from services.reporting import journal
from services.reporting import rebuild as rebuilding_module
from services.reporting.audit import prove
from services.reporting.inbox import projection
from services.reporting.model import current, prepare
from services.reporting.rebuild import Superseded, rebuild
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


async def test_a_rebuild_that_stood_still_while_another_one_ended_changes_nothing(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(client, database, story(), random.Random(1))
    before = await proved(client, database)
    paused, go, page = asyncio.Event(), asyncio.Event(), rebuilding_module._page
    pages = 0

    async def slow(model, session, name, after):  # type: ignore[no-untyped-def]
        nonlocal pages
        pages += model.generation == 2
        if model.generation == 2 and pages == 3:
            paused.set()
            await go.wait()
        return await page(model, session, name, after)

    monkeypatch.setattr(rebuilding_module, "PAGE", 5)
    monkeypatch.setattr(rebuilding_module, "_page", slow)
    former = asyncio.create_task(rebuild(client, database, ignored))
    await paused.wait()
    later = await rebuild(client, database, ignored)
    go.set()
    with pytest.raises(Superseded):
        await former
    now = await proved(client, database)
    assert (now["generation"], later["generation"]) == (3, 3)
    assert (now["digest"], now["streams"]) == (before["digest"], before["streams"])


async def test_a_rebuild_that_stood_still_before_its_switch_does_not_switch(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(client, database, story(), random.Random(1))
    switch = rebuilding_module._switch

    async def slow(model, at, session):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(rebuilding_module, "_switch", switch)
        assert (await rebuild(client, database, ignored))["generation"] == 3
        await switch(model, at, session)

    monkeypatch.setattr(rebuilding_module, "_switch", slow)
    with pytest.raises(Superseded):
        await rebuild(client, database, ignored)
    assert (await proved(client, database))["generation"] == 3


@pytest.mark.parametrize("lost", [[1], [2], [-1], [1, 2, 3], "all"])
async def test_a_rebuild_from_a_journal_that_has_lost_events_fails_and_the_old_one_serves(
    client: Client, database: Database, lost: list[int] | str
) -> None:
    await deliver(client, database, story(), random.Random(1))
    before = await proved(client, database)
    arrivals = [(before["events"]["monitoring-1"] + 1 + n) if n < 0 else n for n in lost if isinstance(n, int)]
    gone = {"log": "monitoring-1"} | ({"arrival": {"$in": arrivals}} if lost != "all" else {})
    await database["journal"].delete_many(gone)
    with pytest.raises(journal.Incomplete, match=f"monitoring-1: .* number {min(arrivals, default=1)}:"):
        await asyncio.wait_for(rebuild(client, database, ignored), 60)
    now = await prove(client, database)
    assert (now["generation"], now["digest"]) == (before["generation"], before["digest"])


async def test_where_nothing_has_arrived_a_rebuild_ends(client: Client, database: Database) -> None:
    await prepare(database)
    assert (await asyncio.wait_for(rebuild(client, database, ignored), 60))["streams"] == 0
