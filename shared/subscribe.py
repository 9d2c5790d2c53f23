"""Kafka -> projections and reactions: batches, positions and chain checked, exactly once in effect.

A projection moves its position in the same transaction as what it changes, and only if it still is what it was: of two
owners during a rebalance one loses and reads again. A reaction acts first and moves the position then: its commands'
ids make a repetition harmless. Lower positions are skipped. An event that fails by itself is parked with its stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import KW_ONLY, dataclass, field

import structlog
from tenacity import stop_after_attempt, wait_exponential

from shared.contracts.base import Fact, Recorded
from shared.contracts.registry import naming
from shared.documents import Apply
from shared.entries import Document, event_entry
from shared.errors import ChainBroken
from shared.faults import is_own
from shared.incoming import Arrived, Message, follow, stamps_of
from shared.known import Known
from shared.mongo import Client, Database, Session, transact
from shared.parking import keep, parked_streams, skipped_places
from shared.position import Jump, Overtaken, Position, move, read_position
from shared.retry import again
from shared.telling import told
from shared.together import together
from shared.wire import Stamp

__all__ = [
    "Apply",
    "Arrived",
    "Change",
    "Jump",
    "Message",
    "Overtaken",
    "Position",
    "React",
    "Subscription",
]

React = Callable[[Recorded], Awaitable[None]]
Change = Callable[[Session], Awaitable[None]]
TRIES = 3
"""How often an event is tried before it is parked."""
SLICE = 500
"""After how many events a reaction's position is moved: what is repeated after a crash."""
CONCURRENT = 50
"""How many streams a reaction handles at the same time."""
log = structlog.get_logger(__name__)


