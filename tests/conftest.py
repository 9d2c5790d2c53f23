"""Real servers for the tests, started once per run; see `tests/servers.py` for where they come from."""

from __future__ import annotations

import gc
import os
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from shared.mongo import Client, Database, connect, durable
from tests.parallel import Groups, share_out
from tests.running import Programme, programme
from tests.servers import FILES, kafka_server, memory, mongo_server, prepared_java, sweep

COMMON = pytest.StashKey[ExitStack]()
"""What the process that directs the others keeps running for them."""
MONGO, FOLDER = pytest.StashKey[str](), pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """In the directing process: what tests and servers write goes into one folder; `--basetemp` keeps the tests'."""
    if hasattr(config, "workerinput"):
        return
    common, where = ExitStack(), memory()
    config.stash[COMMON] = common
    sweep(where)
    folder = TemporaryDirectory(prefix=f"{FILES}{os.getpid()}-", dir=where, ignore_cleanup_errors=True)
    config.stash[FOLDER] = Path(common.enter_context(folder))
    config.option.basetemp = config.option.basetemp or str(config.stash[FOLDER] / "tests")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the directing process, before it starts another one: the MongoDB of all of them is running."""
    stash: pytest.Stash = node.config.stash
    if MONGO not in stash:
        stash[COMMON].enter_context(prepared_java(stash[FOLDER]))
        stash[MONGO] = stash[COMMON].enter_context(mongo_server(stash[FOLDER]))
    node.workerinput |= {"mongo_url": stash[MONGO], "folder": str(stash[FOLDER])}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    found = Groups(config, log)
    found.folder = config.stash[FOLDER]
    return found


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was loaded until now stays to the end: looking through it for garbage again and again finds none."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish() -> Generator[None]:
    """Errors that a library left unread are told now, before plugins load code at the end.

    Told while CPython 3.11 parses that code, they would break its parser (python/cpython#106905).
    """
    gc.collect()
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if COMMON in config.stash:
        config.stash[COMMON].close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if given := getattr(config, "workerinput", None):
        share_out(items, Path(given["folder"], f"{given['workerid']}.json"))


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A replica set of one: of this process, or of all that share the tests."""
    if common := getattr(request.config, "workerinput", {}).get("mongo_url"):
        yield common
        return
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
