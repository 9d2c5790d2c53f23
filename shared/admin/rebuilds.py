"""Read models: proved against the record they were made from, and made anew from the beginning."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.admin.jobs import Job, Progress, find
from shared.admin.proofs import jobs_of
from shared.admin.unknown import unknown
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.roles import Caller
from shared.service import Here

router = APIRouter()


class Order(BaseModel):
    """Which read model to rebuild."""

    model_config = ConfigDict(extra="forbid")
    projection: Annotated[str, Field(min_length=1, max_length=100)]


class Everything(BaseModel):
    """All of them: nothing to choose."""

    model_config = ConfigDict(extra="forbid")


@router.post("/rebuilds", status_code=202, operation_id="begin_rebuild", summary="Begin to rebuild a read model")
async def begin(
    request: Request,
    here: Here,
    caller: Annotated[Caller, allow("projection.rebuild")],
    key: Annotated[str, Depends(idempotency_key)],
    order: Annotated[Order, json_body(Order)],
    speaks: Annotated[Language, Depends(language)],
) -> Job:
    """Rebuild it from the record. Ask for the job to see how far it is."""
    rebuild = here.rebuilders.get(order.projection)
    if rebuild is None:
        raise unknown("projection", _UNKNOWN, sorted(here.rebuilders), speaks)
    kind = f"rebuild {order.projection}"
    return await jobs_of(request).begin(here.database, kind, caller.subject, key, rebuild)


@router.get("/rebuilds/{id}", operation_id="read_rebuild", summary="How far a rebuild is, and its result")
async def read(
    here: Here,
    caller: Annotated[Caller, allow("projection.rebuild")],
    id: str,
    speaks: Annotated[Language, Depends(language)],
) -> Job:
    """The job; `result` is what the rebuild counted."""
    job = await find(here.database, "rebuild", id)
    if job is None:
        raise not_found(speaks)
    return job


@router.post("/proofs", status_code=202, operation_id="begin_proof", summary="Begin to prove the read models")
async def begin_proof(
    request: Request,
    here: Here,
    caller: Annotated[Caller, allow("reconcile.read")],
    key: Annotated[str, Depends(idempotency_key)],
    order: Annotated[Everything, json_body(Everything)],
) -> Job:
    """Compare the service's read models with what their record adds up to. Ask for the job to see what differs."""

    async def prove(progress: Progress) -> dict[str, Any]:
        found: dict[str, Any] = {}
        before = 0
        for name, prover in here.provers.items():
            found[name] = await prover(lambda done, total, of=before: progress(of + done, of + total))  # type: ignore[misc]
            before = progress.total
        return found

    return await jobs_of(request).begin(here.database, "proof of the read models", caller.subject, key, prove)


@router.get("/proofs/{id}", operation_id="read_proof", summary="How far a proof of the read models is, and its result")
async def read_proof(
    here: Here,
    caller: Annotated[Caller, allow("reconcile.read")],
    id: str,
    speaks: Annotated[Language, Depends(language)],
) -> Job:
    """The job; `result` tells by read model the `events` per log and the `differences` (none if all is well)."""
    job = await find(here.database, "proof", id)
    if job is None:
        raise not_found(speaks)
    return job


_UNKNOWN: dict[Language, str] = {
    "es": "Este servicio no tiene ese modelo de lectura.",
    "pt": "Este serviço não tem esse modelo de leitura.",
    "en": "This service has no such read model.",
}
