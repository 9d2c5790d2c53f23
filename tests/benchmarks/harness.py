"""What the benchmarks share: servers of their own, rounds in turn, medians, and one table.

A ratio is the median of the ratios of each round: what a busy machine does to both sides of a round cancels out.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import kafka, mongo
from deploy.local.ports import free_port
from deploy.local.stack import Stack
from shared import collector
from shared.mongo import Client, Database, connect, durable

CACHE_GB = 1.0
"""More than the local stack gives its mongod: what is measured should not be the cache."""
Rate = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Row:
    """A line of the table; `reached` is None where nothing was asked for."""

    measure: str
    rate: str
    ratio: str = ""
    baseline: str = ""
    asked: str = ""
    reached: bool | None = None


@dataclass(frozen=True)
class Asked:
    """At least `ratio` times the rate of `base`, both measures of the same run; None: only to be told."""

    measure: str
    base: str
    ratio: float | None


@dataclass
class Servers:
    """Where the servers of this run listen, and a client of its MongoDB."""

    mongo_url: str
    kafka: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = connect(self.mongo_url, "bench")

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """A database that is gone afterwards."""
        database = durable(self.client, f"bench_{uuid.uuid4().hex[:8]}")
        yield database
        await self.client.drop_database(database.name)


T = TypeVar("T")
Benchmark = Callable[[Servers], Coroutine[Any, Any, list[Row]]]
StackBenchmark = Callable[[Stack], Coroutine[Any, Any, list[Row]]]


@contextmanager
def addresses() -> Iterator[tuple[str, str]]:
    """The addresses of a MongoDB and a Kafka of this run's own."""
    with tempfile.TemporaryDirectory(prefix="trama-bench-") as folder:
        database = mongo.start(Path(folder) / "mongo", free_port(), cache_gb=CACHE_GB)
        try:
            broker = kafka.start(Path(folder) / "kafka", free_port(), free_port())
            try:
                yield mongo.initiate([database]), broker.servers
            finally:
                broker.stop()
        finally:
            database.stop()


@asynccontextmanager
async def local_stack() -> AsyncIterator[Stack]:
    """The whole local stack, ready, with data of its own."""
    with tempfile.TemporaryDirectory(prefix="trama-bench-") as folder:
        async with Stack(Path(folder)) as stack:
            await stack.ready()
            yield stack


async def per_second(work: Callable[[], Awaitable[object]], count: int) -> float:
    """How many of `count` things `work` did in a second."""
    started = time.perf_counter()
    await work()
    return count / (time.perf_counter() - started)


async def in_turn(measures: Mapping[str, Rate], rounds: int) -> dict[str, list[float]]:
    """The rates of each measure, all of them once per round; a first round is not counted."""
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            rate = await measure()
            if number:
                rates[name].append(rate)
    return rates


def compared(rates: Mapping[str, list[float]], asked: list[Asked], unit: str) -> list[Row]:
    """The lines of what was asked for."""
    rows = []
    for wanted in asked:
        own, base = rates[wanted.measure], rates[wanted.base]
        ratio = median(a / b for a, b in zip(own, base, strict=True))
        rows.append(
            Row(
                wanted.measure,
                f"{median(own):,.0f} {unit}",
                f"{ratio:.2f}",
                f"{wanted.base}: {median(base):,.0f}",
                "" if wanted.ratio is None else f"{wanted.ratio:g}",
                None if wanted.ratio is None else ratio >= wanted.ratio,
            )
        )
    return rows


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("measure", "rate (median)", "ratio", "to", "asked for", "reached")
    for row in rows:
        reached = "" if row.reached is None else "yes" if row.reached else "NO"
        table.add_row(row.measure, row.rate, row.ratio, row.baseline, row.asked, reached)
    Console(width=132).print(table)


async def one_by_one(benchmarks: Sequence[Callable[[T], Coroutine[Any, Any, list[Row]]]], on: T) -> list[Row]:
    """The lines of all benchmarks."""
    rows: list[Row] = []
    for benchmark in benchmarks:
        print(f"measuring: {benchmark.__module__.rpartition('.')[2]} ...", file=sys.stderr, flush=True)
        rows += await benchmark(on)
    return rows


def on_servers(*benchmarks: Benchmark) -> list[Row]:
    """Measure on servers of this run's own, on the event loop that the services use."""

    async def main(mongo_url: str, servers: str) -> list[Row]:
        running = Servers(mongo_url, servers)
        rows = await one_by_one(benchmarks, running)
        running.client.close()
        return rows

    collector.steady()  # as the services do
    with addresses() as (mongo_url, servers), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main(mongo_url, servers))


def on_stack(*benchmarks: StackBenchmark) -> list[Row]:
    """Measure on a local stack of this run's own."""

    async def main() -> list[Row]:
        async with local_stack() as stack:
            return await one_by_one(benchmarks, stack)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def run(*benchmarks: Benchmark) -> None:
    """Measure on servers and print."""
    show(on_servers(*benchmarks))


def run_on_stack(*benchmarks: StackBenchmark) -> None:
    """Measure on a stack and print."""
    show(on_stack(*benchmarks))
