"""An event of a type that this version does not know: kept whole by whoever keeps events, passed over by the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from services.reporting import journal
from services.reporting.inbox import projection
from services.reporting.model import prepare
from shared.contracts.base import Recorded, Unknown
from shared.contracts.registry import MisnamedEvent, UnknownVersion, decode_any
from shared.eventstore import Draft, open_store
from shared.mongo import Client, Database, transact
from shared.parking import parked_list
from shared.subscribe import Subscription
from tests.shared.feeding import log_of

TYPE = "visit.made.v1"
TEXT = json.dumps(
    {
        "specversion": "1.0", "id": "e-0", "source": "/monitoring", "type": TYPE, "subject": "project-1",
        "time": "2026-01-02T00:00:00Z", "dataschema": f"/schemas/{TYPE}.json", "sequence": "0000000001",
        "correlationid": "c", "actor": "a", "data": {"country": "CO", "visitors": 3},
    }
)  # fmt: skip


def event() -> Recorded:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return Recorded(decode_any(TEXT, TYPE), "monitoring-0", 1, 0, 1, 1, "c1", now, "h" * 64, TEXT)


def test_it_is_decoded_as_far_as_it_is_understood() -> None:
    assert event().fact == Unknown(country="CO")
    with pytest.raises(MisnamedEvent):
        decode_any(TEXT, "visit.made.v2")


@pytest.mark.parametrize("name", ["proposal.submitted.v2", "proposal.submitted.v10"])
def test_another_version_of_a_known_type_is_no_unknown_type(name: str) -> None:
    """Whoever follows the log must not pass it over, nor journal it without its figures."""
    with pytest.raises(UnknownVersion, match="newer release"):
        decode_any(TEXT.replace(TYPE, name), name)


@pytest.mark.parametrize("name", ["proposal.renamed.v2", "proposal.submitted.vx", "proposal.submitted", "submitted.v2"])
def test_a_name_that_no_version_has_is_an_unknown_type(name: str) -> None:
    assert isinstance(decode_any(TEXT.replace(TYPE, name), name).data, Unknown)


async def test_reporting_neither_journals_nor_counts_a_version_it_cannot_read(
    client: Client, database: Database
) -> None:
    await prepare(database)
    store = await open_store(database, "intake", 1)
    for at, name in enumerate(("visit.made.v1", "proposal.submitted.v2")):
        text = json.dumps(json.loads(TEXT) | {"id": f"e-{at}", "type": name, "subject": f"proposal-{at}"})
        await store.append(Draft(f"c-{at}", f"proposal-{at}", 0, (name,), (text,), "f" * 64))
    subscription = Subscription("figures", client, database, apply=projection(database))
    await subscription.take(await log_of(store))
    assert [kept["type"] for kept in await journal.read(database, "intake-0", 0, 10)] == ["visit.made.v1"]
    [parked] = await parked_list(database)
    assert (parked.type, parked.status) == ("proposal.submitted.v2", "parked")
    assert (await subscription.position("intake-0")).n == 2


async def test_the_journal_keeps_it_byte_for_byte_for_a_later_version(client: Client, database: Database) -> None:
    await prepare(database)
    await transact(client, lambda session: journal.write(database, session, [event()]))
    [kept] = await journal.read(database, "monitoring-0", 0, 10)
    assert (kept["text"], kept["country"]) == (TEXT, "CO")
    assert journal.recorded(kept) == event()
