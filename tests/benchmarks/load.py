"""Loading a stream of 100 events, as every order does, against raw `find` + decode: `python -m tests.benchmarks.load`.

A project of monitoring's, one event per commit. The raw side reads the same documents by the same index, and decodes
their events to the typed ones; it neither looks for a snapshot nor folds.
"""

from __future__ import annotations

from typing import Any

from services.monitoring.decider import DECIDER
from shared.contracts.registry import decode
from shared.eventstore import EventStore, open_store
from shared.eventstore.snapshots import load_state
from tests.benchmarks.data import drafts, fill
from tests.benchmarks.harness import Asked, Row, Servers, compared, in_turn, per_second, run

STREAMS, EVENTS = 100, 100
ROUNDS = 9
RAW, LOAD = "raw find + decode of 100 events", "load and fold 100 events"


async def raw_rate(store: EventStore, streams: list[str]) -> float:
    """Streams per second, one after another."""

    async def work() -> None:
        for stream in streams:
            query = {"log": store.log_of(stream), "stream": stream}
            found: list[dict[str, Any]] = await store.commits.find(query, sort=[("version", 1)]).to_list(None)
            for document in found:
                for name, text in zip(document["types"], document["events"], strict=True):
                    decode(text, name)

    return await per_second(work, len(streams))


async def load_rate(store: EventStore, streams: list[str]) -> float:
    """Streams per second, one after another."""

    async def work() -> None:
        for stream in streams:
            loaded = await load_state(store, DECIDER, stream)
            assert loaded.sequence == EVENTS

    return await per_second(work, len(streams))


async def measure(servers: Servers) -> list[Row]:
    """Both in turn."""
    async with servers.database() as database:
        store = await open_store(database, "bench", 4)
        await fill(store, drafts(STREAMS, EVENTS))
        streams = await store.commits.distinct("stream")
        measures = {RAW: lambda: raw_rate(store, streams), LOAD: lambda: load_rate(store, streams)}
        rates = await in_turn(measures, ROUNDS)
    return compared(rates, [Asked(LOAD, RAW, 0.8)], "streams/s")


if __name__ == "__main__":
    run(measure)
