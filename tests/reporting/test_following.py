"""What a follower of rows knows in the end is what there is, whatever happens while it reads; on a real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.reporting import feeds
from services.reporting.following import Bell, Number, Sent, rows
from services.reporting.model import prepare
from services.reporting.rows import CLUSTERS
from shared.contracts.base import Recorded
from shared.contracts.monitoring import MilestoneReached, PlaceCorrected
from shared.mongo import Client, Database
from tests.reporting.applying import hand_over, story
from tests.reporting.telling import Record

PARANA = "br-pr--madera"
Known = dict[str, Any]


async def write(client: Client, database: Database, *events: Recorded) -> None:
    for event in events:
        await hand_over(client, database, [event])
    await feeds.refresh(client, database, CLUSTERS)


async def begin(client: Client, database: Database) -> tuple[Record, Recorded]:
    """All of the story but its end, the move of Brazil's wood."""
    await prepare(database)
    await feeds.prepare(database)
    record = story()
    *events, move = record.events
    assert isinstance(move.fact, PlaceCorrected)
    await write(client, database, *events)
    return record, move


def later(record: Record) -> list[Recorded]:
    """Something more that happens to Brazil's clusters."""
    fact = MilestoneReached(project_id="BR-2002", country="BR", milestone_id="m", evidence="e")
    return record.tell("monitoring", "project-BR-2002", fact)


def follow(database: Database, after: Number | None = None) -> AsyncIterator[Sent]:
    return rows(database, Bell(), "clusters", {}, after)


async def end(database: Database) -> Number:
    state = await feeds.state(database, "clusters")
    return Number(state["epoch"], state["seq"])


async def to_the_end(database: Database, known: Known, events: AsyncIterator[Sent]) -> set[str | None]:
    """Do what a follower does, up to the last change that is there; the names of the events that came."""
    last = str(await end(database))
    names = set()
    async with asyncio.timeout(60):
        async for sent in events:
            take(known, sent)
            names.add(sent.event)
            if sent.id == last:
                break
    return names


def take(known: Known, sent: Sent) -> None:
    told = json.loads(sent.data or "")
    if sent.event == "row":
        known[told["data"]["key"]] = told["data"]["figures"]
    else:
        known.pop(told["key"], None)


async def truth(database: Database) -> Known:
    found = await feeds.changed_rows(database, "clusters", 0, {}, 100)
    return {row["key"]: json.loads(row["text"])["data"]["figures"] for row in found if row["text"]}


async def test_a_key_that_goes_while_a_follower_reads_the_first_state_is_told(
    client: Client, database: Database
) -> None:
    record, move = await begin(client, database)
    known: Known = {}
    events = follow(database)
    take(known, await anext(events))
    await write(client, database, move)
    await write(client, database, *later(record))
    await to_the_end(database, known, events)
    assert PARANA not in known
    assert known == await truth(database)


async def test_who_begins_is_not_told_of_what_was_gone_before(client: Client, database: Database) -> None:
    record, move = await begin(client, database)
    await write(client, database, move)
    await write(client, database, *later(record))
    assert await to_the_end(database, {}, follow(database)) == {"row"}


async def test_who_comes_back_to_a_feed_that_has_lost_its_numbers_is_told_what_is_gone(
    client: Client, database: Database
) -> None:
    record, move = await begin(client, database)
    known: Known = {}
    await to_the_end(database, known, follow(database))
    assert PARANA in known
    await write(client, database, move)
    await write(client, database, *later(record))
    reached = await end(database)
    await to_the_end(database, known, follow(database, Number(reached.epoch, 999)))
    assert known == await truth(database)


@pytest.mark.parametrize("connected", [True, False])
async def test_a_follower_of_a_database_that_is_lost_is_told_anew_by_the_one_that_is_filled_from_the_topics(
    client: Client, database: Database, connected: bool
) -> None:
    """The rows of the new one have other numbers: as many soon, but for other changes."""
    record, _ = await begin(client, database)
    known: Known = {}
    events = follow(database)
    await to_the_end(database, known, events)
    last = await end(database)
    rows_told = await feeds.changed_rows(database, "clusters", 0, {}, 100)
    for name in await database.list_collection_names():
        await database[name].delete_many({})
    await prepare(database)
    await feeds.prepare(database)
    await feeds.remember(client, database, CLUSTERS, {row["key"]: row["revision"] for row in rows_told})
    for told in record.logs().values():
        await hand_over(client, database, told)
    await feeds.refresh(client, database, CLUSTERS)
    while (await end(database)).seq <= last.seq:
        await write(client, database, *later(record))
    await to_the_end(database, known, events if connected else follow(database, last))
    assert known == await truth(database)


async def test_numbers_are_of_a_new_epoch_once_a_database_has_forgotten_some(
    client: Client, database: Database
) -> None:
    await begin(client, database)
    before = await end(database)
    [row] = await feeds.changed_rows(database, "clusters", 0, {"key": PARANA}, 1)
    assert await feeds.remember(client, database, CLUSTERS, {PARANA: row["revision"]}) == 0
    assert await end(database) == before
    await feeds.prepare(database)
    assert await end(database) == before
    assert await feeds.remember(client, database, CLUSTERS, {PARANA: row["revision"] + 1}) == 1
    assert (await end(database)).epoch != before.epoch
