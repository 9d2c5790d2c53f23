"""Loading a stream of 100 events, as every order does, against raw `find` + decode: `python -m tests.benchmarks.load`.

A project of monitoring's, one event per commit. The raw side reads the same documents by the same index, and decodes
their events to the typed ones; it neither looks for a snapshot nor folds. Two deciders: one that remembers two numbers,
so that what is measured is the store's part, and monitoring's own, which remembers every receipt.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from services.monitoring.decider import DECIDER
from shared.contracts.base import CloudEvent, Fact
from shared.contracts.monitoring import ContributionReceived
from shared.contracts.registry import decode
from shared.decider import Command, Decider, changed
from shared.eventstore import EventStore, open_store
from shared.eventstore.snapshots import load_state
from tests.benchmarks.data import drafts, fill
from tests.benchmarks.harness import Asked, Row, Servers, compared, per_second, run

STREAMS, EVENTS = 100, 100
ROUNDS = 5
RAW = "raw find + decode of 100 events"
LIGHT, PROJECT = "load 100 events and sum up", "load 100 events of a project"


class Received(BaseModel):
    """As little as a decider can remember: how many events, and what was received."""

    events: int = 0
    received: Decimal = Decimal(0)


def _evolve(state: Received, event: CloudEvent[Fact]) -> Received:
    amount = event.data.amount.value if type(event.data) is ContributionReceived else 0
    return changed(state, events=state.events + 1, received=state.received + amount)


RECEIVED: Decider[Command, Received] = Decider("received", Received(), lambda order, state, now: [], _evolve)


async def read_raw(store: EventStore, stream: str) -> None:
    """The typed events of a stream."""
    query = {"log": store.log_of(stream), "stream": stream}
    found: list[dict[str, Any]] = await store.commits.find(query, sort=[("version", 1)]).to_list(None)
    for document in found:
        for name, text in zip(document["types"], document["events"], strict=True):
            decode(text, name)


async def load(store: EventStore, stream: str, decider: Decider[Any, Any] = DECIDER) -> None:
    """The state of a stream."""
    loaded = await load_state(store, decider, stream)
    assert loaded.sequence == EVENTS


async def load_rate(store: EventStore, streams: list[str]) -> float:
    """Streams per second, one after another."""

    async def work() -> None:
        for stream in streams:
            await load(store, stream)

    return await per_second(work, len(streams))


async def measure(servers: Servers) -> list[Row]:
    """All in turn on each stream: the shorter a turn, the less is between it and the next."""
    async with servers.database() as database:
        store = await open_store(database, "bench", 4)
        await fill(store, drafts(STREAMS, EVENTS))
        streams = await store.commits.distinct("stream")
        works = {
            RAW: lambda stream: read_raw(store, stream),
            LIGHT: lambda stream: load(store, stream, RECEIVED),
            PROJECT: lambda stream: load(store, stream),
        }
        rates: dict[str, list[float]] = {name: [] for name in works}
        for stream in streams * ROUNDS:
            for name, work in works.items():
                rates[name].append(await per_second(lambda w=work, s=stream: w(s), 1))  # type: ignore[misc]
    return compared(rates, [Asked(LIGHT, RAW, 0.8), Asked(PROJECT, RAW, 0.8)], "streams/s")


if __name__ == "__main__":
    run(measure)
