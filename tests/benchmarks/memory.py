"""What each process of the local stack keeps in memory, at rest and under load, and what it takes of a core at rest.

`python -m tests.benchmarks.memory`
"""

from __future__ import annotations

import asyncio
import contextlib

import psutil

from deploy.local.stack import Stack
from tests.benchmarks.harness import Row, run_on_stack
from tests.benchmarks.journey import PER_SECOND, worked
from tests.benchmarks.submitting import Load

SETTLING, REST, SECONDS, EVERY = 5.0, 20.0, 15, 0.25
MB = 1_000_000


def resident(stack: Stack) -> dict[str, float]:
    """Resident megabytes by part."""
    return {name: psutil.Process(pid).memory_info().rss / MB for name, pid in stack.pids.items()}


async def measure(stack: Stack) -> list[Row]:
    """A while after the start, and the most during submissions at the journey's rate."""
    await asyncio.sleep(SETTLING)
    before = worked(stack)
    await asyncio.sleep(REST)
    spent = {name: seconds - before[name] for name, seconds in worked(stack).items() if name in stack.pids}
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
    kept = [
        Row(
            f"memory of {name}",
            f"at rest {rest[name]:.0f} MB",
            f"{most[name] / rest[name]:.2f}",
            f"{most[name]:.0f} MB",
        )
        for name in sorted(rest)
    ]
    return [*kept, *(Row(f"core taken by {name} at rest", f"{spent[name] / REST:.1%}") for name in sorted(spent))]


if __name__ == "__main__":
    run_on_stack(measure)
