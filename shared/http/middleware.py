"""What surrounds every request, as plain ASGI (a `BaseHTTPMiddleware` costs more than half of the throughput)."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import logs
from shared.http import wording
from shared.http.problem import FieldError, Problem
from shared.http.rules import explain
from shared.metrics import HTTP_REQUESTS, HTTP_RUNNING, HTTP_SECONDS

log = structlog.get_logger("shared.http")

_CORRELATION = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
_QUIET = ("/health/", "/metrics")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Given unless the answer sets its own; a page brings its own policy."""


class Surround:
    """Correlation, trace, security headers, measures, one log line, and the last resort: 500 without any detail.

    `template` gives the route's template for a scope, so that labels have few values.
    """

    def __init__(self, app: ASGIApp, template: Callable[[Scope], str]) -> None:
        self._app = app
        self._template = template

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given, trace = headers.get("x-correlation-id", ""), headers.get("traceparent", "")
        correlation = given if _CORRELATION.fullmatch(given) else uuid.uuid4().hex
        with logs.bound(correlation, trace if _TRACE.fullmatch(trace) else None), HTTP_RUNNING.track_inprogress():
            await self._serve(scope, receive, send, correlation)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, correlation: str) -> None:
        begun, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Correlation-ID"] = correlation
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            status = status or 499  # what nginx calls it; nobody is there to read an answer
        except Exception:
            log.exception("http.failed", method=scope["method"], route=self._template(scope))
            if status:
                raise  # the answer has begun: only a broken connection tells the client that it is not whole
            language = wording.wished(Headers(scope=scope))
            response = Problem(500, "internal", wording.detail("internal", language)).response(language)
            await response(scope, receive, answer)
        finally:
            self._measure(scope, status, time.perf_counter() - begun)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._template(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        HTTP_REQUESTS.labels(method, route, str(status)).inc()
        HTTP_SECONDS.labels(method, route).observe(seconds)
        line = log.debug if route.startswith(_QUIET) else log.info
        # the path, never the query: that may hold a name someone searched for
        line(
            "http.request",
            method=method,
            route=route,
            path=scope["path"][:200],
            status=status,
            ms=round(seconds * 1e3, 2),
        )


class Decodable:
    """Refuses, with 400, an address whose escapes are not UTF-8 text, or hold U+0000 (no id or name has it)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        wrong = _undecodable(scope) if scope["type"] == "http" else []
        if not wrong:
            await self._app(scope, receive, send)
            return
        language = wording.wished(Headers(scope=scope))
        found, fix = explain("encoding", "", {}, language)
        errors = [FieldError(parameter=where, rule="encoding", detail=found, fix=fix) for where in wrong]
        problem = Problem(400, "encoding", wording.detail("encoding", language), errors=errors)
        await problem.response(language)(scope, receive, send)


def _undecodable(scope: Scope) -> list[str]:
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    wrong = [] if _is_text(path) else ["path"]
    for pair in scope["query_string"].split(b"&"):
        if not _is_text(pair):
            name = pair.split(b"=")[0]
            wrong.append("query/" + unquote_to_bytes(name).decode() if _is_text(name) else "query")
    return wrong


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return False
