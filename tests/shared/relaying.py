"""A relay process of its own, to be killed or paused.

python -m tests.shared.relaying MONGO_URL DATABASE KAFKA_SERVERS TOPIC
"""

from __future__ import annotations

import asyncio
import sys

from shared.eventstore import open_store
from shared.mongo import connect, durable
from shared.relay import Relay, ring


async def main(url: str, name: str, servers: str, topic: str) -> None:
    database = durable(connect(url, "relay"), name)
    store = await open_store(database, "test", 2)
    relays = [Relay(store, database, topic, i, servers) for i in range(2)]
    await asyncio.gather(ring(store, relays), *(relay.run() for relay in relays))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
