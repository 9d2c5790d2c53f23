"""What followers of a stream are sent, one after another, from where they were: rows of a feed, events of a topic.

Each replica follows the database, not Kafka: any of them can go on where another one broke off.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from services.reporting import feeds, journal
from services.reporting.changes import Change
from services.reporting.rows import Row
from shared.bell import heard
from shared.mongo import Database, Document, patiently

AT_ONCE = 200
IDLE = 1.0
"""How often, in seconds, a follower looks although nothing rang."""
Positions = dict[str, int]
"""Per log the arrival number of the last event that was sent."""


class Number(NamedTuple):
    """Where a follower of rows is, as the feed's state tells numbers; its text is an id."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def read(cls, text: str) -> Number:
        """The number that an id stands for; raises `ValueError`."""
        found = re.fullmatch(r"([0-9a-f]{16})\.([0-9]{1,15})", text)
        if found is None:
            raise ValueError(f"{text!r} is no number of a feed")
        return cls(found[1], int(found[2]))


@dataclass(frozen=True, slots=True)
class Sent:
    """A server-sent event: `id` is where to go on behind it, `data` one line of JSON; an id alone is no event."""

    id: str
    event: str | None = None
    data: str | None = None


@dataclass
class Bell:
    """Wakes all followers of this process when something new may be there. A lost ring costs latency, never data."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake all who wait."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    def ear(self) -> asyncio.Event:
        """What the next ring sets; taken before looking, so that nothing rings unheard in between."""
        return self._event

    def note(self, change: Change) -> None:
        """Ring if a batch of events or new rows of a feed have been written, as `changes` tells."""
        if change is None or change.collection in (journal.SEEN, feeds.STATES):
            self.ring()


async def rows(
    database: Database, bell: Bell, feed: str, query: Document, after: Number | None, until: float = inf
) -> AsyncIterator[Sent]:
    """First the state of every key (those that have changed behind `after`, if given), then every change.

    Ends at the loop's time `until`. A number of another epoch, or one that the feed has not reached, is one of a
    database that is no more: then all is told anew, what is gone too. Only who begins is not told of keys that were
    gone before.
    """
    at, begun = after, 0
    while _clock() < until:
        ear = bell.ear()
        state = await patiently(lambda: feeds.state(database, feed))
        if at is None:
            at, begun = Number(state["epoch"], 0), state["seq"]
        elif at.epoch != state["epoch"] or at.seq > state["seq"]:
            at, begun = Number(state["epoch"], 0), 0
        found = await patiently(lambda n=at.seq: feeds.changed_rows(database, feed, n, query, AT_ONCE))  # type: ignore[misc]
        for row in found:
            at = Number(at.epoch, row["seq"])
            if row["text"] is not None or at.seq > begun:
                yield _row(row, at)
        if not found:
            await heard(ear, IDLE)


async def events(
    database: Database,
    bell: Bell,
    source: str,
    wanted: Callable[[Document], bool],
    at: Positions | None,
    until: float = inf,
) -> AsyncIterator[Sent]:
    """Events of a service as they arrive, behind `at` (None: from now on); first the id of where that is.

    Ends at the loop's time `until`; only what is `wanted` is sent. A position that a log has not reached is one of a
    database that is no more: then all is told anew. Raises `journal.Incomplete` if the journal has lost events.
    """
    at = await _now(database, source) if at is None else dict(at)
    yield Sent(told(at))
    while _clock() < until:
        ear, idle = bell.ear(), True
        logs = await _seen(database, source)
        if any(arrival > (logs[name]["arrival"] if name in logs else 0) for name, arrival in at.items()):
            at = {}
            yield Sent(told(at))
        for name, seen in logs.items():
            if seen["arrival"] <= at.get(name, 0):
                continue
            idle = False
            after = at.get(name, 0)
            for document in await patiently(lambda n=name, a=after: journal.follow(database, n, a, AT_ONCE)):  # type: ignore[misc]
                at[name] = document["arrival"]
                if wanted(document):
                    yield Sent(told(at), document["type"], document["text"])
        if idle:
            await heard(ear, IDLE)


def told(at: Mapping[str, int]) -> str:
    """Positions as an id: `log:arrival`, parted by commas."""
    return ",".join(f"{log}:{at[log]}" for log in sorted(at)) or "0"


def read(text: str, source: str) -> Positions:
    """The positions that an id of `told` stands for, `0` is the beginning; raises `ValueError`."""
    found: Positions = {}
    for part in text.split(",") if text != "0" else ():
        name, colon, arrival = part.partition(":")
        prefix, _, number = name.rpartition("-")
        if not colon or prefix != source or not (number.isdecimal() and arrival.isdecimal()) or len(arrival) > 15:
            raise ValueError(f"{part!r} is no position of {source}")
        found[name] = int(arrival)
    return found


async def _seen(database: Database, source: str) -> dict[str, Document]:
    found = await patiently(lambda: database[journal.SEEN].find({"source": source}, sort=[("_id", 1)]).to_list(None))
    return {document["_id"]: document for document in found}


async def _now(database: Database, source: str) -> Positions:
    return {name: document["arrival"] for name, document in (await _seen(database, source)).items()}


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _row(row: Row, at: Number) -> Sent:
    if row["text"] is not None:
        return Sent(str(at), "row", row["text"])
    gone = {"key": row["key"], "country": row["country"], "revision": row["revision"]}
    return Sent(str(at), "removed", json.dumps(gone))
