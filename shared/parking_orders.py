"""What operators order about something parked: written down once, for the owner of its partition to carry out.

A repeated order, under the same key, is answered with what became of it; `asked` keeps the last one, and goes with the
entry when it is skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared import parking_wording as wording
from shared.entries import Document
from shared.errors import IdempotencyConflict, Refused
from shared.mongo import Database, patiently
from shared.parking import Entry, entry_of


async def request_retry(database: Database, id: str, by: str, key: str | None = None) -> Entry:
    """Ask for a parked event to be tried again, and its stream after it.

    Raises `LookupError`, `Refused`, and `IdempotencyConflict` for a `key` that was used for another order about it.
    """
    return await _request(database, id, {"act": "retry", "reason": None, "by": by, "key": key})


async def request_skip(database: Database, id: str, reason: str, by: str, key: str | None = None) -> Entry:
    """Ask for a parked event to be left out for good; raises as `request_retry`."""
    if not reason.strip():
        raise Refused("parked.reason", wording.NO_REASON, "/reason", wording.SAY_WHY)
    return await _request(database, id, {"act": "skip", "reason": reason.strip(), "by": by, "key": key})


async def _request(database: Database, id: str, order: Document) -> Entry:
    entry = await _found(database, id)
    if (known := _repeated(entry, order)) is not None:
        return known
    if entry["status"] == "skipped":
        raise LookupError(f"{id} was skipped")
    if order["act"] == "retry" and entry["kind"] == "malformed":
        raise Refused("parked.malformed", wording.MALFORMED, fix=wording.SKIP_IT)
    if entry["status"] == "waiting":
        raise Refused("parked.waiting", wording.WAITING, fix=wording.FIRST)
    request = {**order, "at": datetime.now(UTC)}
    free = {"_id": id, "status": "parked", "request.act": {"$exists": False}}
    change = {"$set": {"request": request, "asked": request}}
    if (await database["parked"].update_one(free, change)).matched_count:
        return entry_of({**entry, "request": request})
    if (known := _repeated(await _found(database, id), order)) is not None:
        return known
    raise Refused("state.requested", wording.REQUESTED, fix=wording.AWAIT)


async def _found(database: Database, id: str) -> dict[str, Any]:
    for name in ("parked", "skipped"):
        found = await patiently(lambda n=name: database[n].find_one({"_id": id}))  # type: ignore[misc]
        if found is not None:
            return dict(found)
    raise LookupError(f"nothing is parked as {id}")


def _repeated(entry: Document, order: Document) -> Entry | None:
    """What became of the order, if this one is the last one said again."""
    asked = entry.get("asked")
    if asked is None or order["key"] is None or any(asked[name] != order[name] for name in ("by", "key")):
        return None
    if any(asked[name] != order[name] for name in ("act", "reason")):
        raise IdempotencyConflict("this key was used before for another order about it: use a new key")
    return entry_of({**entry, "request": asked} if entry["status"] == "skipped" else entry)
