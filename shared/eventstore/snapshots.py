"""The state of a stream, from its newest usable snapshot and the commits after it.

A snapshot is a cache: it is used only if it was made by the same decider revision and state shape, and if the commit
that it stands on is still the stream's (a restored backup may have lost it).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.contracts.registry import decode
from shared.decider import Decider
from shared.eventstore.commit import Commit
from shared.eventstore.mongo import EventStore
from shared.mongo import is_transient, patiently

log = structlog.get_logger(__name__)
EVERY = 200
"""A snapshot is written once this many commits have come since the last one."""

C = TypeVar("C")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream's state, its version (commits), its sequence (events), and the version of the snapshot below it."""

    state: S
    version: int
    sequence: int
    snapshot: int


_ADAPTERS: dict[type[Any], tuple[TypeAdapter[Any], str]] = {}


def _adapter(state: type[Any]) -> tuple[TypeAdapter[Any], str]:
    """What reads and writes states of this type, and a mark of their shape."""
    if state not in _ADAPTERS:
        adapter: TypeAdapter[Any] = TypeAdapter(state)
        shape = json.dumps(adapter.json_schema(), sort_keys=True)
        _ADAPTERS[state] = adapter, sha256(shape.encode()).hexdigest()[:16]
    return _ADAPTERS[state]


def _tag(decider: Decider[Any, Any]) -> str:
    return f"{decider.name}/{decider.revision}/{_adapter(decider.state)[1]}"


async def load_state(store: EventStore, decider: Decider[C, S], stream: str) -> Loaded[S]:
    """The stream as it is now; a stream that nobody wrote to has version 0 and the initial state."""
    query = {"_id": stream, "tag": _tag(decider)}
    snapshot = await patiently(lambda: store.snapshots.find_one(query))
    if snapshot is not None:
        loaded = await _from_snapshot(store, decider, stream, snapshot)
        if loaded is not None:
            return loaded
    return _fold(decider, Loaded(decider.initial, 0, 0, 0), await store.load(stream))


async def _from_snapshot(
    store: EventStore, decider: Decider[C, S], stream: str, snapshot: dict[str, Any]
) -> Loaded[S] | None:
    commits = await store.load(stream, snapshot["version"] - 1)
    if not commits or commits[0].version != snapshot["version"] or commits[0].hash != snapshot["hash"]:
        return None
    try:
        state: S = _adapter(decider.state)[0].validate_json(snapshot["state"])
    except ValidationError:
        return None
    base = Loaded(state, snapshot["version"], snapshot["sequence"], snapshot["version"])
    return _fold(decider, base, commits[1:])


def _fold(decider: Decider[C, S], base: Loaded[S], commits: list[Commit]) -> Loaded[S]:
    state, version, sequence = base.state, base.version, base.sequence
    for commit in commits:
        for name, text in zip(commit.types, commit.texts, strict=True):
            state = decider.evolve(state, decode(text, name))
            sequence += 1
        version = commit.version
    return Loaded(state, version, sequence, base.snapshot)


async def save_snapshot(
    store: EventStore, decider: Decider[C, S], stream: str, loaded: Loaded[S], commit_hash: str
) -> None:
    """Keep the state if enough commits have come since the last snapshot; `commit_hash` is the newest commit's."""
    if loaded.version - loaded.snapshot < EVERY:
        return
    document = {
        "tag": _tag(decider),
        "version": loaded.version,
        "sequence": loaded.sequence,
        "hash": commit_hash,
        "state": _adapter(decider.state)[0].dump_json(loaded.state).decode(),
    }
    try:
        await store.snapshots.replace_one({"_id": stream}, {"_id": stream, **document}, upsert=True)
    except PyMongoError as error:  # the commit stands; the next one will try again
        if not (is_transient(error) or isinstance(error, DuplicateKeyError)):
            raise
        log.warning("snapshot_not_kept", stream=stream, error=str(error))
