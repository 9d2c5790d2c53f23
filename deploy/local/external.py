"""Servers that are not the stack's own, named by TRAMA_MONGO_URL, TRAMA_KAFKA_SERVERS and TRAMA_OIDC_ISSUER."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local import kafka
from deploy.local.parts import issuer_answers
from deploy.local.process import StartFailed

PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class External:
    """Addresses of servers to use instead of own ones; None where the stack starts its own."""

    mongo_url: str | None = None
    kafka_servers: str | None = None
    oidc_issuer: str | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """As the environment says; an empty variable counts as none."""
        names = ("TRAMA_MONGO_URL", "TRAMA_KAFKA_SERVERS", "TRAMA_OIDC_ISSUER")
        return cls(*(os.environ.get(name) or None for name in names))

    def addresses(self) -> dict[str, str]:
        """What is given, by the name of the part that it replaces."""
        given = {"mongo": self.mongo_url, "kafka": self.kafka_servers, "issuer": self.oidc_issuer}
        return {part: address for part, address in given.items() if address}

    async def check(self) -> None:
        """Raises `StartFailed`, naming the setting, if a given server does not answer in 20 s."""
        if (url := self.mongo_url) is not None:
            await _wait(lambda: asyncio.to_thread(_mongo_answers, url), "TRAMA_MONGO_URL", "a MongoDB replica set")
        if (servers := self.kafka_servers) is not None:
            await _wait(lambda: kafka.answers(servers), "TRAMA_KAFKA_SERVERS", "a Kafka broker")
        if (issuer := self.oidc_issuer) is not None:
            await _wait(lambda: issuer_answers(issuer), "TRAMA_OIDC_ISSUER", "an OpenID Connect issuer of that name")


async def _wait(answers: Callable[[], Awaitable[bool]], setting: str, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await answers():
        if time.monotonic() > deadline:
            # not the value: a MongoDB URL may hold a password
            raise StartFailed(f"{setting} is set, but {what} does not answer there: correct it, or unset it")
        await asyncio.sleep(0.2)


def _mongo_answers(url: str) -> bool:
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=2000) as client:
            hello = client.admin.command("hello")
    except PyMongoError:
        return False
    return "setName" in hello or hello.get("msg") == "isdbgrid"  # a set, or the router of a sharded cluster
