"""A read model of another service's events, proved against their topic, read from its first record.

The documents of a log are folded in memory, of a big one in several passes, each over a part of its streams.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shared import kafka
from shared.errors import Unavailable
from shared.eventstore.commit import log_number
from shared.mongo import Session
from shared.position import Position
from shared.proving.compare import Findings, Fold, Model, Places, Told, of_projections
from shared.replay import Replay, partitions, replaying
from shared.topics import source

AT_ONCE = 4_000
"""Streams of one log that are folded in a pass, about: what memory is bounded by."""
PAGE = 100
TRIES = 5
"""How often a pass is begun again because an operator changed meanwhile what is parked."""


async def prove_from_topic(model: Model, servers: kafka.Servers, topic: str, told: Told) -> dict[str, Any]:
    """Compare all documents with what the topic's events fold to; the result is that of `prove_from_store`.

    Raises `Unavailable`, also if operators change what is parked again and again meanwhile.
    """
    findings = Findings()
    logs = (await partitions(servers, [topic]))[topic]
    passes = await _passes(model, logs)
    for number in range(logs):
        for turn in range(passes):
            steps = _Steps(told, number * passes + turn, logs * passes)
            part = Part(model, servers, topic, f"{source(topic)}-{number}", logs, turn, passes, steps)
            await part.prove(findings)
    return findings.result()


async def _passes(model: Model, logs: int) -> int:
    names = of_projections(model.projections)
    counts = [await model.database[name].estimated_document_count() for name in names]
    return 1 + max(counts) // (AT_ONCE * max(1, logs))


@dataclass
class _Steps:
    """Progress over passes of about the same length."""

    told: Told
    number: int
    count: int

    def at(self, n: int, end: int) -> None:
        end = max(n, end, 1)
        self.told(self.number * end + n, self.count * end)


@dataclass
class Part:
    """One pass over a log: the streams whose turn it is."""

    model: Model
    servers: kafka.Servers
    topic: str
    log: str
    logs: int
    turn: int
    passes: int
    steps: _Steps
    folds: dict[str, Fold] = field(default_factory=dict)
    events: int = 0

    async def prove(self, findings: Findings) -> None:
        """Fold and compare; raises `Unavailable`."""
        for _ in range(TRIES):
            self.folds, self.events = {}, 0
            async with replaying(self.servers, self.topic, self.log) as replay:
                if await self._proved(replay, findings):
                    return
        raise Unavailable(f"what is parked of {self.log} changes again and again: ask once more")

    async def _proved(self, replay: Replay, findings: Findings) -> bool:
        client = self.model.client
        async with await client.start_session(snapshot=True) as session:
            before, held = await self.model.standing(session, self.log)
        await self._read(replay, before, held)
        async with await client.start_session(snapshot=True) as session:  # a short one, however long the topic is
            position, held = await self.model.standing(session, self.log)
            if position.drained != before.drained or position.n < before.n:
                return False
            await self._read(replay, position, held)
            await self._compare(session, replay, position, findings)
        return True

    async def _read(self, replay: Replay, position: Position, held: Places) -> None:
        if position.n == 0:
            return
        async for page in replay.pages((position.n, position.index)):
            for event in page:
                if event.stamp.place in held:
                    continue
                self.events += 1
                if self._mine(event.stream) and self.model.wants(event.stamp.type):
                    fold = self.folds.setdefault(event.stream, Fold(event.stream, self.model.projections))
                    fold.take(event.stamp.place, event.recorded)
                if self.events % 20 == 0:
                    await asyncio.sleep(0)
            self.steps.at(replay.position.n, position.n)

    def _mine(self, stream: str) -> bool:
        return zlib.crc32(stream.encode()[::-1]) % self.passes == self.turn

    async def _compare(self, session: Session, replay: Replay, position: Position, findings: Findings) -> None:
        if self.turn == 0:
            findings.events[self.log] = self.events
        if (fault := _fault(replay, position)) is not None:
            if self.turn == 0:
                findings.differs(f"{self.topic}: {fault}")
            return  # what the documents were made of is no longer there to be compared with
        for collection in of_projections(self.model.projections):
            for streams in _some(sorted(self.folds)):
                stored = await self.model.stored(session, collection, streams)
                for stream in streams:
                    findings.compare(collection, self.folds[stream], stored.get(stream))
            found = self.model.database[collection].find({}, {"_id": 1}, sort=[("_id", 1)], session=session)
            async for row in found:
                if self._belongs(row["_id"]) and row["_id"] not in self.folds:
                    findings.orphans(collection, [row["_id"]])

    def _belongs(self, stream: str) -> bool:
        return self.log.endswith(f"-{log_number(stream, self.logs)}") and self._mine(stream)


def _fault(replay: Replay, position: Position) -> str | None:
    if replay.fault:
        return replay.fault
    if replay.position.hash == position.hash:
        return None
    return f"{replay.log} ends at {replay.place}, but the read model stands at {(position.n, position.index)}"


def _some(streams: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(streams), PAGE):
        yield streams[start : start + PAGE]
