"""Real servers for the tests, started once per run."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local import kafka, mongo
from deploy.local.ports import free_port
from shared.mongo import Client, Database, connect, durable
from tests.running import Programme, programme


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set of one."""
    server = mongo.start(Path(tmp_path_factory.mktemp("mongo")), free_port())
    yield mongo.initiate([server])
    server.stop()


@pytest.fixture(scope="session")
async def client(mongo_url: str) -> AsyncIterator[Client]:
    client = connect(mongo_url, "tests")
    yield client
    client.close()


@pytest.fixture
async def database(client: Client) -> AsyncIterator[Database]:
    """A database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield durable(client, name)
    await client.drop_database(name)


@pytest.fixture(scope="session")
def kafka_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Apache Kafka of one node."""
    port = free_port()
    server = kafka.start(Path(tmp_path_factory.mktemp("kafka")), port, free_port())
    yield f"127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="session")
async def services(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """All services, on a Kafka of their own, for all tests that use them: each takes ids of its own."""
    port = free_port()
    server = kafka.start(Path(tmp_path_factory.mktemp("services-kafka")), port, free_port())
    async with programme(mongo_url, f"127.0.0.1:{port}") as running:
        yield running
    server.stop()
