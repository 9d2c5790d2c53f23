"""Carrying out what operators ask for: a parked event is retried, or skipped for good, and its stream goes on.

Done by the owner of the partition, never at the same time as a batch of the same log. Every step moves the position's
`drained`, so that a former owner that still believes itself in charge loses. A request goes with its entry, before the
stream behind it is done: a stream whose first event only waits was left in the middle, and whoever comes next goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from shared.contracts.registry import UnknownVersion, known
from shared.entries import Document, event_of
from shared.faults import is_own
from shared.mongo import Session, transact
from shared.parking import lay_out
from shared.position import Overtaken
from shared.subscribe import Change, Subscription
from shared.telling import told

PAGE = 200
"""How many waiting events are applied at once."""
log = structlog.get_logger(__name__)


async def redrive(subscription: Subscription, logs: Sequence[str]) -> None:
    """Carry out the requests about `logs`, in the order they were made, and take what needs no request.

    That is what was interrupted, and what waited for a release that understands it.

    Raises `Overtaken` and errors of the infrastructure; the next call does what was not done by then.
    """
    parked, of = subscription.database["parked"], {"subscription": subscription.name, "log": {"$in": list(logs)}}
    if await parked.find_one(of, {"_id": 1}) is None:  # as a rule, and this is asked every second
        return
    found = parked.find({**of, "request.act": {"$exists": True}}, {"text": 0, "value": 0}).sort("request.at", 1)
    for entry in await found.to_list(None):
        if entry["request"]["act"] == "skip":
            await _skip(subscription, entry)
        if entry["kind"] == "event":
            await _drain_all(subscription, entry["log"], entry["stream"])
    for name, stream in await _ready(subscription, logs):
        log.warning("stream_goes_on_by_itself", subscription=subscription.name, log=name, stream=stream)
        await _drain_all(subscription, name, stream)


async def _ready(subscription: Subscription, logs: Sequence[str]) -> list[tuple[str, str]]:
    """Logs and streams that can go on: what their first event waited for is gone, or this release understands it."""
    parked, found = subscription.database["parked"], []
    of: Document = {"subscription": subscription.name, "stream": {"$gt": ""}}
    first = {name: {"$first": f"${name}"} for name in ("status", "error", "type")}
    steps: list[Document] = [{"$sort": {"stream": 1, "n": 1, "index": 1}}, {"$group": {"_id": "$stream", **first}}]
    for name in logs:
        each = parked.aggregate([{"$match": {**of, "log": name}}, *steps])
        found += [(name, row["_id"]) async for row in each if row["status"] == "waiting" or _understood(row)]
    return found


def _understood(entry: Document) -> bool:
    return str(entry["error"]).startswith(UnknownVersion.__name__) and known(entry["type"])


async def _skip(subscription: Subscription, entry: Document) -> None:
    async def change(session: Session) -> None:
        parked = await subscription.database["parked"].find_one_and_delete({"_id": entry["_id"]}, session=session)
        if parked is None:
            raise Overtaken(entry["_id"])
        request = parked.pop("request")
        record = {name: request[name] for name in ("reason", "by", "at")}
        await subscription.database["skipped"].insert_one({**parked, "status": "skipped", **record}, session=session)

    if entry["kind"] == "malformed":
        await transact(subscription.client, change)
    else:
        async with subscription.lock(entry["log"]):
            await _settle(subscription, entry["log"], (), change)
    log.warning("entry_skipped", entry=entry["_id"], by=entry["request"]["by"], reason=entry["request"]["reason"])


async def _drain_all(subscription: Subscription, name: str, stream: str) -> None:
    while not await _drain(subscription, name, stream):
        pass


async def _drain(subscription: Subscription, name: str, stream: str) -> bool:
    """Take the next events of a parked stream; whether there is nothing more to do."""
    async with subscription.lock(name):
        known = await subscription.known(name)
        query = {"subscription": subscription.name, "log": name, "stream": stream}
        entries = await subscription.database["parked"].find(query).sort([("n", 1), ("index", 1)]).to_list(PAGE)
        if not entries:
            known.parked.discard(stream)
            return True
        if subscription.apply is not None and await _apply(subscription, entries):
            return False
        for entry in entries:
            if not await _one(subscription, entry):
                return True
        return False


async def _apply(subscription: Subscription, entries: Sequence[Document]) -> bool:
    """Apply a page of events at once; False if one of them fails by itself."""
    try:
        await _settle(subscription, entries[0]["log"], entries)
    except Exception as error:
        if not is_own(error):
            raise
        return False
    return True


async def _one(subscription: Subscription, entry: Document) -> bool:
    try:
        await subscription.act(event_of(entry))
        await _settle(subscription, entry["log"], [entry])
    except Exception as error:
        if not is_own(error):
            raise
        await _failed_again(subscription, entry, told(error))
        return False
    return True


async def _failed_again(subscription: Subscription, entry: Document, error: str) -> None:
    async def change(session: Session) -> None:
        failed = {"status": "parked", "error": error, "attempts": entry["attempts"] + 1}
        update = {"$set": failed, "$unset": {"request": 1}}
        await subscription.database["parked"].update_one({"_id": entry["_id"]}, update, session=session)
        if entry["status"] == "waiting":
            await lay_out(subscription.database, session, [{**entry, **failed}])

    await _settle(subscription, entry["log"], (), change)
    log.error("redriven_event_failed_again", entry=entry["_id"], error=error)


async def _settle(
    subscription: Subscription,
    name: str,
    entries: Sequence[Document],
    change: Change | None = None,
) -> None:
    """Apply the events of `entries` and take them out of what is parked, or `change` it, guarded by the position."""

    async def remove(session: Session) -> None:
        ids = [entry["_id"] for entry in entries]
        await subscription.database["parked"].delete_many({"_id": {"$in": ids}}, session=session)

    position = (await subscription.known(name)).position
    events = [event_of(entry).recorded() for entry in entries] if subscription.apply is not None else []
    await subscription.settle(name, replace(position, drained=position.drained + 1), events, change=change or remove)
