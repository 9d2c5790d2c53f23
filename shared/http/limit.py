"""The largest body that is read; more is answered with 413, whether its length was said or not."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http import wording
from shared.http.problem import Problem

DRAIN = 16_000_000
"""Bytes read and thrown away after a refusal: a client that still sends would otherwise see a reset, not the answer."""
DRAIN_SECONDS = 5.0


class BodyTooLarge(HTTPException):
    """The body is larger than the limit; an HTTP exception so that no reader of bodies takes it for a broken one."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, headers={"Connection": "close"})
        self.limit = limit


def too_large(limit: int, language: wording.Language) -> Problem:
    """The problem for a body above `limit` bytes."""
    text = wording.detail("body-too-large", language, limit=limit)
    return Problem(413, "body-too-large", text, headers={"Connection": "close"})


class BodyLimit:
    """Counts what a request brings, and refuses more than `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > self._limit:
            if headers.get("expect", "").lower() != "100-continue":  # else it waits for leave to send
                await _drain(receive)
            language = wording.wished(headers)
            await too_large(self._limit, language).response(language)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._limit:
                    if message.get("more_body"):
                        await _drain(receive)
                    raise BodyTooLarge(self._limit)
            return message

        await self._app(scope, counted, send)


async def _drain(receive: Receive) -> None:
    left = DRAIN
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
