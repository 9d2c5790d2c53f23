"""From events to journal, sheets and totals, on a real database."""

from __future__ import annotations

import asyncio
import random
import uuid

import pytest

from services.reporting import journal
from services.reporting.audit import prove
from services.reporting.model import current, prepare
from services.reporting.projection import Uncorrectable
from shared.contracts import monitoring
from shared.mongo import Client, Database, durable
from tests.reporting import telling
from tests.reporting.applying import deliver, hand_over, proved, story
from tests.reporting.telling import Record, money, started
from tests.reporting.test_properties import digest, project


async def test_two_replicas_with_other_cuts_end_in_identical_bytes(client: Client, database: Database) -> None:
    record, other = story(), durable(client, f"test_{uuid.uuid4().hex[:12]}")
    await deliver(client, database, record, random.Random(1))
    await deliver(client, other, record, random.Random(2))
    one, two = await proved(client, database), await proved(client, other)
    await client.drop_database(other.name)
    assert one == two
    assert sum(one["events"].values()) == len(record.events)


async def test_the_database_ends_where_the_pure_functions_do(client: Client, database: Database) -> None:
    record = story()
    await deliver(client, database, record, random.Random(4))
    assert (await proved(client, database))["digest"] == digest(*project([record.events]))


async def test_the_journal_holds_every_event_byte_for_byte_in_the_logs_order(
    client: Client, database: Database
) -> None:
    record = story()
    await deliver(client, database, record, random.Random(3))
    for log, events in record.logs().items():
        documents = await journal.read(database, log, 0, 1_000)
        assert [journal.recorded(d) for d in documents] == events
        assert [d["arrival"] for d in documents] == list(range(1, len(events) + 1))
        seen = (await journal.seen(database))[log]
        assert (seen["place"], seen["recorded"]) == ([events[-1].n, events[-1].index], events[-1].recorded)


async def test_of_a_batch_with_an_event_that_fails_nothing_stays(client: Client, database: Database) -> None:
    record = story()
    own = {"project_id": "BR-2002", "country": "BR"}
    wrong = monitoring.FigureCorrected(**own, corrects="none", was=money(1), becomes=money(2), reason="r")
    [event] = record.tell("monitoring", "project-BR-2002", wrong)
    batch = record.logs()[event.log]
    await prepare(database)
    with pytest.raises(Uncorrectable):
        await hand_over(client, database, batch)
    assert await journal.seen(database) == {}
    assert (await prove(client, database))["streams"] == 0


@pytest.mark.parametrize("at_once", [1, 2, 9])
async def test_what_counts_once_does_so_in_whatever_batches_it_is_said_again(
    client: Client, database: Database, at_once: int
) -> None:
    record = Record()
    own = {"project_id": "p", "country": "BR", "result": "joint_promotion"}
    record.tell("monitoring", "project-p", started("p"))
    for evidence in "abcd":
        achieved = monitoring.ResultAchieved.model_validate({**own, "evidence": evidence})
        record.tell("monitoring", "project-p", achieved, achieved.model_copy(update={"indicator": "i"}))
    await prepare(database)
    for at in range(0, len(record.events), at_once):
        await hand_over(client, database, record.events[at : at + at_once])
    assert (await proved(client, database))["digest"] == digest(*project([record.events]))
    totals = await (await current(database)).find_totals({"key": "BR"}, None)
    for name in ("results_achieved", "indicators_reached"):
        assert [name, "joint_promotion", None, 1, "1"] in totals[0]["figures"]


async def test_a_late_event_of_a_parked_stream_changes_nothing_but_the_order_of_arrival(
    client: Client, database: Database
) -> None:
    record = story()
    events = record.logs()["monitoring-1"]
    late = [e for e in events if e.stream == events[0].stream]
    await prepare(database)
    await hand_over(client, database, [e for e in events if e not in late])
    await hand_over(client, database, late)
    seen = (await journal.seen(database))["monitoring-1"]
    last = events[-1]
    assert (seen["arrival"], seen["place"]) == (len(events), [last.n, last.index])
    arrived = [d["_id"] for d in await journal.read(database, "monitoring-1", 0, 1_000)]
    assert arrived[-len(late) :] == [e.event.id for e in late]
    await proved(client, database)


async def test_new_logs_may_begin_at_the_same_time(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "LOGS", 8)
    record = Record()
    for i in range(40):
        record.tell("monitoring", f"project-p{i}", started(f"p{i}"))
    await prepare(database)
    await asyncio.gather(*(hand_over(client, database, events) for events in record.logs().values()))
    assert len(await journal.seen(database)) == 8
    await proved(client, database)
