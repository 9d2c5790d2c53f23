"""What reporting proves of itself: whatever is lost or changed, in whichever of its collections, is told."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.reporting.audit import prove
from services.reporting.model import prepare
from services.reporting.rebuild import rebuild
from shared.contracts.base import Recorded
from shared.entries import event_entry
from shared.eventstore.commit import iso
from shared.incoming import Arrived
from shared.mongo import Client, Database
from shared.wire import Stamp
from tests.reporting.applying import deliver, hand_over, proved, story

LOG, PARA = "monitoring-1", "br-pa-paragominas--madera"
Damage = Callable[[Database], Awaitable[Any]]


async def _sheets_and_totals(database: Database) -> None:
    await database["sheets_1"].delete_many({})
    await database["totals_1"].delete_many({})


async def _country(database: Database) -> None:
    """All of one country that is derived, so that its sheets and totals agree."""
    await database["sheets_1"].delete_many({"country": "CO"})
    await database["totals_1"].delete_many({"country": "CO"})


async def _journal_and_seen(database: Database) -> None:
    await database["journal"].delete_many({})
    await database["seen"].delete_many({})


async def _swapped(database: Database) -> None:
    one, two = await database["journal"].find({"log": LOG}, sort=[("arrival", 1)], limit=2).to_list(2)
    await database["journal"].update_one({"_id": one["_id"]}, {"$set": {"text": two["text"]}})


DAMAGES: dict[str, tuple[Damage, str]] = {
    "the journal": (lambda d: d["journal"].delete_many({}), "ends with its event number 0, but"),
    "a log's journal": (lambda d: d["journal"].delete_many({"log": LOG}), f"journal of {LOG}: it ends with its event"),
    "its first event": (lambda d: d["journal"].delete_one({"log": LOG, "arrival": 1}), "lost its event number 1"),
    "one in the middle": (lambda d: d["journal"].delete_one({"log": LOG, "arrival": 3}), "lost its event number 3"),
    "how far a log is": (lambda d: d["seen"].delete_one({"_id": LOG}), "but 0 have arrived"),
    "how far one was seen": (lambda d: d["seen"].update_one({"_id": LOG}, {"$set": {"place": [9999, 0]}}), "9999.0"),
    "all derived": (_sheets_and_totals, "sheets are not as the recorded events say: project-"),
    "a country": (_country, "1 sheets are not as the recorded events say: project-CO-"),
    "journal and how far": (_journal_and_seen, "sheets are not as the recorded events say"),
    "a text": (_swapped, f"journal of {LOG} at 1.0: its hash does not fit"),
    "a hash": (lambda d: d["journal"].update_one({"log": LOG, "arrival": 2}, {"$set": {"hash": "0" * 64}}), " at 2.0"),
    "a country's label": (
        lambda d: d["journal"].update_one({"log": LOG, "arrival": 2}, {"$set": {"country": "ZW"}}),
        "1 events of the journal are not as",
    ),
    "a revision": (
        lambda d: d["totals_1"].update_one({"kind": "country", "key": "CO"}, {"$inc": {"revision": 1}}),
        "1 totals are not as the recorded events say: country:CO:monitoring-",
    ),
    "a figure": (
        lambda d: d["totals_1"].update_one({"kind": "country", "key": "CO"}, {"$set": {"figures": []}}),
        "country CO: projects_started is 0, but the sheets say 1",
    ),
    "a name": (
        lambda d: d["totals_1"].update_one({"key": PARA}, {"$set": {"named.0.place": "PARAGOMINAS"}}),
        f"cluster {PARA}: it is called PARAGOMINAS, {{'es': 'Madera'}}, but the sheets say otherwise",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
async def test_what_is_lost_or_changed_is_told(client: Client, database: Database, name: str) -> None:
    await deliver(client, database, story(), random.Random(1))
    await proved(client, database)
    damage, told = DAMAGES[name]
    await damage(database)
    differences = (await prove(client, database))["differences"]
    assert any(told in line for line in differences), differences


async def test_a_rebuild_heals_what_is_derived(client: Client, database: Database) -> None:
    await deliver(client, database, story(), random.Random(1))
    before = await proved(client, database)
    await _sheets_and_totals(database)
    assert (await prove(client, database))["differences"] != []
    await rebuild(client, database, lambda done, total: None)
    assert (await proved(client, database))["digest"] == before["digest"]


def arrived(event: Recorded) -> Arrived:
    stamp = Stamp(
        event.log,
        event.n,
        event.index,
        event.count,
        event.version,
        event.command,
        iso(event.recorded),
        event.hash,
        event.event.type,
    )
    return Arrived(stamp, event.stream, event.text, "monitoring.projects", 1, 0)


@pytest.mark.parametrize("collection", ["parked", "skipped"])
async def test_what_is_held_back_belongs_to_the_chain(client: Client, database: Database, collection: str) -> None:
    events = story().logs()[LOG]
    stream = events[0].stream
    held = [event for event in events if event.stream == stream]
    await prepare(database)
    await hand_over(client, database, [event for event in events if event.stream != stream])
    missing = (await prove(client, database))["differences"]
    assert missing
    assert all("are missing" in line for line in missing)
    entries = [event_entry("figures-projects", arrived(event), "broken") for event in held]
    await database[collection].insert_many(entries)
    await proved(client, database)


@pytest.mark.parametrize("ends", [True, False])
async def test_the_chain_ends_where_the_topic_was_read_to(client: Client, database: Database, ends: bool) -> None:
    record = story()
    await deliver(client, database, record, random.Random(1))
    last = record.logs()[LOG][-1]
    place = {"n": last.n + (not ends), "index": last.index, "hash": last.hash}
    await database["positions"].insert_one({"_id": f"figures-projects:{LOG}", "log": LOG, **place})
    found = (await prove(client, database))["differences"]
    assert (found == []) is ends
    assert ends or "does not end where the topic was read to" in found[0]
