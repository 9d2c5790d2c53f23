"""How each figure changes with ten times the data: `python -m tests.benchmarks.growth`, or `make bench GROW=1`.

A store of 100,000 events and one of 1,000,000, one pass of each measure on each: the same functions as in the others.
It takes some minutes and 4 GB of disk. Other sizes: `python -m tests.benchmarks.growth 10000 100000`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from services.reporting.rebuild import rebuild
from shared.eventstore import open_store
from tests.benchmarks.append import COMMITS, store_rate
from tests.benchmarks.data import drafts, fill, new_topic
from tests.benchmarks.harness import Row, Servers, run
from tests.benchmarks.load import EVENTS, load_rate
from tests.benchmarks.project import project_rate
from tests.benchmarks.rebuild import keep
from tests.benchmarks.relay import LOGS, relay_rate
from tests.topics import remove

SIZES = 100_000, 1_000_000
LOADS = 200


async def rates(servers: Servers, size: int) -> dict[str, float]:
    """Each measure's rate on `size` events, in streams of 100."""
    streams, found = size // EVENTS, {}
    topic = await new_topic(servers.kafka, LOGS)
    async with servers.database() as database:
        store = await open_store(database, "bench", LOGS)
        count = await fill(store, drafts(streams, EVENTS))
        sample = [d["_id"] async for d in store.commits.aggregate([{"$group": {"_id": "$stream"}}, {"$limit": LOADS}])]
        found["load and fold 100 events, streams/s"] = await load_rate(store, sample)
        found["relay, events/s"] = await relay_rate(servers.kafka, store, database, topic, count)
        found["append, 50 writers, commits/s"] = await store_rate(database, 50, COMMITS)
    found["project into documents, events/s"] = await project_rate(servers, topic, count)
    await remove(servers.kafka, [topic])
    async with servers.database() as database:
        count = await keep(servers.client, database, size // 40)
        began = time.perf_counter()
        await rebuild(servers.client, database, lambda done, total: None)
        found["rebuild and its proof, events/s"] = count / (time.perf_counter() - began)
    return found


async def measure(servers: Servers, sizes: Sequence[int] = SIZES) -> list[Row]:
    """The rates of both sizes and their ratio."""
    small, big = [await rates(servers, size) for size in sizes]
    return [
        Row(name, f"{big[name]:,.0f} of {sizes[1]:,}", f"{big[name] / rate:.2f}", f"{rate:,.0f} of {sizes[0]:,}")
        for name, rate in small.items()
    ]


if __name__ == "__main__":
    wanted = [int(text) for text in sys.argv[1:]] or SIZES

    async def growth(servers: Servers) -> list[Row]:
        """With the sizes that were given."""
        return await measure(servers, wanted)

    run(growth)
