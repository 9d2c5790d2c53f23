"""Where a subscription stands in a log, and the guard that moves it: only if it still is what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.eventstore import GENESIS
from shared.mongo import Database, Session
from shared.wire import Stamp


class Jump(Exception):
    """Events between the position and this message are missing: read the partition again."""


class Overtaken(Exception):
    """Another owner has moved the position meanwhile."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last event of a log that was taken, and the chain's value after it.

    `drained` counts the changes to what is parked that came from an operator: whoever sees the position unchanged
    knows that the parked set is unchanged too.
    """

    n: int = 0
    index: int = 0
    count: int = 1
    hash: str = GENESIS
    drained: int = 0

    def after(self, stamp: Stamp) -> Position:
        """The position once the event at `stamp` is taken."""
        return Position(stamp.n, stamp.index, stamp.count, stamp.hash, self.drained)


async def read_position(database: Database, subscription: str, log: str, session: Session | None = None) -> Position:
    """Where a subscription stands in a log; in a snapshot, if its `session` is given."""
    found = await database["positions"].find_one({"_id": f"{subscription}:{log}"}, session=session)
    if found is None:
        return Position()
    return Position(found["n"], found["index"], found["count"], found["hash"], found.get("drained", 0))


async def move(
    database: Database, session: Session | None, subscription: str, log: str, before: Position, after: Position
) -> None:
    """Move the position, within a transaction if there is a session; raises `Overtaken` if it is no longer `before`."""
    key, positions = f"{subscription}:{log}", database["positions"]
    moved = {"n": after.n, "index": after.index, "count": after.count, "hash": after.hash, "drained": after.drained}
    if before == Position():
        try:
            await positions.insert_one({"_id": key, "subscription": subscription, "log": log, **moved}, session=session)
        except DuplicateKeyError:
            raise Overtaken(key) from None
        return
    was: dict[str, Any] = {"_id": key, "n": before.n, "index": before.index, "hash": before.hash}
    was["drained"] = before.drained if before.drained else {"$in": [0, None]}
    if (await positions.update_one(was, {"$set": moved}, session=session)).matched_count == 0:
        raise Overtaken(key)
