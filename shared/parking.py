"""What is parked: kept with the position it belongs to, listed for operators, who ask for a retry or a skip.

Only the owner of a partition carries a request out (`shared.redrive`); `shared.parking_orders` writes it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel
from pymongo import UpdateOne

from shared.entries import Document, dead_letter
from shared.mongo import Client, Database, Session, patiently, transact

_TEXT = {"text": 0, "value": 0}
_FIELDS = {
    ("event", "parked"): "parked",
    ("event", "waiting"): "waiting",
    ("event", "skipped"): "skipped",
    ("malformed", "parked"): "malformed",
    ("malformed", "skipped"): "malformed_skipped",
}


class Request(BaseModel):
    """What an operator asked for, why, and when."""

    act: Literal["retry", "skip"]
    reason: str | None = None
    by: str
    at: datetime


class Entry(BaseModel):
    """An event or message that is parked, or that waits behind a parked one of its stream.

    `text` is the event's text or the message's value as far as it is text; lists leave it out. `attempts` counts how
    often it was tried. A malformed message has no place in a log: `n`, `index`, `stream` and `type` are None.
    """

    id: str
    kind: Literal["event", "malformed"]
    status: Literal["parked", "waiting", "skipped"]
    subscription: str
    topic: str
    partition: int
    offset: int
    log: str
    n: int | None = None
    index: int | None = None
    stream: str | None = None
    type: str | None = None
    error: str | None
    attempts: int
    since: datetime
    request: Request | None = None
    text: str | None = None


class Count(BaseModel):
    """How many events of a log a subscription holds back or left out; messages that are no events are told apart.

    `malformed` are parked and wait for an operator, `malformed_skipped` were looked at and left out.
    """

    subscription: str
    log: str
    parked: int = 0
    waiting: int = 0
    skipped: int = 0
    malformed: int = 0
    malformed_skipped: int = 0


async def parked_list(
    database: Database, subscription: str | None = None, limit: int = 100, after: str | None = None
) -> list[Entry]:
    """What is parked or waits, by id, beginning after the id `after`; without the texts."""
    query: dict[str, Any] = {"subscription": subscription} if subscription else {}
    if after:
        query["_id"] = {"$gt": after}
    found = database["parked"].find(query, _TEXT, sort=[("_id", 1)], limit=limit)
    return [entry_of(document) for document in await patiently(lambda: found.clone().to_list(None))]


async def parked_one(database: Database, id: str) -> Entry:
    """One of them with its text; raises `LookupError`."""
    return entry_of(await _one(database, id))


async def counts(database: Database) -> list[Count]:
    """Per subscription and log: how many events are parked, wait, and were skipped, and how many messages are none."""
    found: dict[tuple[str, str], Count] = {}
    fields = {"kind": "$kind", "status": "$status"}
    group: Document = {"$group": {"_id": {"s": "$subscription", "l": "$log", **fields}, "count": {"$sum": 1}}}
    pipeline: list[Document] = [group, {"$unionWith": {"coll": "skipped", "pipeline": [group]}}]
    for row in await patiently(lambda: database["parked"].aggregate(pipeline).to_list(None)):
        of = row["_id"]
        count = found.setdefault((of["s"], of["l"]), Count(subscription=of["s"], log=of["l"]))
        setattr(count, _FIELDS[of["kind"], of["status"]], row["count"])
    return [found[key] for key in sorted(found)]


async def skipped_places(database: Database, subscription: str, log: str, after: int = 0) -> set[tuple[int, int]]:
    """Position and index of the events of a log that were skipped, from the position `after` on.

    A rebuild leaves them out, so that it ends where the live projection is.
    """
    query = {"subscription": subscription, "log": log, "kind": "event", "n": {"$gte": after}}
    found = await database["skipped"].find(query, {"n": 1, "index": 1}).to_list(None)
    return {(entry["n"], entry["index"]) for entry in found}


async def parked_streams(database: Database, subscription: str, log: str) -> set[str]:
    """The streams of a log whose events wait."""
    query = {"subscription": subscription, "log": log, "kind": "event"}
    return set(await database["parked"].distinct("stream", query))


async def keep(database: Database, session: Session, entries: Sequence[Document]) -> None:
    """Park entries within a transaction; of those that failed, a copy is laid out for `dead-letters`.

    What is parked already, where a position was lost and its log is read again, stays as it is.
    """
    if entries:
        writes = [UpdateOne({"_id": entry["_id"]}, {"$setOnInsert": entry}, upsert=True) for entry in entries]
        result = await database["parked"].bulk_write(writes, ordered=False, session=session)
        await lay_out(database, session, [entries[i] for i in sorted(result.upserted_ids or ())])


async def lay_out(database: Database, session: Session, entries: Iterable[Document]) -> None:
    """Lay out copies of failed entries for `dead-letters`."""
    letters = [dead_letter(entry) for entry in entries if entry["status"] == "parked"]
    if letters:
        await database["dead_letters"].insert_many(letters, session=session)


async def forget(client: Client, database: Database, subscription: str) -> None:
    """Make a subscription begin anew: without positions and parked events, but knowing what was skipped."""

    async def work(session: Session) -> None:
        await database["positions"].delete_many({"subscription": subscription}, session=session)
        await database["parked"].delete_many({"subscription": subscription, "kind": "event"}, session=session)

    await transact(client, work)


async def prepare(database: Database) -> None:
    """Make the indexes that parking needs."""
    stream = [("subscription", 1), ("log", 1), ("stream", 1), ("n", 1), ("index", 1)]
    await database["parked"].create_index(stream)
    asked = {"request.act": {"$exists": True}}
    await database["parked"].create_index([("subscription", 1), ("request.at", 1)], partialFilterExpression=asked)
    await database["skipped"].create_index([("subscription", 1), ("log", 1), ("n", 1)])
    await database["dead_letters"].create_index([("subscription", 1), ("log", 1)])


async def _one(database: Database, id: str) -> Document:
    found = await patiently(lambda: database["parked"].find_one({"_id": id}))
    if found is None:
        raise LookupError(f"nothing is parked as {id}")
    return found


def entry_of(document: Document) -> Entry:
    """The entry that a document of `parked` or `skipped` holds."""
    text = document.get("text")
    if text is None and "value" in document:
        text = document["value"].decode(errors="backslashreplace")
    return Entry.model_validate({**document, "id": document["_id"], "text": text})
