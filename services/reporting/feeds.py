"""The rows to headquarters in the database. A row is written together with the number it takes, from one snapshot."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pymongo import ReplaceOne

from services.reporting import journal
from services.reporting.model import current
from services.reporting.rows import FEEDS, Feed, Moment, Row, advance, forgotten, row_id
from services.reporting.totals import Total
from shared.mongo import Client, Database, Document, Session, transact

STATES, ROWS = "feeds", "rows"
AT_ONCE = 500
"""Keys whose rows are written in one transaction."""
BEGINNING: dict[str, Any] = {"epoch": "", "seq": 0, "published": 0, "offset": -1}


async def prepare(database: Database) -> None:
    """Make what the rows are kept in."""
    await database[ROWS].create_index([("feed", 1), ("seq", 1)], unique=True)
    for name in FEEDS:
        await database[STATES].update_one({"_id": name}, {"$setOnInsert": BEGINNING | _epoch()}, upsert=True)


async def refresh(client: Client, database: Database, feed: Feed, keys: Sequence[str] | None = None) -> int:
    """Write the rows of `keys` (None: of all) that are not as the totals are; how many have changed."""
    keys = await _all_keys(database, feed) if keys is None else sorted(set(keys))
    changed = 0
    for at in range(0, len(keys), AT_ONCE):
        some = list(keys[at : at + AT_ONCE])
        changed += await transact(client, lambda session, some=some: _refresh(database, feed, some, session))  # type: ignore[misc]
    return changed


async def remember(client: Client, database: Database, feed: Feed, told: Mapping[str, int]) -> int:
    """Let the rows' revisions rise from those that followers were `told` by key; how many were behind those.

    A key of which this database knows nothing is gone, until its figures come. If any was behind, another database has
    numbered rows before: from now on numbers are of a new epoch.
    """
    behind = 0
    for at in range(0, len(told), AT_ONCE):
        some = dict(sorted(told.items())[at : at + AT_ONCE])
        behind += await transact(client, lambda session, some=some: _remember(database, feed, some, session))  # type: ignore[misc]
    return behind


async def state(database: Database, name: str, session: Session | None = None) -> Document:
    """How far a feed is: the last `seq`, the last one that is `published`, and the `offset` of that record.

    `epoch` tells its numbers from those of a database that was lost, or has forgotten some: they may be of other rows.
    """
    found = await database[STATES].find_one({"_id": name}, session=session)
    return found or {"_id": name, **BEGINNING}


async def changed_rows(database: Database, name: str, after: int, query: Document, limit: int) -> list[Row]:
    """Up to `limit` rows of a feed that have changed behind the number `after`, in the order of their changes."""
    wanted = {"feed": name, "seq": {"$gt": after}} | query
    return cast(list[Row], await database[ROWS].find(wanted, sort=[("seq", 1)], limit=limit).to_list(limit))


async def _all_keys(database: Database, feed: Feed) -> list[str]:
    model = await current(database)
    told = await database[ROWS].distinct("key", {"feed": feed.name})
    return sorted({*told, *await database[model.totals].distinct("key", {"kind": feed.kind})})


async def _refresh(database: Database, feed: Feed, keys: list[str], session: Session) -> int:
    model = await current(database, session)
    totals: dict[str, list[Total]] = {key: [] for key in keys}
    for total in await model.find_totals({"kind": feed.kind, "key": {"$in": keys}}, session):
        totals[total["key"]].append(total)
    before = await _rows(database, feed, keys, session)
    seq: int = (await state(database, feed.name, session))["seq"]
    first, moment = seq, await _moment(database, session)
    writes = []
    for key in keys:
        known = before.get(key)
        row = advance(feed, key, totals[key], model.generation, known, seq + 1, moment) if moment else None
        if row is not None and row != known:
            seq = max(seq, row["seq"])
            writes.append(ReplaceOne({"_id": row["_id"]}, cast(Document, row), upsert=True))
    if seq > first:
        reached = {"$set": {"seq": seq}, "$setOnInsert": _epoch()}
        await database[STATES].update_one({"_id": feed.name}, reached, upsert=True, session=session)
    if writes:
        await database[ROWS].bulk_write(writes, session=session)
    return seq - first


async def _remember(database: Database, feed: Feed, told: dict[str, int], session: Session) -> int:
    before = await _rows(database, feed, list(told), session)
    seq: int = (await state(database, feed.name, session))["seq"]
    rows = [
        forgotten(feed, key, told[key], before.get(key), seq + i)
        for i, key in enumerate((k for k in told if k not in before or before[k]["revision"] < told[k]), 1)
    ]
    if rows:
        reached = {"$set": {"seq": seq + len(rows)} | _epoch()}
        await database[STATES].update_one({"_id": feed.name}, reached, upsert=True, session=session)
        writes = [ReplaceOne({"_id": row["_id"]}, cast(Document, row), upsert=True) for row in rows]
        await database[ROWS].bulk_write(writes, session=session)
    return len(rows)


def _epoch() -> dict[str, str]:
    """One that there has never been."""
    return {"epoch": secrets.token_hex(8)}


async def _rows(database: Database, feed: Feed, keys: list[str], session: Session) -> dict[str, Row]:
    names = [row_id(feed, key) for key in keys]
    found = await database[ROWS].find({"_id": {"$in": names}}, session=session).to_list(None)
    return {row["key"]: cast(Row, row) for row in found}


async def _moment(database: Database, session: Session) -> Moment | None:
    """None while nothing has arrived."""
    seen = await journal.seen(database, session)
    if not seen:
        return None
    positions = {name: ".".join(map(str, document["place"])) for name, document in seen.items()}
    return Moment(positions, max(document["recorded"] for document in seen.values()))
