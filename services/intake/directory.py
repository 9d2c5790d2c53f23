"""The directory: people and tax ids, which events name by an opaque id only. It can be changed and erased.

What is here is never in the record, so that the record need never be rewritten.
"""

from __future__ import annotations

from typing import Any

from pymongo import ReturnDocument

from shared.errors import IdempotencyConflict
from shared.execute import command_id
from shared.mongo import Database, Document, patiently

Entries = dict[str, str]
"""Tax ids by their opaque reference."""


def reference(command: str, pointer: str) -> str:
    """The opaque reference of what stands at `pointer` in the document that the command brought."""
    return f"t-{command_id('intake', 'reference', pointer, command)[:20]}"


async def keep_tax_ids(database: Database, country: str, entries: Entries) -> list[str]:
    """Keep tax ids before the event that refers to them; returns the references that are new.

    Raises `IdempotencyConflict` if a reference is known with another tax id: the same key, another payload.
    """
    new = []
    for ref, value in entries.items():
        fresh = {"kind": "tax_id", "country": country, "value": value}
        before = await patiently(lambda r=ref, f=fresh: _put_once(database, r, f))  # type: ignore[misc]
        if before is None:
            new.append(ref)
        elif before.get("value") != value:
            raise IdempotencyConflict("this key was used before with another payload: use a new key")
    return new


async def forget(database: Database, ids: list[str]) -> None:
    """Erase entries."""
    if ids:
        await patiently(lambda: database["directory"].delete_many({"_id": {"$in": ids}}))


async def add_person(database: Database, name: str, person: dict[str, Any], recorded: str) -> dict[str, Any]:
    """Add a person under an id that follows from the request, so that repeating it adds nobody twice.

    Raises `IdempotencyConflict` if the id is known from another payload.
    """
    fresh = {"kind": "person", **person, "first": person, "recorded": recorded}
    before = await patiently(lambda: _put_once(database, name, fresh))
    if before is not None and before.get("first") != person:
        raise IdempotencyConflict("this key was used before with another payload: use a new key")
    return before or {"_id": name, **fresh}


async def change_person(database: Database, name: str, person: dict[str, Any]) -> dict[str, Any] | None:
    """Replace what is known of a person; None if there is no such person."""
    return await patiently(
        lambda: database["directory"].find_one_and_update(
            {"_id": name, "kind": "person"}, {"$set": person}, return_document=ReturnDocument.AFTER
        )
    )


async def entry(database: Database, name: str) -> dict[str, Any] | None:
    """A person or a tax id by its opaque id, None if it is not (or no more) there."""
    return await patiently(lambda: database["directory"].find_one({"_id": name}))


async def _put_once(database: Database, name: str, fresh: Document) -> Document | None:
    return await database["directory"].find_one_and_update(
        {"_id": name}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.BEFORE
    )
