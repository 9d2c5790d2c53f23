"""A read model of the service's own events, proved against its store, some streams at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from shared.contracts.base import Recorded
from shared.contracts.registry import decode_any
from shared.eventstore import Commit, EventStore
from shared.mongo import Session, patiently
from shared.position import Position
from shared.proving.compare import Findings, Fold, Model, Places, Told, of_projections

STREAMS = 100
"""Streams compared in one snapshot."""
IDS = 1_000
"""Documents looked up at once."""
PAUSE = 20
"""Commits folded at a stretch: a few milliseconds, so that other requests don't wait."""


async def prove_from_store(model: Model, store: EventStore, told: Told) -> dict[str, Any]:
    """Compare all documents with what the store's streams fold to.

    The result tells the `documents` compared, their `digest`, the `events` per log that they are made of, and
    `differences`. Memory is bounded by the longest document and `STREAMS`. Raises `Unavailable`.
    """
    findings = Findings()
    ends = {log: (await store.head(log)).n for log in store.log_names}
    done, total = 0, sum(ends.values())
    for log in store.log_names:
        findings.events[log] = 0
        async for streams in _streams(store, log):
            found = await patiently(lambda of=log, some=streams: _page(model, store, of, some))  # type: ignore[misc]
            folds, stored, events, commits = found
            findings.events[log] += events
            done += commits
            for fold in folds:
                for collection, documents in stored.items():
                    findings.compare(collection, fold, documents.get(fold.stream))
            told(done, max(done, total))
    for collection in of_projections(model.projections):
        await _orphans(model, store, collection, findings)
    return findings.result()


async def _streams(store: EventStore, log: str) -> AsyncIterator[list[str]]:
    """The names of a log's streams, some at a time: each begins with its version 1."""
    last = ""
    while True:
        query = {"log": log, "stream": {"$gt": last}, "version": 1}
        found = store.commits.find(query, {"_id": 0, "stream": 1}, sort=[("stream", 1)], limit=STREAMS)
        names = [row["stream"] for row in await patiently(lambda f=found: f.clone().to_list(None))]  # type: ignore[misc]
        if not names:
            return
        yield names
        last = names[-1]


async def _page(
    model: Model, store: EventStore, log: str, streams: Sequence[str]
) -> tuple[list[Fold], dict[str, dict[str, Any]], int, int]:
    """Some streams folded, their stored documents by collection, and how many events and commits they took."""
    async with await model.client.start_session(snapshot=True) as session:
        position, held = await model.standing(session, log, streams)
        names = of_projections(model.projections)
        stored = {name: await model.stored(session, name, streams) for name in names}
        folds = {stream: Fold(stream, model.projections) for stream in streams}
        events, commits = await _fold(model, store, session, log, folds, position, held)
    return list(folds.values()), stored, events, commits


async def _fold(
    model: Model, store: EventStore, session: Session, log: str, folds: dict[str, Fold], position: Position,
    held: Places,
) -> tuple[int, int]:  # fmt: skip
    query = {"log": log, "stream": {"$in": list(folds)}, "n": {"$lte": position.n}}
    order = [("stream", 1), ("version", 1)]
    events = commits = 0
    async for document in store.commits.find(query, sort=order, batch_size=500, session=session):
        commit = Commit.of(document)
        for index in range(len(commit.texts)):
            place = commit.n, index
            if place <= (position.n, position.index) and place not in held:
                events += 1
                if model.wants(commit.types[index]):
                    folds[commit.stream].take(place, lambda c=commit, i=index: _recorded(c, i))  # type: ignore[misc]
        commits += 1
        if commits % PAUSE == 0:
            await asyncio.sleep(0)
    return events, commits


def _recorded(commit: Commit, index: int) -> Recorded:
    """An event of a commit; raises what `decode_any` raises. Its `hash` is the commit's, as in `shared.history`."""
    text = commit.texts[index]
    return Recorded(
        decode_any(text, commit.types[index]), commit.log, commit.n, index, len(commit.texts), commit.version,
        commit.id, commit.recorded, commit.hash, text,
    )  # fmt: skip


async def _orphans(model: Model, store: EventStore, collection: str, findings: Findings) -> None:
    """Tell of documents without a stream. Documents are read before streams: one is made after its stream's events."""
    last: Any = None
    while True:
        query = {"_id": {"$gt": last}} if last is not None else {}
        found = model.database[collection].find(query, {"_id": 1}, sort=[("_id", 1)], limit=IDS)
        ids = [row["_id"] for row in await patiently(lambda f=found: f.clone().to_list(None))]  # type: ignore[misc]
        if not ids:
            return
        last = ids[-1]
        findings.orphans(collection, sorted(set(ids) - await _known(store, ids)))


async def _known(store: EventStore, streams: Sequence[str]) -> set[str]:
    by_log: dict[str, list[str]] = {}
    for stream in streams:
        by_log.setdefault(store.log_of(stream), []).append(stream)
    known: set[str] = set()
    for log, names in by_log.items():
        found = store.commits.find({"log": log, "stream": {"$in": names}, "version": 1}, {"_id": 0, "stream": 1})
        known |= {row["stream"] for row in await patiently(lambda f=found: f.clone().to_list(None))}  # type: ignore[misc]
    return known
