"""Messages on a log's partition that are no events of that log."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from shared.entries import malformed_entry
from shared.incoming import Message
from shared.mongo import Session, transact
from shared.parking import keep
from shared.subscribe import Subscription
from shared.wire import Malformed, Stamp, stamp_of

log = structlog.get_logger(__name__)


def sift(name: str, messages: Sequence[Message]) -> tuple[list[Message], list[Stamp], list[tuple[Message, str]]]:
    """The messages that the relay of the log `name` wrote, where each stands, and the others, each with why."""
    own: list[Message] = []
    stamps: list[Stamp] = []
    foreign: list[tuple[Message, str]] = []
    for message in messages:
        try:
            stamp = stamp_of(message)
            if stamp.log != name:
                raise Malformed(f"an event of the log {stamp.log} does not belong here")
        except Malformed as error:
            foreign.append((message, str(error)))
        else:
            own.append(message)
            stamps.append(stamp)
    return own, stamps, foreign


async def park_foreign(subscription: Subscription, name: str, message: Message, reason: str) -> None:
    """Park a message of the log `name` that no relay of Trama wrote: once, however often it is read."""
    entry = malformed_entry(subscription.name, name, message, reason)

    async def work(session: Session) -> bool:
        for collection in ("parked", "skipped"):
            if await subscription.database[collection].find_one({"_id": entry["_id"]}, {"_id": 1}, session=session):
                return False
        await keep(subscription.database, session, [entry])
        return True

    if await transact(subscription.client, work):
        log.warning("malformed_message_parked", entry=entry["_id"], reason=reason)
