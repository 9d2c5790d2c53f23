"""An event of a type that this version does not know: kept whole by whoever keeps events, passed over by the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from services.reporting import journal
from services.reporting.model import prepare
from shared.contracts.base import Recorded, Unknown
from shared.contracts.registry import MisnamedEvent, decode_any
from shared.mongo import Client, Database, transact

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


async def test_the_journal_keeps_it_byte_for_byte_for_a_later_version(client: Client, database: Database) -> None:
    await prepare(database)
    await transact(client, lambda session: journal.write(database, session, [event()]))
    [kept] = await journal.read(database, "monitoring-0", 0, 10)
    assert (kept["text"], kept["country"]) == (TEXT, "CO")
    assert journal.recorded(kept) == event()