@dataclass
class Subscription:
    """One projection's or reaction's way through the logs of one topic.

    Either `apply(session, events)` writes what a batch changes, within the session it is given, or `react(event)` acts
    on one event and may be repeated. Only events `of` the facts given are taken, in whatever version, the others are
    passed over unread; None takes all.
    """

    name: str
    client: Client
    database: Database
    _: KW_ONLY
    apply: Apply | None = None
    react: React | None = None
    of: Collection[type[Fact]] | None = None
    _known: dict[str, Known] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.apply is None) == (self.react is None):
            raise TypeError(f"the subscription {self.name} needs either apply or react")
        self._wants = None if self.of is None else naming(self.of)

    async def take(self, messages: Sequence[Message], stamps: Sequence[Stamp] | None = None) -> bool:
        """Take a batch of one partition; whether the position moved. `stamps`, where known, save their parsing.

        Raises `Jump` (rewind and read again), `ChainBroken` (stop: an alarm), `Overtaken` (read again), and errors of
        the infrastructure; then nothing after the position was applied. Events that fail by themselves are parked.
        """
        if not messages:
            return False
        stamps = stamps_of(messages) if stamps is None else stamps
        name = stamps[0].log
        async with self.lock(name):
            before, after, arrived = await self._follow(name, stamps, messages)
            if after == before:
                return False
            if (wants := self._wants) is not None:
                arrived = [event for event in arrived if wants(event.stamp.type)]
            if self.react is None:
                await self._project(name, arrived, after)
            else:
                await self._react(name, arrived, after)
            return True

    def lock(self, name: str) -> asyncio.Lock:
        """Held while a batch of a log, or an operator's request about it, is at work."""
        return self._locks.setdefault(name, asyncio.Lock())

    async def position(self, name: str) -> Position:
        """Where the subscription stands in a log, from the database."""
        return await read_position(self.database, self.name, name)

    async def known(self, name: str) -> Known:
        """Position and parked streams of a log. The position is read first: what is parked is never older than it."""
        if name not in self._known:
            position = await self.position(name)
            parked = await parked_streams(self.database, self.name, name)
            skipped = await skipped_places(self.database, self.name, name, position.n)
            self._known[name] = Known(position, parked, skipped)
        return self._known[name]

    async def settle(
        self,
        name: str,
        after: Position,
        events: Sequence[Recorded] = (),
        entries: Sequence[Document] = (),
        change: Change | None = None,
    ) -> None:
        """In one transaction move the position to `after`, apply `events`, park `entries`, and `change` what is parked.

        Nothing but the position needs no transaction: its guard is one write.
        Raises `Overtaken`, and what `apply`, `change` and the database raise; then nothing has changed.
        """
        known = await self.known(name)

        async def work(session: Session) -> None:
            await move(self.database, session, self.name, name, known.position, after)
            await keep(self.database, session, entries)
            if change is not None:
                await change(session)
            if events and self.apply is not None:
                await self.apply(session, events)

        try:
            if events or entries or change is not None:
                await transact(self.client, work)
            else:
                await move(self.database, None, self.name, name, known.position, after)
        except BaseException as error:
            if not is_own(error):  # what the database holds may be something else by now
                self._known.pop(name, None)
            raise
        known.position = after
        known.parked.update(entry["stream"] for entry in entries)

    async def _follow(
        self, name: str, stamps: Sequence[Stamp], messages: Sequence[Message]
    ) -> tuple[Position, Position, list[Arrived]]:
        if name in self._known:
            before = self._known[name].position
            try:
                return before, *follow(before, stamps, messages)
            except (Jump, ChainBroken):  # another may have owned the partition meanwhile
                del self._known[name]
        before = (await self.known(name)).position
        return before, *follow(before, stamps, messages)

    async def _project(self, name: str, arrived: Sequence[Arrived], after: Position) -> None:
        """Apply events; where one fails, the halves around it on their own, down to itself."""

        async def once() -> None:
            free, held = (await self.known(name)).sort(arrived)
            await self.settle(name, after, [e.recorded() for e in free], [self._waits(e) for e in held])

        try:
            await (once() if len(arrived) > 1 else insist(once))
        except Exception as error:
            if not is_own(error) or not arrived:  # without an event there is none to blame
                raise
            if len(arrived) == 1:
                return await self.settle(name, after, (), [self._failed(arrived[0], error)])
            middle = len(arrived) // 2
            between = (await self.known(name)).position.after(arrived[middle - 1].stamp)
            await self._project(name, arrived[:middle], between)
            await self._project(name, arrived[middle:], after)

    async def _react(self, name: str, arrived: Sequence[Arrived], after: Position) -> None:
        for start in range(0, max(len(arrived), 1), SLICE):
            part, last = arrived[start : start + SLICE], start + SLICE >= len(arrived)
            known = await self.known(name)
            free, held = known.sort(part)
            failed = await self._react_to_streams(free)
            end = after if last else known.position.after(part[-1].stamp)
            await self.settle(name, end, (), [*failed, *(self._waits(e) for e in held)])

    async def _react_to_streams(self, events: Sequence[Arrived]) -> list[Document]:
        streams: dict[str, list[Arrived]] = {}
        for event in events:
            streams.setdefault(event.stream, []).append(event)
        gate = asyncio.Semaphore(CONCURRENT)
        parked = await together(self._react_in_order(own, gate) for own in streams.values())
        return [entry for entries in parked for entry in entries]

    async def _react_in_order(self, events: Sequence[Arrived], gate: asyncio.Semaphore) -> list[Document]:
        """What is to be parked of the events of one stream: the one that failed, and those behind it."""
        async with gate:
            for i, event in enumerate(events):
                try:
                    await insist(lambda e=event: self.act(e))  # type: ignore[misc]
                except Exception as error:
                    if not is_own(error):
                        raise
                    return [self._failed(event, error), *(self._waits(e) for e in events[i + 1 :])]
        return []

    async def act(self, event: Arrived) -> None:
        """React to one event; nothing to do for a projection."""
        if self.react is not None:
            await self.react(event.recorded())

    def _waits(self, event: Arrived) -> Document:
        return event_entry(self.name, event, None)

    def _failed(self, event: Arrived, error: Exception) -> Document:
        place = event.stamp.place
        log.error("event_parked", subscription=self.name, log=event.stamp.log, place=place, error=told(error))
        return event_entry(self.name, event, told(error), TRIES)


async def insist(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`, a few times with a short pause if it fails by itself; raises its last error."""
    await again(work, is_own, stop_after_attempt(TRIES), wait_exponential(multiplier=0.02, max=0.2))
