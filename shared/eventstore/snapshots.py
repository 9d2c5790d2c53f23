"""The state of a stream, from its newest usable snapshot and the commits after it.

A snapshot is a cache: it is used only if it was made by the same decider revision and state shape, and if the commit
that it stands on is still the stream's (a restored backup may have lost it). Most streams are short and have none: so
their commits are asked for first, and one question is enough.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.contracts.registry import decode_own
from shared.decider import Decider
from shared.eventstore.commit import Commit
from shared.eventstore.mongo import EventStore
from shared.mongo import is_transient, patiently
from shared.programme.text import RECORDED

log = structlog.get_logger(__name__)
EVERY = 200
"""A snapshot is written once this many commits have come since the last one."""
SHORT = 100
"""A stream of so many commits is read whole at the first question; a longer one's snapshot is looked for."""
PAGE = 1_000
"""So many commits are decoded at once."""
REMEMBERED = 10_000
"""So many long streams are remembered: their snapshots are asked for first."""

C = TypeVar("C")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """A stream's state, its version (commits), its sequence (events), and the version of the snapshot below it.

    `commits` are those that were read for it: all, or those from the snapshot on.
    """

    state: S
    version: int
    sequence: int
    snapshot: int
    commits: Sequence[Commit] = ()

    @property
    def whole(self) -> bool:
        """Whether `commits` are all that the stream has."""
        return len(self.commits) == self.version


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
    newest: Sequence[Commit] = ()
    if stream not in store.long_streams:
        newest = await store.newest(stream, SHORT)
        if not newest or newest[0].version == 1:
            return _fold(decider, Loaded(decider.initial, 0, 0, 0), newest)
        _remember(store.long_streams, stream)
    query = {"_id": stream, "tag": _tag(decider)}
    snapshot = await patiently(lambda: store.snapshots.find_one(query))
    if snapshot is not None:
        loaded = await _from_snapshot(store, decider, stream, snapshot, newest)
        if loaded is not None:
            return loaded
    return _fold(decider, Loaded(decider.initial, 0, 0, 0), await store.load(stream))


def _remember(streams: set[str], stream: str) -> None:
    if len(streams) >= REMEMBERED:
        streams.clear()
    streams.add(stream)


async def _from_snapshot(
    store: EventStore, decider: Decider[C, S], stream: str, snapshot: dict[str, Any], newest: Sequence[Commit]
) -> Loaded[S] | None:
    version = snapshot["version"]
    if newest and newest[0].version <= version:
        commits = [commit for commit in newest if commit.version >= version]
    else:
        commits = await store.load(stream, version - 1)
    if not commits or commits[0].version != version or commits[0].hash != snapshot["hash"]:
        return None
    try:
        state: S = _adapter(decider.state)[0].validate_json(snapshot["state"], context=RECORDED)
    except ValidationError:
        return None
    return _fold(decider, Loaded(state, version, snapshot["sequence"], version, commits[:1]), commits[1:])


def _fold(decider: Decider[C, S], base: Loaded[S], commits: Sequence[Commit]) -> Loaded[S]:
    """Decoded in pages, then folded: event by event, each would drive the other's code out of the processor's cache."""
    state, version, sequence = base.state, base.version, base.sequence
    for start in range(0, len(commits), PAGE):
        page = commits[start : start + PAGE]
        events = [decode_own(text, name) for c in page for name, text in zip(c.types, c.texts, strict=True)]
        state, version, sequence = decider.fold(state, events), page[-1].version, sequence + len(events)
    return Loaded(state, version, sequence, base.snapshot, [*base.commits, *commits])


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
