"""Appends through the store against raw driver calls, interleaved in the same run: `make bench`.

Every append is durable (`w: majority, j: true`); events weigh about 600 bytes. Ratios bind, absolute figures orient.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from deploy.local import mongo
from deploy.local.ports import free_port
from shared.eventstore import Draft, open_store
from shared.eventstore.commit import Commit
from shared.mongo import Database, connect, durable

COMMITS = 3_000
ROUNDS = 5
TEXT = '{"data":"' + "x" * 590 + '"}'


def _draft(stream: int, expected: int) -> Draft:
    return Draft(uuid.uuid4().hex, f"thing-{stream}", expected, ("test.v1",), (TEXT,), "f" * 64)


async def _timed(work: Callable[[], Awaitable[None]], commits: int) -> float:
    started = time.perf_counter()
    await work()
    return commits / (time.perf_counter() - started)


async def store_rate(database: Database, writers: int, commits: int) -> float:
    """Commits per second through `EventStore.append`, each writer on its own stream."""
    store = await open_store(database, "bench", 4)

    async def writer(number: int) -> None:
        for version in range(commits // writers):
            await store.append(_draft(number, version))

    async def work() -> None:
        await asyncio.gather(*(writer(i) for i in range(writers)))

    rate = await _timed(work, commits)
    await store.close()
    return rate


def _documents(count: int, first: int) -> list[dict[str, object]]:
    draft, now = _draft(1, 0), datetime.now(UTC)
    return [
        Commit(
            uuid.uuid4().hex,
            "bench-0",
            first + i,
            f"thing-{first + i}",
            1,
            draft.types,
            draft.texts,
            "f",
            now,
            "h" * 64,
        ).document()
        for i in range(count)
    ]


async def many_rate(database: Database, group: int, commits: int) -> float:
    """Commits per second of raw `insert_many` in groups, one after another, with the store's indexes."""
    store = await open_store(database, "bench", 4)

    async def work() -> None:
        for first in range(1, commits, group):
            await store.commits.insert_many(_documents(group, first))

    return await _timed(work, commits)


async def one_rate(database: Database, writers: int, commits: int) -> float:
    """Commits per second of raw concurrent `insert_one`, with the store's indexes."""
    store = await open_store(database, "bench", 4)

    async def writer(number: int) -> None:
        for i in range(commits // writers):
            [document] = _documents(1, number * 1_000_000 + i + 1)
            await store.commits.insert_one(document)

    async def work() -> None:
        await asyncio.gather(*(writer(i) for i in range(writers)))

    return await _timed(work, commits)


async def main(url: str) -> None:
    """Run all measures `ROUNDS` times in turn and print the medians and their ratios."""
    client = connect(url, "bench")
    measures: dict[str, Callable[[Database], Awaitable[float]]] = {
        "raw insert_many of 50": lambda d: many_rate(d, 50, COMMITS),
        "raw insert_one x 50": lambda d: one_rate(d, 50, COMMITS),
        "raw insert_one alone": lambda d: one_rate(d, 1, 300),
        "append x 50": lambda d: store_rate(d, 50, COMMITS),
        "append x 100": lambda d: store_rate(d, 100, COMMITS),
        "append alone": lambda d: store_rate(d, 1, 300),
    }
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            database = durable(client, f"bench_{uuid.uuid4().hex[:8]}")
            rates[name].append(await measure(database))
            await client.drop_database(database.name)
    table = Table("measure", "commits/s (median)", "ratio", "to", "asked for")
    for name, base, asked in [
        ("append x 50", "raw insert_many of 50", "0.9"),
        ("append x 50", "raw insert_one x 50", "5"),
        ("append x 100", "raw insert_many of 50", "1.1"),
        ("append alone", "raw insert_one alone", "0.77 (latency 1.3)"),
    ]:
        ratio = median(a / b for a, b in zip(rates[name], rates[base], strict=True))
        table.add_row(
            name, f"{median(rates[name]):,.0f}", f"{ratio:.2f}", f"{base} ({median(rates[base]):,.0f}/s)", asked
        )
    Console(width=120).print(table)
    client.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        server = mongo.start(Path(folder), free_port())
        try:
            asyncio.run(main(mongo.initiate([server])))
        finally:
            server.stop()
