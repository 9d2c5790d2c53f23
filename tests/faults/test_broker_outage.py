"""The broker goes away, politely and by kill -9, while commits are appended: the topic ends whole and in order."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import kafka
from deploy.local.ports import free_port
from shared.eventstore import open_store
from shared.mongo import Database
from shared.relay import Relay
from tests.running import until
from tests.shared.test_relay import Running, append, proved


@pytest.mark.timeout(240)
async def test_nothing_is_lost_over_broker_outages(database: Database, tmp_path: Path) -> None:
    port, controller = free_port(), free_port()
    servers, topic = f"127.0.0.1:{port}", f"t{uuid.uuid4().hex[:8]}"
    store = await open_store(database, "test", 2)
    broker = kafka.start(tmp_path, port, controller)
    try:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 2, 1)])
        await admin.close()
        async with Running(store, database, topic, servers) as relays:
            await append(store, 0, 60)
            await proved(store, topic, servers)
            for number, politely in enumerate((False, True), start=1):
                appending = asyncio.create_task(append(store, 60 * number, 60))
                before = sum(relay.published for relay in relays)
                await until(lambda b=before: _more(relays, b))  # type: ignore[misc]
                (broker.stop if politely else broker.process.kill)()
                await appending  # the store takes everything meanwhile
                broker.process.wait(20)
                broker = kafka.start(tmp_path, port, controller)
                await proved(store, topic, servers)
            assert [relay.alarm for relay in relays] == [None, None]
    finally:
        broker.stop()
        await store.close()


async def _more(relays: list[Relay], before: int) -> bool:
    return sum(relay.published for relay in relays) > before
