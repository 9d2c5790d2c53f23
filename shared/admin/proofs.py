"""Proof of a service's logs: every hash in the store, and that the topic ends in the very chain."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.admin.jobs import Job, Jobs, Progress, find
from shared.admin.tails import Tail, read_tails
from shared.eventstore import GENESIS, EventStore, LogReport
from shared.http import FieldError, Language, Problem, allow, idempotency_key, json_body, language, not_found
from shared.roles import Caller
from shared.service import Here, Service

PAGE = 500
"""Commits hashed at a stretch: a few milliseconds, so that other requests don't wait."""
router = APIRouter()


class Order(BaseModel):
    """Which log to prove; all of the service's if none is named."""

    model_config = ConfigDict(extra="forbid")
    log: Annotated[str | None, Field(max_length=100)] = None


@router.post("/verifications", status_code=202, operation_id="begin_verification", summary="Begin to prove the logs")
async def begin(
    request: Request,
    here: Here,
    caller: Annotated[Caller, allow("store.verify")],
    key: Annotated[str, Depends(idempotency_key)],
    order: Annotated[Order, json_body(Order)],
    speaks: Annotated[Language, Depends(language)],
) -> Job:
    """Prove every commit of the logs, and compare with where the topic ends. Ask for the job to see how far it is."""
    names = here.store.log_names
    if order.log is not None and order.log not in names:
        raise Problem(422, "validation", _UNKNOWN[speaks], errors=[_unknown(names, speaks)])
    logs, jobs = [order.log] if order.log else names, jobs_of(request)
    kind = f"verification {order.log or 'of all logs'}"
    return await jobs.begin(here.database, kind, caller.subject, key, lambda progress: verify(here, logs, progress))


@router.get("/verifications/{id}", operation_id="read_verification", summary="How far a proof is, and its result")
async def read(
    here: Here,
    caller: Annotated[Caller, allow("store.verify")],
    id: str,
    speaks: Annotated[Language, Depends(language)],
) -> Job:
    """The job; once `done` its result lists the logs, each with `bad` naming the first commit that does not fit."""
    job = await find(here.database, id)
    if job is None or not job.kind.startswith("verification"):
        raise not_found(speaks)
    return job


def jobs_of(request: Request) -> Jobs:
    """The jobs of the process that a request came to."""
    jobs: Jobs = request.app.state.jobs
    return jobs


async def verify(service: Service, logs: list[str], progress: Progress) -> list[dict[str, Any]]:
    """Prove `logs`; `progress` counts commits."""
    store, topic = service.store, service.topic
    total, before, proved = sum([(await store.head(name)).n for name in logs]), 0, []
    for name in logs:
        report = LogReport(name)
        while report.bad is None and (page := await store.read(name, report.n, PAGE)):
            report.take(page)
            progress(before + report.n, max(total, before + report.n))
        before += report.n
        proved.append(report)
    tails = dict.fromkeys(store.log_names)
    if topic is not None:
        found = await read_tails(service.settings.kafka, topic, store.log_names)
        tails = dict(zip(store.log_names, found, strict=True))
    return [await _against_topic(store, report, tails[report.log], topic) for report in proved]


async def _against_topic(store: EventStore, report: LogReport, tail: Tail | None, topic: str | None) -> dict[str, Any]:
    place = tail.place if tail else None
    told = {"log": report.log, "n": report.n, "events": report.events, "hash": report.hash, "bad": report.bad}
    told |= {"topic": topic, "topic_n": place.n if place else 0, "topic_bad": None, "behind": 0}
    if topic is None:
        return told
    if tail is None:
        return told | {"topic_bad": f"{topic} has no partition for {report.log}: start the service anew, to make it"}
    if place is None:
        return told | {"behind": report.n}
    told["behind"] = max(0, report.n - place.n)
    if await chain_at(store, report.log, place.n, place.index) != place.hash:
        told["topic_bad"] = f"{report.log} at {place.n}: the topic holds another event than the store"
    return told


async def chain_at(store: EventStore, log: str, n: int, index: int) -> str | None:
    """The chain's value after event `index` of commit `n` as the store has it; None if the store has no such event."""
    commits = await store.read(log, max(0, n - 2), 2 if n > 1 else 1)
    if not commits or commits[-1].n != n or index >= len(commits[-1].texts):
        return None
    previous = commits[0].hash if n > 1 else GENESIS
    return list(commits[-1].links(previous))[index]


_UNKNOWN = {
    "es": "Este servicio no tiene ese registro.",
    "pt": "Este serviço não tem esse registro.",
    "en": "This service has no such log.",
}
_FIX = {"es": "Use uno de: {names}.", "pt": "Use um de: {names}.", "en": "Use one of: {names}."}


def _unknown(names: list[str], speaks: Language) -> FieldError:
    fix = _FIX[speaks].format(names=", ".join(names))
    return FieldError(pointer="/log", rule="log.unknown", detail=_UNKNOWN[speaks], fix=fix)
