"""The exit code of a service's process says whether it stopped or failed, on real servers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.local.ports import free_port
from shared.mongo import Database
from shared.topics import apply
from tests.running import until
from tests.topics import remove

OWN = ["intake.proposals", "dead-letters"]
Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture(autouse=True)
async def no_topics(kafka_servers: str) -> AsyncIterator[None]:
    """What other tests made is gone, and what these made."""
    await remove(kafka_servers, OWN)
    yield
    await remove(kafka_servers, OWN)


@asynccontextmanager
async def intake(mongo_url: str, kafka_servers: str, database: Database, port: int) -> AsyncIterator[Start]:
    """Starts intake as a process of its own; ended with the block."""
    started: list[asyncio.subprocess.Process] = []
    told = {
        "TRAMA_MONGO_URL": mongo_url,
        "TRAMA_KAFKA_SERVERS": kafka_servers,
        "TRAMA_DATABASE": database.name,
        "TRAMA_OIDC_ISSUER": "http://127.0.0.1:1",
        "TRAMA_OIDC_INSECURE": "true",
        "TRAMA_HTTP_PORT": str(port),
        "TRAMA_LOGS": "2",
    }

    async def start() -> asyncio.subprocess.Process:
        line = [sys.executable, "-m", "services.intake"]
        started.append(await asyncio.create_subprocess_exec(*line, env=os.environ | told))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_that_is_told_to_stop_ends_with_0(
    mongo_url: str, kafka_servers: str, database: Database, order: signal.Signals
) -> None:
    port = free_port()
    async with intake(mongo_url, kafka_servers, database, port) as start, httpx.AsyncClient() as http:
        process = await start()

        async def alive() -> bool:
            assert process.returncode is None
            try:
                return (await http.get(f"http://127.0.0.1:{port}/health/live")).status_code == 200
            except httpx.TransportError:
                return False

        await until(alive)
        process.send_signal(order)
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_an_idle_connection_stays_open_longer_than_clients_keep_it(
    mongo_url: str, kafka_servers: str, database: Database
) -> None:
    """Or a request that is sent while the server closes is lost: httpx uses one again for 5 s."""
    port = free_port()

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    async with intake(mongo_url, kafka_servers, database, port) as start:
        await start()
        await until(listens)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for idle in (6, 0):
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: trama\r\n\r\n")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await reader.readuntil(b"}")
            await asyncio.sleep(idle)
        writer.close()


async def test_a_service_that_fails_ends_with_1(mongo_url: str, kafka_servers: str, database: Database) -> None:
    """Its topic has other partitions than its logs: that doesn't pass by waiting."""
    await apply(kafka_servers, ["intake.proposals"], 3)
    async with intake(mongo_url, kafka_servers, database, free_port()) as start:
        assert await asyncio.wait_for((await start()).wait(), 60) == 1
