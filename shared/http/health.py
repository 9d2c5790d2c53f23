"""The doors that watch the process: alive, ready, measures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import structlog
from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel

from shared import metrics
from shared.telling import told

Check = Callable[[], Awaitable[None]]
"""Returns if all is well, raises if not."""
CHECK_SECONDS = 3.0
log = structlog.get_logger("shared.http")


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"
    service: str
    version: str


class Ready(BaseModel):
    """Whether the service can do its work; `failing` names the checks that say no, in order."""

    status: Literal["ready", "not ready"]
    failing: list[str]


def add(app: FastAPI, name: str, version: str, checks: Mapping[str, Check]) -> None:
    """Adds `/health/live`, `/health/ready` and `/metrics`. `checks` may still grow while the service starts."""
    router = APIRouter(tags=["health"])
    said: dict[str, str] = {}

    @router.get("/health/live", operation_id="health_live", summary="The process answers")
    async def live() -> Live:
        return Live(service=name, version=version)

    @router.get(
        "/health/ready",
        operation_id="health_ready",
        summary="The service can do its work",
        responses={503: {"model": Ready, "description": "Not ready"}},
    )
    async def ready(response: Response) -> Ready:
        names = list(checks)
        results = await asyncio.gather(*(_passes(n, checks[n], said) for n in names))
        failing = [n for n, passed in zip(names, results, strict=True) if not passed]
        response.status_code = 503 if failing else 200
        return Ready(status="not ready" if failing else "ready", failing=failing)

    @router.get("/metrics", include_in_schema=False)
    async def measures() -> Response:
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    app.include_router(router)


async def _passes(name: str, check: Check, said: dict[str, str]) -> bool:
    """Whether the check passes; `said` is what was logged of it last, so that each change is told once."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # any error means not ready; it is told in the log, not to whoever asks
        if said.get(name) != (found := told(error)):
            said[name] = found
            log.warning("health.not_ready", check=name, error=found)
        return False
    if said.pop(name, None):
        log.info("health.passes_again", check=name)
    return True
