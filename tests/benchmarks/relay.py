"""Relays from a store to Kafka against a raw idempotent producer: `python -m tests.benchmarks.relay`.

The relays of four logs run in one process, as in a service; they read, prove the chain, and publish. The raw producer,
with the same settings, sends the very same records, which lie ready in memory.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.batches import producer
from shared.eventstore import GENESIS, EventStore, open_store
from shared.mongo import Database
from shared.relay import Relay
from shared.wire import messages
from tests.benchmarks.data import drafts, fill, new_topic
from tests.benchmarks.harness import Asked, Row, Servers, compared, in_turn, per_second, run
from tests.topics import remove

LOGS = 4
STREAMS, EVENTS = 1_000, 60
ROUNDS = 5
RAW, RELAY = "raw idempotent producer", "relay"
Ready = list[tuple[int, bytes, bytes, Any]]


async def relay_rate(servers: str, store: EventStore, database: Database, topic: str, count: int) -> float:
    """Events per second from the store to the topic."""
    await database["leases"].delete_many({})
    relays = [Relay(store, database, topic, number, servers) for number in range(LOGS)]

    async def work() -> None:
        tasks = [asyncio.create_task(relay.run()) for relay in relays]
        while sum(relay.published for relay in relays) < count:  # noqa: ASYNC110 - as readiness does
            await asyncio.sleep(0.002)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return await per_second(work, count)


async def ready(store: EventStore) -> Ready:
    """The records of a store, as its relays send them."""
    found: Ready = []
    for number, name in enumerate(store.log_names):
        value = GENESIS
        for commit in await store.read(name, 0, 1_000_000):
            found += [(number, *message) for message in messages(commit, value)]
            value = commit.hash
    return found


async def raw_rate(servers: str, topic: str, records: Ready) -> float:
    """Records per second through `send`, all of them under way at once."""
    sender: AIOKafkaProducer = producer(servers)

    async def work() -> None:
        await sender.start()
        futures = [
            await sender.send(topic, value, key, partition, headers=headers)
            for partition, key, value, headers in records
        ]
        await asyncio.gather(*futures)
        await sender.stop()

    return await per_second(work, len(records))


async def measure(servers: Servers, streams: int = STREAMS) -> list[Row]:
    """Both in turn, each time on a new topic."""
    async with servers.database() as database:
        store = await open_store(database, "bench", LOGS)
        count = await fill(store, drafts(streams, EVENTS))
        records = await ready(store)
        topics = [await new_topic(servers.kafka, LOGS) for _ in range(2 * (ROUNDS + 1))]
        unused = iter(topics)

        async def raw() -> float:
            return await raw_rate(servers.kafka, next(unused), records)

        async def relay() -> float:
            return await relay_rate(servers.kafka, store, database, next(unused), count)

        rates = await in_turn({RAW: raw, RELAY: relay}, ROUNDS)
        await remove(servers.kafka, topics)
    return compared(rates, [Asked(RELAY, RAW, 0.4)], "events/s")


if __name__ == "__main__":
    run(measure)
