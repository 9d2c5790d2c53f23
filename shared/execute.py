"""One command through one stream: find, load, decide, append; retrying conflicts only, a bounded number of times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Generic, TypeVar

from shared.contracts.base import CloudEvent, Fact, Recorded
from shared.contracts.registry import decode
from shared.decider import Command, Decider
from shared.errors import Conflict, IdempotencyConflict
from shared.eventstore import Commit, Draft, EventStore, VersionConflict
from shared.eventstore.snapshots import Loaded, load_state, save_snapshot

TRIES = 5
"""How often a command is decided again because its stream moved on meanwhile."""

C = TypeVar("C", bound=Command)
S = TypeVar("S")


@dataclass(frozen=True)
class Context:
    """Who asks, and why.

    `actor` is an opaque id; `key` the caller's idempotency key (for a reaction: its cause's event id and what it is
    for); `cause` the event that led to this, with the time it was recorded.
    """

    actor: str
    key: str
    correlation: str
    traceparent: str | None = None
    causation: str | None = None
    cause_recorded: datetime | None = None

    @classmethod
    def because(cls, recorded: Recorded, service: str, purpose: str) -> Context:
        """The context of a reaction of `service` to an event; `purpose` tells apart its several reactions to one."""
        event = recorded.event
        return cls(
            actor=f"service:{service}",
            key=f"{event.id}:{purpose}",
            correlation=event.correlationid,
            traceparent=event.traceparent,
            causation=event.id,
            cause_recorded=recorded.recorded,
        )


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """The stream after the command; `commit` is None if there was nothing to change.

    `repeated` tells that the command had been carried out before, and `commit` is what it did then.
    """

    state: S
    version: int
    commit: Commit | None
    repeated: bool = False

    @property
    def events(self) -> list[CloudEvent[Fact]]:
        """The command's own events."""
        if self.commit is None:
            return []
        return [decode(text, name) for name, text in zip(self.commit.types, self.commit.texts, strict=True)]


def command_id(actor: str, kind: str, stream: str, key: str) -> str:
    """The id of a command: who asks, what, on which stream, under which key (160 bits, hex)."""
    return sha256(json.dumps([actor, kind, stream, key]).encode()).hexdigest()[:40]


def fingerprint(command: Command, context: Context) -> str:
    """A hash of the command's payload (hex SHA-256); of a reaction, of its cause.

    A repeated reaction may know more than it did the first time (a newer policy, say), and still is the same one.
    """
    payload = command.model_dump_json() if context.causation is None else context.causation
    return sha256(f"{type(command).__name__}\n{payload}".encode()).hexdigest()


async def execute(store: EventStore, decider: Decider[C, S], stream: str, command: C, context: Context) -> Outcome[S]:
    """Carry out `command` on `stream`, once: a repeated command gets its own earlier commit as the answer.

    Raises what `decider` refuses with (`Refused`), `Conflict` after several lost races, and what
    `EventStore.append` raises.
    """
    name = command_id(context.actor, type(command).__name__, stream, context.key)
    mark = fingerprint(command, context)
    for _ in range(TRIES):
        loaded = await load_state(store, decider, stream)
        earlier = await _earlier(store, loaded, stream, name)
        if earlier is not None:
            if earlier.fingerprint != mark:
                raise IdempotencyConflict("this key was used before with another payload: use a new key")
            return Outcome(loaded.state, loaded.version, earlier, repeated=True)
        now = datetime.now(UTC)
        facts = decider.decide(command, loaded.state, now)
        if not facts:
            return Outcome(loaded.state, loaded.version, None)
        events = _events(store.service, stream, facts, command.at or now, name, loaded.sequence, context)
        draft = Draft(
            name,
            stream,
            loaded.version,
            tuple(e.type for e in events),
            tuple(text_of(e) for e in events),
            mark,
            context.cause_recorded,
        )
        try:
            appended = await store.append(draft)
        except VersionConflict:
            continue
        if appended.repeated:  # by another replica, maybe with others' orders in between: only the stream knows
            loaded = await load_state(store, decider, stream)
            return Outcome(loaded.state, loaded.version, appended.commit, repeated=True)
        after = Loaded(
            decider.fold(loaded.state, events), appended.commit.version, loaded.sequence + len(events), loaded.snapshot
        )
        await save_snapshot(store, decider, stream, after, appended.commit.hash)
        return Outcome(after.state, after.version, appended.commit)
    raise Conflict("others kept changing this at the same time: try again")


async def _earlier(store: EventStore, loaded: Loaded[S], stream: str, name: str) -> Commit | None:
    """The commit that the command made before, if it did; where the whole stream is there, nobody need be asked."""
    for commit in loaded.commits:
        if commit.id == name:
            return commit
    return None if loaded.whole else await store.find(stream, name)


def text_of(event: CloudEvent[Fact]) -> str:
    """The event's JSON text; extensions that it does not have are left out, as CloudEvents asks."""
    absent = {name for name in ("causationid", "traceparent") if getattr(event, name) is None}
    return event.model_dump_json(exclude=absent)


def _events(
    service: str,
    stream: str,
    facts: Sequence[Fact],
    time: datetime,
    command: str,
    sequence: int,
    context: Context,
) -> list[CloudEvent[Fact]]:
    return [
        CloudEvent[Fact](
            id=f"{command}-{i}",
            source=f"/{service}",
            type=fact.type,
            subject=stream,
            time=time,
            dataschema=f"/schemas/{fact.type}.json",
            sequence=f"{sequence + i + 1:010d}",
            correlationid=context.correlation,
            causationid=context.causation,
            actor=context.actor,
            traceparent=context.traceparent,
            data=fact,
        )
        for i, fact in enumerate(facts)
    ]
