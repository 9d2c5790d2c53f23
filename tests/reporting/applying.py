"""Events into the read model of a real database, as the subscriptions hand them over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from services.reporting.audit import prove
from services.reporting.inbox import projection
from services.reporting.model import prepare
from shared.contracts import monitoring
from shared.contracts.base import Recorded
from shared.mongo import Client, Database, transact
from tests.reporting.telling import Record, historical, money, moved


async def hand_over(client: Client, database: Database, events: Sequence[Recorded]) -> None:
    """One batch of one log."""
    apply = projection(database)
    await transact(client, lambda session: apply(session, events))


async def deliver(client: Client, database: Database, record: Record, chance: random.Random) -> None:
    """All logs at the same time, each in order and cut at random."""

    async def one(events: list[Recorded]) -> None:
        while events:
            cut = chance.randint(1, len(events))
            await hand_over(client, database, events[:cut])
            events = events[cut:]

    await prepare(database)
    await asyncio.gather(*(one(events) for events in record.logs().values()))


def story(contributions: int = 3) -> Record:
    """The five projects, contributions to each, a correction of one, and the move of Brazil's wood."""
    record = Record()
    firsts = {}
    for fact in historical():
        [event] = record.tell("monitoring", f"project-{fact.project_id}", fact)
        firsts[fact.project_id] = fact, event.event.id
    for i in range(contributions):
        for name, (fact, _) in firsts.items():
            said: dict[str, Any] = {
                "contribution_id": f"c{i}",
                "contributor": "x",
                "kind": "cash",
                "amount": money(5 + i),
            }
            own = {"project_id": name, "country": fact.country}
            made = monitoring.ContributionReceived(**own, **said, document=f"d{i}")
            [receipt] = record.tell("monitoring", f"project-{name}", made)
    becomes = {"was": money(4 + contributions), "becomes": money("0.01"), "reason": "typing"}
    record.tell(
        "monitoring", f"project-{name}", monitoring.FigureCorrected(**own, corrects=receipt.event.id, **becomes)
    )
    brazil, first = firsts["BR-2002"]
    record.tell("monitoring", "project-BR-2002", moved(brazil, 2, "Paragominas", "BR-PA", first))
    return record


async def proved(client: Client, database: Database) -> dict[str, Any]:
    """What `prove` tells, with no differences."""
    found = await prove(client, database)
    assert found["differences"] == []
    return found
