"""What changes in reporting's database, told to all in this process who wait for it: one change stream serves them all.

Each costs the server a look at every write. A change that is not told costs latency, never data: all look now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from pymongo.errors import PyMongoError

from services.reporting import feeds, journal
from services.reporting.model import GENERATIONS
from shared.lease import RENEW
from shared.mongo import Database, Document
from shared.telling import told

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """The document `id` of a collection was written."""

    collection: str
    id: str


Change = Changed | None
"""None after a time in which nothing could be told: anything may have changed."""
PIPELINE: list[Document] = [
    {"$match": {"ns.coll": {"$regex": f"^(totals_|({GENERATIONS}|{journal.SEEN}|{feeds.STATES})$)"}}},
    {"$match": {"documentKey": {"$exists": True}}},
    {"$project": {"ns": 1, "documentKey": 1}},
]


async def watch(database: Database, listeners: Sequence[Callable[[Change], None]]) -> None:
    """Tell `listeners` of every change; until cancelled."""

    def tell(change: Change) -> None:
        for listener in listeners:
            listener(change)

    while True:
        try:
            async with database.watch(PIPELINE) as changes:
                first = await changes.try_next()  # only now it is open: what came before is not told
                tell(None)
                if first is not None:
                    tell(_changed(first))
                async for change in changes:  # ends where the database is dropped, to be restored: listen anew
                    tell(_changed(change))
        except PyMongoError as error:
            log.warning("doorbell_lost", error=told(error))
        await asyncio.sleep(RENEW)


def _changed(change: Document) -> Changed:
    return Changed(change["ns"]["coll"], str(change["documentKey"]["_id"]))
