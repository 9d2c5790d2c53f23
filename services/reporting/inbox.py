"""The Kafka door: every event of the other services into the journal, the sheets and the totals, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting import journal
from services.reporting.model import GENERATIONS, NAME, current
from shared.contracts.base import Recorded
from shared.documents import Apply
from shared.mongo import Database, Session

TOPICS = ("intake.proposals", "evaluation.scoring", "monitoring.projects")


def projection(database: Database) -> Apply:
    """What applies a batch of events of one log."""

    async def apply(session: Session, events: Sequence[Recorded]) -> None:
        model = await current(database, session)
        if await journal.write(database, session, events):
            # a switch to another generation must not miss a log that it has not seen: one of the two loses and repeats
            await database[GENERATIONS].update_one({"_id": NAME}, {"$inc": {"logs": 1}}, session=session)
        await model.apply(session, events)

    return apply
