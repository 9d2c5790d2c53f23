"""A process that appends as fast as it can until it is killed, and prints the key of everything it was told was done.

python -m tests.faults.appender MONGO_URL DATABASE NAME
"""

from __future__ import annotations

import asyncio
import sys

from shared.errors import Conflict, OutcomeUnknown, Unavailable
from shared.eventstore import open_store
from shared.execute import Context, execute
from shared.mongo import connect, durable
from tests.shared.counting import COUNTER, Add


async def main(url: str, database: str, name: str) -> None:
    store = await open_store(durable(connect(url, name), database), "test", 4)

    async def write(worker: int) -> None:
        number = 0
        while True:
            key = f"{name}-{worker}-{number}"
            try:
                order = Context(actor="appender", key=key, correlation=key)
                await execute(store, COUNTER, f"thing-{worker}", Add(by=1, times=2), order)
            except (Conflict, OutcomeUnknown, Unavailable):
                continue
            print(f"thing-{worker} {key}", flush=True)
            number += 1

    await asyncio.gather(*(write(i) for i in range(20)))


asyncio.run(main(*sys.argv[1:]))
