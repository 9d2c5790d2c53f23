"""Appends through the store against raw driver calls: `python -m tests.benchmarks.append`.

Every append is durable (`w: majority, j: true`); events weigh about 600 bytes. Raw calls write the same documents to a
collection with the same indexes, and pay for making the documents, not for chaining them. The same: of as many streams,
over as many logs, and with hashes that differ as real ones do. With one hash for all, which the journal's compression
takes nearly away, and each document on a stream of its own, raw `insert_many` is about an eighth faster.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from statistics import median

from shared.eventstore import Draft, open_store
from shared.eventstore.commit import Commit, log_number
from shared.mongo import Database
from tests.benchmarks.harness import Asked, Rate, Row, Servers, compared, in_turn, per_second, run

COMMITS = 9_000
"""In each round: that a store begins by looking for the ends of its logs should not count."""
LOGS = 4
ALONE = 400
ROUNDS = 21
"""Single rounds differ by a third on a shared machine."""
LATENCY = 1.3
TEXT = '{"data":"' + "x" * 590 + '"}'
MANY, ONE = "raw insert_many of 50", "raw insert_one, 50 at once"
HASHES = [sha256(str(i).encode()).hexdigest() for i in range(COMMITS)]
Measure = Callable[[Database, int, int], Awaitable[float]]
ASKED = [
    Asked("append, 50 writers", MANY, 0.9),
    Asked("append, 100 writers", MANY, 1.1),
    Asked("append, 50 writers", ONE, 5),
]


def draft(stream: int, expected: int) -> Draft:
    """The next commit of a stream."""
    return Draft(uuid.uuid4().hex, f"thing-{stream}", expected, ("test.v1",), (TEXT,), "f" * 64)


async def store_rate(database: Database, writers: int, commits: int) -> float:
    """Commits per second through `EventStore.append`, each writer on its own stream."""
    store = await open_store(database, "bench", LOGS)

    async def writer(number: int) -> None:
        for version in range(commits // writers):
            await store.append(draft(number, version))

    async def work() -> None:
        await asyncio.gather(*(writer(i) for i in range(writers)))

    rate = await per_second(work, commits)
    await store.close()
    return rate


def document(n: int, stream: int, version: int) -> dict[str, object]:
    """A commit as the store writes it."""
    one = draft(stream, version - 1)
    log, value = f"bench-{log_number(one.stream, LOGS)}", HASHES[n % len(HASHES)]
    now = datetime.now(UTC)
    return Commit(one.id, log, n, one.stream, version, one.types, one.texts, one.fingerprint, now, value).document()


async def many_rate(database: Database, group: int, commits: int) -> float:
    """Commits per second of raw `insert_many` in groups of one commit of each stream, one group after another."""
    store = await open_store(database, "bench", LOGS)

    async def work() -> None:
        for version in range(1, commits // group + 1):
            first = version * group
            await store.commits.insert_many([document(first + i, i, version) for i in range(group)])

    return await per_second(work, commits)


async def one_rate(database: Database, writers: int, commits: int) -> float:
    """Commits per second of raw concurrent `insert_one`, each writer on its own stream."""
    store = await open_store(database, "bench", LOGS)
    positions = count(1)

    async def writer(number: int) -> None:
        for version in range(1, commits // writers + 1):
            await store.commits.insert_one(document(next(positions), number, version))

    async def work() -> None:
        await asyncio.gather(*(writer(i) for i in range(writers)))

    return await per_second(work, commits)


async def latencies(database: Database) -> tuple[list[float], list[float]]:
    """Seconds of appends and of raw `insert_one`, by turns, one after another."""
    store = await open_store(database, "bench", LOGS)
    await store.append(draft(0, 0))
    own, raw = [], []
    for i in range(1, ALONE):
        raw_one, one = document(1_000_000 + i, 1, i), draft(0, i)
        began = time.perf_counter()
        await store.commits.insert_one(raw_one)
        between = time.perf_counter()
        await store.append(one)
        own.append(time.perf_counter() - between)
        raw.append(between - began)
    await store.close()
    return own, raw


async def alone(servers: Servers) -> Row:
    """What one writer waits for, as a ratio of medians."""
    async with servers.database() as database:
        own, raw = map(median, await latencies(database))
    return Row(
        "append, one writer",
        f"{own * 1000:.2f} ms",
        f"{own / raw:.2f}",
        f"raw insert_one: {raw * 1000:.2f} ms",
        f"at most {LATENCY}",
        own / raw <= LATENCY,
    )


async def measure(servers: Servers) -> list[Row]:
    """All measures in turn, each in a database of its own."""

    def fresh(kind: Measure, size: int, commits: int = COMMITS) -> Rate:
        async def rate() -> float:
            async with servers.database() as database:
                return await kind(database, size, commits)

        return rate

    rates = await in_turn(
        {
            MANY: fresh(many_rate, 50),
            "append, 50 writers": fresh(store_rate, 50),
            ONE: fresh(one_rate, 50, COMMITS // 5),
            "append, 100 writers": fresh(store_rate, 100),
        },
        ROUNDS,
    )
    return [*compared(rates, ASKED, "commits/s"), await alone(servers)]


if __name__ == "__main__":
    run(measure)
