"""A project of 10,000 events goes on from its snapshot; what the next order costs is printed (`pytest -s`)."""

from __future__ import annotations

import time
from typing import Any

from services.monitoring.commands import CertifyContribution, RecordContribution, StartProject, Sum
from services.monitoring.decider import DECIDER
from services.monitoring.state import State
from shared.contracts.base import Fact
from shared.contracts.monitoring import ContributionCertified, ContributionReceived
from shared.eventstore import Draft, EventStore, open_store
from shared.eventstore.snapshots import load_state
from shared.execute import Context, execute, text_of
from shared.mongo import Database
from shared.testing import event
from tests.monitoring.samples import terms, usd

STREAM = "project-p1"
COMMITS, SIZE = 200, 50
CASH: dict[str, Any] = {"contribution_id": "C1", "contributor": "beneficiary_firms", "kind": "cash"}


def context(key: str) -> Context:
    return Context(actor="someone", key=key, correlation=key)


def receipt(number: int) -> RecordContribution:
    amount = Sum(currency="USD", value="10.00")
    return RecordContribution(step="received", **CASH, amount=amount, document=f"receipt {number:06d}")


async def fill(store: EventStore) -> None:
    """Receipts of one contribution, every second one certified, 50 to a commit."""
    await execute(store, DECIDER, STREAM, StartProject(approval_id="approval-1", terms=terms()), context("start"))
    sequence = 1
    for commit in range(COMMITS):
        facts: list[Fact] = []
        for i in range(SIZE // 2):
            said = {"project_id": "p1", "country": "BR", **CASH, "amount": usd("10.00")}
            facts.append(ContributionReceived(**said, document=f"old receipt {commit:03d}/{i:03d}"))
            facts.append(ContributionCertified(**said, receipt_id=f"{commit:040d}-{2 * i}"))
        events = [event(fact, sequence + i + 1, stream=STREAM) for i, fact in enumerate(facts)]
        events = [e.model_copy(update={"id": f"{commit:040d}-{i}"}) for i, e in enumerate(events)]
        sequence += len(events)
        types, texts = tuple(e.type for e in events), tuple(text_of(e) for e in events)
        await store.append(Draft(f"{commit:040d}", STREAM, commit + 1, types, texts, "f"))


async def test_the_next_order_of_a_long_project_begins_with_its_snapshot(database: Database) -> None:
    store = await open_store(database, "monitoring", 2)
    await fill(store)
    first = await execute(store, DECIDER, STREAM, receipt(0), context("first"))
    loaded = await load_state(store, DECIDER, STREAM)
    assert (loaded.sequence, loaded.snapshot) == (COMMITS * SIZE + 2, first.version)
    kept = await store.snapshots.find_one({"_id": STREAM})
    assert kept is not None

    worked: list[float] = []
    for number in range(1, 12):  # on top of the same snapshot
        begun = time.process_time()
        outcome = await execute(store, DECIDER, STREAM, receipt(number), context(f"order-{number}"))
        worked.append((time.process_time() - begun) * 1000)
    again: State = (await load_state(store, DECIDER, STREAM)).state
    assert again == outcome.state
    assert again.figures[outcome.events[0].id].value == "10.00"
    done = await execute(
        store, DECIDER, STREAM, CertifyContribution(receipt_id=outcome.events[0].id), context("certify")
    )
    assert done.state.figures[outcome.events[0].id].stage == "certified"
    await store.close()
    worked_sorted = sorted(worked)
    print(
        f"\n{loaded.sequence} events, snapshot of {len(kept['state']) / 1e6:.2f} MB; CPU of the next order: "
        f"median {worked_sorted[len(worked) // 2]:.1f} ms, first {worked[0]:.1f} ms, worst {worked_sorted[-1]:.1f} ms"
    )
