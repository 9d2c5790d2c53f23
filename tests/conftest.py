"""Real servers for the tests, started once per run; see `tests/servers.py` for where they come from."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.mongo import Client, Database, connect, durable
from tests.running import Programme, programme
from tests.servers import kafka_server, mongo_server


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set of one."""
    with mongo_server(tmp_path_factory.mktemp("mongo")) as url:
        yield url


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
    with kafka_server(tmp_path_factory.mktemp("kafka")) as servers:
        yield servers


@pytest.fixture(scope="session")
async def services(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """All services, on a Kafka of their own, for all tests that use them: each takes ids of its own."""
    with kafka_server(tmp_path_factory.mktemp("services-kafka")) as servers:
        async with programme(mongo_url, servers) as running:
            yield running
