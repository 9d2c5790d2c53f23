"""The process of a service: its application, settings, logs, HTTP server, exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import uvicorn
from fastapi import APIRouter, FastAPI

from shared import admin, collector, logs
from shared.auth import Verifier
from shared.http import create_app
from shared.http.contracts import contracts_router
from shared.lifecycle import living
from shared.service import Service
from shared.settings import ServiceSettings, SettingsError, load
from shared.version import VERSION

S = TypeVar("S", bound=ServiceSettings)
GRACE = 10
"""Seconds that requests at work are given at the stop."""
KEEP = 75
"""Seconds that an idle connection stays open: longer than clients keep theirs (httpx 5, nginx 60), or a request that is
sent while the server closes is lost."""


def application(service: Service, *routers: APIRouter, description: str) -> FastAPI:
    """The service's application: the doors given, and those that every service has."""
    app = create_app(
        service.name,
        VERSION,
        verifier=Verifier.of(service.settings),
        lifespan=lambda _: living(service),
        checks=service.checks,
        description=description,
    )
    app.state.service = service
    for router in (*routers, admin.router, contracts_router(service.name)):
        app.include_router(router)
    return app


def run(kind: type[S], create: Callable[[S], FastAPI]) -> int:
    """Serve until SIGTERM or Ctrl-C. Exit code 0 after an orderly stop, 1 after a failure, 2 for wrong settings."""
    try:
        settings = load(kind)
        logs.configure(settings.service, settings.log_level, settings.log_format)
        app = create(settings)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP,
    )
    collector.steady()
    # uvicorn raises the signal that ended it once more, for the handler that was there before: by default that of
    # SIGTERM ends the process with the signal's code, whatever happened
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
    service: Service = app.state.service
    return 1 if service.failed else 0
