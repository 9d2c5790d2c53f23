"""A small real token issuer for tests: real keys, a real server on a free port, a key set that can change or fail."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Issuer:
    """Its keys, its address, how often its keys were asked for, and whether it is away."""

    def __init__(self) -> None:
        self.keys: list[Key] = [ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)]
        self.extra: list[dict[str, Any]] = []
        self.url = ""
        self.calls_itself: str | None = None
        self.asked = 0
        self.away = False

    async def _configuration(self, _: Request) -> JSONResponse:
        return JSONResponse({"issuer": self.calls_itself or self.url, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _: Request) -> JSONResponse:
        self.asked += 1
        listed = [key.as_dict(private=False) for key in self.keys] + self.extra
        return JSONResponse({"keys": listed}, 503 if self.away else 200)

    def token(
        self, key: Key | None = None, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A token of an hour; a claim given as None is left out."""
        key, now = key or self.keys[0], int(time.time())
        base = {"iss": self.url, "aud": "trama", "sub": "someone", "iat": now, "nbf": now, "exp": now + 3600}
        body = {name: value for name, value in (base | claims).items() if value is not None}
        return jwt.encode({"alg": alg, "kid": key.kid} | (header or {}), body, key, algorithms=[alg])

    def pem(self) -> bytes:
        """The first public key, as an attacker may have it."""
        key = self.keys[0]
        assert isinstance(key, ECKey)
        return key.as_pem(private=False)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Issuer]:
        """Serves on a free port of the loopback."""
        routes = [Route("/.well-known/openid-configuration", self._configuration), Route("/keys", self._keys)]
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
        with socket.socket(proto=socket.IPPROTO_TCP) as listening:
            listening.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            task = asyncio.create_task(server.serve([listening]))
            try:
                yield self
            finally:
                server.should_exit = True
                await task
