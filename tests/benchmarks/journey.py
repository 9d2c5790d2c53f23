"""From a submission over HTTP to the country's report, at 20 a second on the local stack, and where the time goes.

`python -m tests.benchmarks.journey`. Every part is a process of its own on this one machine, as with `trama up`; the
submitting client and its asking every 10 ms take their share of it too.
"""

from __future__ import annotations

import os
from statistics import median, quantiles

import psutil

from deploy.local.stack import Stack
from tests.benchmarks.harness import Row, run_on_stack
from tests.benchmarks.submitting import Journey, Load

PER_SECOND, SECONDS, WARM_UP = 20, 20, 4
P50, P99 = 100, 400


def rows(journeys: list[Journey]) -> list[Row]:
    """The quantiles of the whole, and the medians of its parts, in milliseconds."""
    whole = [j.visible * 1000 for j in journeys]
    p50, p99 = median(whole), quantiles(whole, n=100)[98]
    parts = {
        "of it: until the order is answered": [j.answered for j in journeys],
        "then: until it is on its topic": [max(0.0, j.published - j.answered) for j in journeys],
        "then: until the report shows it": [j.visible - max(j.answered, j.published) for j in journeys],
    }
    name = f"submit to visible, {PER_SECOND}/s"
    return [
        Row(f"{name}, p50", f"{p50:.0f} ms", asked=f"below {P50} ms", reached=p50 < P50),
        Row(f"{name}, p99", f"{p99:.0f} ms", asked=f"below {P99} ms", reached=p99 < P99),
        *(Row(part, f"{median(values) * 1000:.0f} ms") for part, values in parts.items()),
    ]


def worked(stack: Stack) -> dict[str, float]:
    """Seconds of processor time by process; this one is the client."""
    pids = stack.pids | {"the measuring client": os.getpid()}
    times = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
    return {name: found.user + found.system for name, found in times.items()}


def costs(spent: dict[str, float], count: int) -> list[Row]:
    """Milliseconds of processor time per submission, the dearest first."""
    listed = sorted(spent.items(), key=lambda item: -item[1])
    return [Row(f"processor time of {name}", f"{seconds / count * 1000:.1f} ms each") for name, seconds in listed]


async def measure(stack: Stack) -> list[Row]:
    """A steady load on a stack that has been warmed up."""
    load = Load(stack)
    await load.run(PER_SECOND, WARM_UP)
    load.journeys.clear()
    before = worked(stack)
    await load.run(PER_SECOND, SECONDS)
    spent = {name: seconds - before[name] for name, seconds in worked(stack).items()}
    return [*rows(load.journeys), *costs(spent, len(load.journeys))]


if __name__ == "__main__":
    run_on_stack(measure)
