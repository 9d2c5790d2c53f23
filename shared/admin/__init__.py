"""The operator's doors that every service has, under /admin: what is parked, the logs, proofs, positions, rebuilds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from shared.admin import parked, proofs, rebuilds, state
from shared.admin.jobs import Jobs

__all__ = ["router"]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # inside the service's own lifespan: work in progress ends before the database's client does
    app.state.jobs = Jobs()
    try:
        yield
    finally:
        await app.state.jobs.stop()


router = APIRouter(prefix="/admin", tags=["operations"], lifespan=_lifespan)
for part in (parked.router, state.router, proofs.router, rebuilds.router):
    router.include_router(part)
