"""Kafka -> projections: batches, positions and chain checked, exactly once in effect.

A projection moves its position in the same transaction as what it changes, and only if it still is what it was: of two
owners during a rebalance one loses and reads again. Lower positions are skipped; on a jump the partition is read again
from its beginning; a chain that does not fit stops the partition, visibly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog
from aiokafka import TopicPartition

from shared.contracts.base import Recorded
from shared.contracts.registry import decode, known
from shared.errors import ChainBroken
from shared.eventstore import GENESIS
from shared.mongo import Client, Database, Session, transact
from shared.wire import Record, Stamp, stamp_of

log = structlog.get_logger(__name__)
Apply = Callable[[Session, Sequence[Recorded]], Awaitable[None]]


class Message(Record, Protocol):
    """What is read of a record of a partition."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """The number of its partition."""

    @property
    def offset(self) -> int:
        """Its number in the partition."""


class Jump(Exception):
    """Events between the position and this message are missing: read the partition again."""


class Overtaken(Exception):
    """Another owner has moved the position meanwhile."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last event of a log that was applied, and the chain's value after it."""

    n: int = 0
    index: int = 0
    count: int = 1
    hash: str = GENESIS

    def precedes(self, stamp: Stamp) -> bool:
        """Whether `stamp` is the very next event."""
        if self.index + 1 < self.count:
            return stamp.place == (self.n, self.index + 1)
        return stamp.place == (self.n + 1, 0)


@dataclass
class Subscription:
    """One projection's way through one topic. `apply` writes what a batch changes, within the session it is given."""

    name: str
    client: Client
    database: Database
    apply: Apply
    alarms: dict[str, str] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)

    async def take(self, messages: Sequence[Record]) -> None:
        """Apply a batch of one partition.

        Raises `Jump` (rewind and read again), `ChainBroken` (stop: an alarm), `Overtaken` (read again), and what the
        database raises; then nothing was applied.
        """
        if not messages:
            return
        stamps = [stamp_of(m) for m in messages]
        name = stamps[0].log
        before = self._positions.get(name) or await self.position(name)
        after, events = self._next(before, stamps, messages)
        if after == before:
            return
        try:
            await transact(self.client, lambda session: self._move(session, name, before, after, events))
        except BaseException:
            self._positions.pop(name, None)
            raise
        self._positions[name] = after

    def _next(
        self, position: Position, stamps: Sequence[Stamp], messages: Sequence[Record]
    ) -> tuple[Position, list[Recorded]]:
        events = []
        for stamp, message in zip(stamps, messages, strict=True):
            if stamp.place <= (position.n, position.index):
                continue
            if not position.precedes(stamp):
                raise Jump(f"{stamp.log}: {stamp.place} after {(position.n, position.index)}")
            key, text = (message.key or b"").decode(), (message.value or b"").decode()
            if not stamp.fits(position.hash, key, text):
                reason = "the hash does not fit what was read before"
                self.alarms[stamp.log] = reason
                raise ChainBroken(stamp.log, stamp.n, reason)
            position = Position(stamp.n, stamp.index, stamp.count, stamp.hash)
            if known(stamp.type):
                events.append(_recorded(stamp, text))
        return position, events

    async def _move(
        self, session: Session, name: str, before: Position, after: Position, events: Sequence[Recorded]
    ) -> None:
        moved = {"n": after.n, "index": after.index, "count": after.count, "hash": after.hash}
        key = f"{self.name}:{name}"
        positions = self.database["positions"]
        if before == Position():
            await positions.insert_one({"_id": key, **moved}, session=session)
        else:
            was: dict[str, Any] = {"_id": key, "n": before.n, "index": before.index, "hash": before.hash}
            if (await positions.update_one(was, {"$set": moved}, session=session)).matched_count == 0:
                raise Overtaken(key)
        if events:
            await self.apply(session, events)

    async def position(self, name: str) -> Position:
        """Where the projection stands in a log."""
        found = await self.database["positions"].find_one({"_id": f"{self.name}:{name}"})
        return Position(found["n"], found["index"], found["count"], found["hash"]) if found else Position()


def by_partition(messages: Sequence[Message]) -> dict[TopicPartition, list[Message]]:
    """The messages of a batch by their partition, in order."""
    parts: dict[TopicPartition, list[Message]] = {}
    for message in messages:
        parts.setdefault(TopicPartition(message.topic, message.partition), []).append(message)
    return parts


def _recorded(stamp: Stamp, text: str) -> Recorded:
    return Recorded(
        event=decode(text, stamp.type),
        log=stamp.log,
        n=stamp.n,
        index=stamp.index,
        count=stamp.count,
        version=stamp.version,
        command=stamp.command,
        recorded=datetime.fromisoformat(stamp.recorded),
        hash=stamp.hash,
        text=text,
    )
