"""The services as they are, each with its HTTP server, on real servers: what the tests above the deciders use."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI

from shared.serve import KEEP
from shared.settings import ServiceSettings
from tests.shared.issuing import Issuer

START = 120
"""Seconds that a service may take to come up: on a busy machine the imports alone take long."""
SERVICES = ("intake", "evaluation", "monitoring", "reporting")
T = TypeVar("T")


@dataclass
class Programme:
    """Services that run, and tokens for whoever asks. Every test takes ids of its own: the data is shared."""

    mongo_url: str
    kafka_servers: str
    issuer: Issuer
    name: str = field(default_factory=lambda: f"test_{uuid.uuid4().hex[:8]}")
    urls: dict[str, str] = field(default_factory=dict)
    apps: dict[str, FastAPI] = field(default_factory=dict)
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=60))

    def token(self, role: str, *countries: str, agency: str | None = None, sub: str | None = None) -> str:
        """A token of the role; `sub` is whose."""
        claims: dict[str, Any] = {"trama_roles": [role], "trama_countries": list(countries)}
        if agency:
            claims["trama_agency"] = agency
        return self.issuer.token(sub=sub or f"p-{role}", **claims)

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        token: str,
        *,
        key: str | None = None,
        language: str = "en",
        **more: Any,
    ) -> httpx.Response:
        """One request; `key` is the idempotency key, a new one by default."""
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key or uuid.uuid4().hex,
            "Accept-Language": language,
        } | more.pop("headers", {})
        return await self.http.request(method, self.urls[service] + path, headers=headers, **more)

    def settings(self, service: str) -> ServiceSettings:
        """The settings of a service of this programme."""
        kind: type[ServiceSettings] = importlib.import_module(f"services.{service}.settings").Settings
        return kind(
            mongo_url=self.mongo_url,
            kafka_servers=self.kafka_servers,
            oidc_issuer=self.issuer.url,
            oidc_insecure=True,
            database=f"{self.name}_{service}",
            logs=2,
        )


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The address of the application's own HTTP server, up for as long as the block."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=2, timeout_keep_alive=KEEP
    )
    server = uvicorn.Server(config)
    # the protocol is said, or asyncio leaves Nagle's algorithm on: each answer would wait 40 ms for the client's ACK
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield url
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def programme(mongo_url: str, kafka_servers: str, services: Sequence[str] = SERVICES) -> AsyncIterator[Programme]:
    """The services named (those that there are), up and ready."""
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(Issuer().serve())
        running = Programme(mongo_url, kafka_servers, issuer)
        await stack.enter_async_context(running.http)
        for service in services:
            if importlib.util.find_spec(f"services.{service}.app") is None:
                continue
            create = importlib.import_module(f"services.{service}.app").create
            running.apps[service] = create(running.settings(service))
            running.urls[service] = await stack.enter_async_context(serving(running.apps[service]))
        for url in running.urls.values():
            await until(lambda u=url: ready(running.http, u), START)  # type: ignore[misc]
        yield running


async def ready(client: httpx.AsyncClient, url: str) -> bool:
    """Whether the service is ready."""
    try:
        return (await client.get(f"{url}/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def until(ask: Callable[[], Awaitable[T]], seconds: float = 90) -> T:
    """The first answer that is true (or not empty), asked for again and again as a user does."""
    async with asyncio.timeout(seconds):
        pause = 0.02
        while not (found := await ask()):
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, 0.1)
    return found
