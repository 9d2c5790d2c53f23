"""The directory: people and tax ids, which events name by an opaque id only. It can be changed and erased.

What is here is never in the record, so that the record need never be rewritten. A tax id is kept before the event that
refers to it. Each request that keeps it claims it, and one that was refused gives its claim back: an entry goes with
its last claim. So what a commit refers to stays, whoever else sent the same at the same time.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pymongo import ReturnDocument, UpdateOne

from shared.errors import IdempotencyConflict, TramaError, Unavailable
from shared.eventstore import EventStore
from shared.mongo import Database, Document, patiently
from shared.telling import told

log = structlog.get_logger(__name__)
Entries = dict[str, str]
"""Tax ids by their opaque reference."""
SETTLED = "settled"
"""The claim of a commit, which is never given back."""
UNCERTAIN = timedelta(hours=1)
"""After this time, no request can still be at work: what it has kept is settled or erased."""


class Erased(TramaError):
    """The person was erased; nothing was added."""


async def index(database: Database) -> None:
    """Make what `tidy` needs; for a service's start."""
    await database["directory"].create_index("since", sparse=True)


async def secret(database: Database) -> bytes:
    """What references and marks are made with, so that nobody can find a tax id or a name by trying; made once."""
    fresh = {"value": secrets.token_hex(32)}
    found = await patiently(
        lambda: database["secrets"].find_one_and_update(
            {"_id": "directory"}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
        )
    )
    return bytes.fromhex(found["value"])


def reference(secret: bytes, command: str, pointer: str, tax_id: str) -> str:
    """The opaque reference of the tax id at `pointer` in the document that the command brought."""
    return f"t-{_seal(secret, ['tax_id', command, pointer, tax_id])[:20]}"


async def keep_tax_ids(
    database: Database, country: str, stream: str, command: str, entries: Entries, attempt: str
) -> None:
    """Keep and claim tax ids before the event that refers to them: that of `command` on `stream`."""
    if not entries:
        return
    about = {"kind": "tax_id", "country": country, "stream": stream, "command": command}
    change = {"$addToSet": {"claims": attempt}, "$set": {"since": datetime.now(UTC)}}
    writes = [
        UpdateOne({"_id": ref}, {"$setOnInsert": about | {"value": value}, **change}, upsert=True)
        for ref, value in entries.items()
    ]
    await patiently(lambda: database["directory"].bulk_write(writes, ordered=False))


async def release_tax_ids(database: Database, entries: Entries, attempt: str) -> None:
    """Give a refused request's claim back; what nobody else claims is erased."""
    if entries:
        own = {"_id": {"$in": list(entries)}}
        await patiently(lambda: database["directory"].update_many(own, {"$pull": {"claims": attempt}}))
        await patiently(lambda: database["directory"].delete_many(own | {"claims": []}))


async def tidy(store: EventStore, database: Database, before: datetime) -> None:
    """Settle what requests have kept whose end is not known: their process ended, or nobody could tell.

    What a commit refers to stays for good; what none refers to is erased. `before`: since when nobody is at work on it.
    """
    old = {"kind": "tax_id", "since": {"$lt": before}}
    fields = {"stream": 1, "command": 1, "claims": 1}
    for entry in await patiently(lambda: database["directory"].find(old, fields).to_list(None)):
        as_seen = {"_id": entry["_id"], "claims": entry["claims"]}
        if await store.find(entry["stream"], entry["command"]) is None:
            await patiently(lambda s=as_seen: database["directory"].delete_one(s))  # type: ignore[misc]
        else:
            change = {"$set": {"claims": [SETTLED]}, "$unset": {"since": ""}}
            await patiently(lambda s=as_seen, c=change: database["directory"].update_one(s, c))  # type: ignore[misc]


async def keep_tidy(store: EventStore, database: Database) -> None:
    """`tidy`, every hour, until cancelled."""
    while True:
        try:
            await tidy(store, database, datetime.now(UTC) - UNCERTAIN)
        except Unavailable as error:
            log.warning("directory_waits", error=told(error))
        await asyncio.sleep(UNCERTAIN.total_seconds())


async def add_person(database: Database, name: str, person: dict[str, Any], recorded: str) -> dict[str, Any]:
    """Add a person under an id that follows from the request, so that repeating it adds nobody twice.

    Raises `IdempotencyConflict` if the id is known from another payload, and `Erased`.
    """
    # of the first payload only a mark is kept: it tells a repetition, and keeps nothing of what is corrected later
    mark = _seal(await secret(database), ["person", name, person])
    fresh = {"kind": "person", **person, "mark": mark, "recorded": recorded}
    before = await patiently(lambda: _put_once(database, name, fresh))
    if before is None:
        return {"_id": name, **fresh}
    if before["kind"] == "erased":
        raise Erased(f"{name} was erased")
    if before["mark"] != mark:
        raise IdempotencyConflict("this key was used before with another payload: use a new key")
    return before


async def change_person(database: Database, name: str, person: dict[str, Any]) -> dict[str, Any] | None:
    """Replace what is known of a person; None if there is no such person."""
    return await patiently(
        lambda: database["directory"].find_one_and_update(
            {"_id": name, "kind": "person"}, {"$set": person}, return_document=ReturnDocument.AFTER
        )
    )


async def erase_person(database: Database, name: str) -> None:
    """Leave the opaque id alone: a late repetition of the request that added the person does not bring it back."""
    await patiently(lambda: database["directory"].replace_one({"_id": name, "kind": "person"}, {"kind": "erased"}))


async def entry(database: Database, name: str) -> dict[str, Any] | None:
    """A person or a tax id by its opaque id, None if it is not (or no more) there."""
    return await patiently(lambda: database["directory"].find_one({"_id": name}))


def _seal(secret: bytes, what: list[Any]) -> str:
    return hmac.digest(secret, json.dumps(what, sort_keys=True).encode(), "sha256").hex()


async def _put_once(database: Database, name: str, fresh: Document) -> Document | None:
    return await database["directory"].find_one_and_update(
        {"_id": name}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.BEFORE
    )
