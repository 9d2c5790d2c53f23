"""What each process of the local stack keeps in memory, at rest and under load: `python -m tests.benchmarks.memory`."""

from __future__ import annotations

import asyncio
import contextlib

import psutil

from deploy.local.stack import Stack
from tests.benchmarks.harness import Row, run_on_stack
from tests.benchmarks.journey import PER_SECOND
from tests.benchmarks.submitting import Load

REST, SECONDS, EVERY = 5.0, 15, 0.25
MB = 1_000_000


def resident(stack: Stack) -> dict[str, float]:
    """Resident megabytes by part."""
    return {name: psutil.Process(pid).memory_info().rss / MB for name, pid in stack.pids.items()}


async def measure(stack: Stack) -> list[Row]:
    """A while after the start, and the most during submissions at the journey's rate."""
    await asyncio.sleep(REST)
    rest = resident(stack)
    most = dict(rest)

    async def watch() -> None:
        while True:
            for name, size in resident(stack).items():
                most[name] = max(most[name], size)
            await asyncio.sleep(EVERY)

    watching = asyncio.create_task(watch())
    await Load(stack).run(PER_SECOND, SECONDS)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return [
        Row(
            f"memory of {name}",
            f"at rest {rest[name]:.0f} MB",
            f"{most[name] / rest[name]:.2f}",
            f"{most[name]:.0f} MB",
        )
        for name in sorted(rest)
    ]


if __name__ == "__main__":
    run_on_stack(measure)
