"""Commits into the database, durably and in order, until it is known what became of them.

Outcomes are told apart by the violated key. What cannot be known (time-out, step-down) is inserted again, the same
documents, until it is known: a second copy cannot land, since `_id` and `{log, n}` are unique.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import structlog
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import PyMongoError, WriteConcernError, WriteError

from shared.eventstore.commit import Commit
from shared.mongo import is_transient
from shared.telling import told

Collection = AsyncIOMotorCollection[dict[str, Any]]
DUPLICATE_KEY = 11000
logger = structlog.get_logger(__name__)


class _Uncertain(Exception):
    """The server's answer does not say what landed."""


async def insert_until_known(collection: Collection, commits: Sequence[Commit]) -> tuple[int, str | None]:
    """How many of `commits` landed, and the key that refused the next one, if one did."""
    done, tries = 0, 0
    while done < len(commits):
        try:
            landed, key = await _insert(collection, commits[done:])
            done += landed
            # what refuses may be these very commits, of a try whose answer was lost: they are durable by now
            if key is None or not tries or not (there := await _count_landed(collection, commits[done:])):
                return done, key
            done += there
        except _Uncertain as error:
            tries += 1
            logger.warning("append_uncertain", commits=len(commits) - done, error=told(error.__cause__ or error))
            await asyncio.sleep(random.uniform(0, min(1.0, 0.02 * 2**tries)))
            done += await _count_landed(collection, commits[done:])
    return done, None


async def _insert(collection: Collection, commits: Sequence[Commit]) -> tuple[int, str | None]:
    """The database's command itself: the driver's `insert_many` would keep a record of each try in the database, to
    try again by itself, which is done here, and known better.
    """
    insert = {
        "insert": collection.name,
        "documents": [commit.document() for commit in commits],
        "ordered": True,
        "writeConcern": collection.write_concern.document,
    }
    try:
        answer = await collection.database.command(insert)
    except PyMongoError as error:
        if is_transient(error):
            raise _Uncertain from error
        raise
    if "writeConcernError" in answer:
        told_so = answer["writeConcernError"]
        raise _Uncertain from WriteConcernError("not durable yet", told_so.get("code"), told_so)
    if not (failures := answer.get("writeErrors")):
        return len(commits), None
    [failure] = failures
    if failure["code"] == DUPLICATE_KEY:
        return failure["index"], ",".join(failure["keyPattern"])
    refused = WriteError(failure["errmsg"], failure["code"], failure)
    if is_transient(refused):
        raise _Uncertain from refused
    raise refused


async def _count_landed(collection: Collection, commits: Sequence[Commit]) -> int:
    """How many of `commits`, from the first on, are durably there as they are."""
    try:
        logs, ids = sorted({c.log for c in commits}), [c.id for c in commits]
        found = collection.find({"log": {"$in": logs}, "_id": {"$in": ids}})
        there = {d["_id"]: Commit.of(d) for d in await found.to_list(None)}
    except PyMongoError as error:
        if not is_transient(error):
            raise
        return 0
    count = 0
    for commit in commits:
        if commit.id not in there or not commit.is_same(there[commit.id]):
            break
        count += 1
    return count
