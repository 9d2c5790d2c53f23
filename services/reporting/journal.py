"""Reporting's own copy of every event that it took, byte for byte, and how far each log is.

`arrival` numbers the events of a log in the order in which they were taken, from 1, without gaps. That is the log's own
order, but for events that were parked for a while: so whoever follows arrivals misses none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic_core import from_json
from pymongo import ASCENDING

from shared.contracts.base import Recorded
from shared.contracts.registry import decode_any
from shared.errors import TramaError
from shared.mongo import Database, Session

JOURNAL, SEEN = "journal", "seen"
BY_STREAM = [("stream", ASCENDING), ("arrival", ASCENDING)]
Document = dict[str, Any]


class Incomplete(TramaError):
    """The journal lacks events that it had: whatever is made from it would be wrong."""

    def __init__(self, log: str, arrival: int) -> None:
        super().__init__(
            f"{log}: the journal has lost its event number {arrival}: restore it from a backup, or start with an empty"
            " database, which is filled from the topics"
        )
        self.log = log
        self.arrival = arrival


async def prepare(database: Database) -> None:
    """Make the collections and their indexes."""
    await database[JOURNAL].create_index([("log", ASCENDING), ("arrival", ASCENDING)], unique=True)
    await database[JOURNAL].create_index(BY_STREAM)
    await database[SEEN].create_index("source")


async def write(database: Database, session: Session, events: Sequence[Recorded]) -> bool:
    """Add events of one log; whether the log is a new one. Whoever writes it at the same time loses."""
    last = events[-1]
    source, place = last.log.rpartition("-")[0], max((e.n, e.index) for e in events)
    seen = await database[SEEN].find_one_and_update(
        {"_id": last.log},
        {
            "$inc": {"arrival": len(events)},
            "$max": {"place": list(place), "recorded": max(e.recorded for e in events)},
            "$setOnInsert": {"source": source},
        },
        upsert=True,
        session=session,
    )
    arrived = seen["arrival"] if seen else 0
    documents = [_document(event, arrived + i) for i, event in enumerate(events, 1)]
    await database[JOURNAL].insert_many(documents, session=session)
    return seen is None


async def read(database: Database, log: str, after: int, limit: int, session: Session | None = None) -> list[Document]:
    """Up to `limit` documents of a log, from behind the arrival `after` on."""
    query = {"log": log, "arrival": {"$gt": after}}
    return await database[JOURNAL].find(query, sort=[("arrival", 1)], limit=limit, session=session).to_list(limit)


async def follow(
    database: Database, log: str, after: int, limit: int, session: Session | None = None
) -> list[Document]:
    """As `read`, for those who know that more has arrived; raises `Incomplete` if the next ones are not all there."""
    documents = await read(database, log, after, limit, session)
    if not documents:
        raise Incomplete(log, after + 1)
    for expected, document in enumerate(documents, after + 1):
        if document["arrival"] != expected:
            raise Incomplete(log, expected)
    return documents


async def find(database: Database, event_id: str) -> Document | None:
    """An event's document."""
    return await database[JOURNAL].find_one({"_id": event_id})


async def seen(database: Database, session: Session | None = None) -> dict[str, Document]:
    """How far each log is: `arrival`, `place` (position and index), and when the newest event was `recorded`."""
    found = await database[SEEN].find({}, sort=[("_id", 1)], session=session).to_list(None)
    return {document["_id"]: document for document in found}


def recorded(document: Document) -> Recorded:
    """The event that a document holds, lifted to the newest version of its type."""
    return Recorded(
        decode_any(document["text"], document["type"]),
        document["log"],
        document["n"],
        document["index"],
        document["count"],
        document["version"],
        document["command"],
        document["recorded"],
        document["hash"],
        document["text"],
    )


async def last(database: Database, log: str, session: Session | None = None) -> int:
    """The arrival number of the last event of a log that is there; 0 if none is."""
    query = {"log": log}
    found = await database[JOURNAL].find_one(query, {"arrival": 1}, sort=[("arrival", -1)], session=session)
    return found["arrival"] if found else 0


async def by_stream(database: Database, limit: int) -> AsyncIterator[list[Document]]:
    """All documents, up to `limit` at once, stream after stream, each in the order of arrival."""
    found = database[JOURNAL].find({}, sort=BY_STREAM, hint=BY_STREAM, batch_size=limit)
    while documents := await found.to_list(limit):
        yield documents


def labelled(document: Document, event: Recorded) -> bool:
    """Whether what a document says beside the text is what the text says.

    The country of an event of a later version is not known; it may be once that version is.
    """
    said = document["_id"], document["stream"], document["type"]
    country = document["country"] in (None, getattr(event.fact, "country", None))
    return country and said == (event.event.id, event.stream, _type(event))


def _document(event: Recorded, arrival: int) -> Document:
    return {
        "_id": event.event.id,
        "log": event.log,
        "arrival": arrival,
        "n": event.n,
        "index": event.index,
        "count": event.count,
        "version": event.version,
        "command": event.command,
        "recorded": event.recorded,
        "hash": event.hash,
        "stream": event.stream,
        "type": _type(event),
        "time": event.event.time,
        "country": getattr(event.fact, "country", None),
        "text": event.text,
    }


def _type(event: Recorded) -> str:
    """The type that the text names, which the event may have been lifted from."""
    name = event.event.type
    if f'"type":"{name}"' in event.text[:1_000]:
        return name
    original: str = from_json(event.text)["type"]
    return original
