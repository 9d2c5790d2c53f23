"""Structured logs: one line per happening, as JSON or for the console, the standard library's logging included.

Secrets never reach a line: `redact` is the last step before rendering, for keys, and for what looks like a secret in
any text, tracebacks too.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.repeated import Repeated

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""Follows one request through every service, event and log line."""
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The W3C trace context that the request brought, passed on as it is."""
actor: ContextVar[str | None] = ContextVar("actor", default=None)
"""The opaque id of who asked."""

REDACTED = "[redacted]"
_NAMES = frozenset(
    [
        "authorization",
        "proxy_authorization",
        "token",
        "secret",
        "password",
        "passwd",
        "cookie",
        "set_cookie",
        "api_key",
        "x_api_key",
        "credentials",
        "tax_id",
        "taxid",
        "mongo_url",
        "client_assertion",
        "code_verifier",
        "private_key",
    ]
)
_ENDINGS = ("_token", "_secret", "_password", "_tax_id")
_PATTERNS = (
    (re.compile(r"([a-z][a-z0-9+.-]*://)[^/\s\"'<>]*@", re.I), rf"\1{REDACTED}@"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.I), rf"\1 {REDACTED}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), REDACTED),
)
_NOISY = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "faststream",
    "aiokafka",
    "pymongo",
    "httpx",
    "httpcore",
    "asyncio",
)


@contextmanager
def bound(correlation: str | None, trace: str | None = None, who: str | None = None) -> Iterator[None]:
    """Within it, log lines carry these; what is bound further inside ends with it."""
    tokens = correlation_id.set(correlation), traceparent.set(trace), actor.set(who)
    try:
        yield
    finally:
        correlation_id.reset(tokens[0])
        traceparent.reset(tokens[1])
        actor.reset(tokens[2])


def configure(
    service: str,
    level: str = "INFO",
    format: Literal["json", "console"] = "json",
    stream: TextIO | None = None,
) -> None:
    """Sets up logging for this process, to `stream` (standard output); may be called again."""

    def named(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        _context,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(format),
            ],
        )
    )
    handler.addFilter(Repeated("aiokafka"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quiet(max(logging.WARNING, root.level))


def _quiet(level: int) -> None:
    """The libraries' own handlers are taken away, so that each line is written once, in our form."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level)
    # it calls a topic that is just being made an error, many times; whoever needs the topic says so itself
    logging.getLogger("aiokafka.cluster").setLevel(logging.CRITICAL)


def _renderer(format: Literal["json", "console"]) -> Processor:
    # json.dumps escapes all but ASCII, so a lone surrogate in a text can't break the stream's encoder
    return structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=False)


def _context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name, variable in (("correlation_id", correlation_id), ("traceparent", traceparent), ("actor", actor)):
        value = variable.get()
        if value is not None:
            event.setdefault(name, value)
    return event


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replaces secrets by `[redacted]`: values of telling keys at any depth, credentials in URLs, tokens."""
    return {key: REDACTED if _secret(key) else _clean(value) for key, value in event.items()}


def _secret(key: object) -> bool:
    name = str(key).lower().replace("-", "_")
    return name in _NAMES or name.endswith(_ENDINGS)


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(k): REDACTED if _secret(k) else _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(v) for v in value]
    text = value if isinstance(value, str) else str(value)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
