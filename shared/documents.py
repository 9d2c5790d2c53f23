"""Projections kept as documents: a batch's documents are read once, folded in memory and written at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from pymongo import DeleteOne, ReplaceOne

from shared.contracts.base import Recorded
from shared.mongo import Database, Session
from shared.projection import Document, Projection, by_stream

__all__ = ["Apply", "Document", "Projection", "apply_to", "by_stream"]

Apply = Callable[[Session, Sequence[Recorded]], Awaitable[None]]
"""Writes what a batch of events changes, within the session (a transaction) that it is given."""


def apply_to(database: Database, projections: Sequence[Projection]) -> Apply:
    """What applies events to all of `projections`, whose collections are in `database`."""

    async def apply(session: Session, events: Sequence[Recorded]) -> None:
        for projection in projections:
            await _apply(database, projection, session, events)

    return apply


async def _apply(database: Database, projection: Projection, session: Session, events: Sequence[Recorded]) -> None:
    sorted_ = projection.sort(events)
    if not sorted_:
        return
    collection = database[projection.collection]
    found = await collection.find({"_id": {"$in": list(sorted_)}}, session=session).to_list(None)
    before: dict[str, Document] = {document["_id"]: document for document in found}
    writes: list[ReplaceOne[Document] | DeleteOne] = []
    for key, own in sorted_.items():
        after = projection.fold(key, before.get(key), own)
        if after is not None:
            writes.append(ReplaceOne({"_id": key}, after, upsert=True))
        elif key in before:
            writes.append(DeleteOne({"_id": key}))
    if writes:
        await collection.bulk_write(writes, ordered=False, session=session)
