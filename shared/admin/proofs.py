"""Proof of a service's logs: every hash in the store and in the topic, and that both are the very same chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from shared.admin.jobs import Job, Jobs, Progress, find
from shared.admin.unknown import unknown
from shared.eventstore import GENESIS, EventStore, LogReport
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.replay import Replay, replaying
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
    """Prove every commit of the logs, and every record of their topic. Ask for the job to see how far it is."""
    names = here.store.log_names
    if order.log is not None and order.log not in names:
        raise unknown("log", _UNKNOWN, names, speaks)
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
    """The job; once `done` its result lists the logs.

    `bad` names the store's first commit that does not fit, `topic_bad` the topic's first record that does not.
    `foreign` counts the topic's records that are no events of the log; `behind` is what is still to be published.
    """
    job = await find(here.database, "verification", id)
    if job is None:
        raise not_found(speaks)
    return job


def jobs_of(request: Request) -> Jobs:
    """The jobs of the process that a request came to."""
    jobs: Jobs = request.app.state.jobs
    return jobs


async def verify(service: Service, logs: list[str], progress: Progress) -> list[dict[str, Any]]:
    """Prove `logs`, in the store and then in the topic; `progress` counts the commits of both."""
    store, topic = service.store, service.topic
    steps = _Steps(progress, sum([(await store.head(name)).n for name in logs]) * (2 if topic else 1))
    return [await _verify(service, name, steps) for name in logs]


@dataclass
class _Steps:
    """Progress over parts of which each begins where the one before it ended."""

    progress: Progress
    total: int
    before: int = 0
    n: int = 0

    def at(self, n: int) -> None:
        self.n = n
        self.progress(self.before + n, max(self.total, self.before + n))

    def next(self) -> None:
        self.before, self.n = self.before + self.n, 0


async def _verify(service: Service, name: str, steps: _Steps) -> dict[str, Any]:
    report = LogReport(name)
    while report.bad is None and (page := await service.store.read(name, report.n, PAGE)):
        report.take(page)
        steps.at(report.n)
    report.forget()
    steps.next()
    told = {"log": name, "n": report.n, "events": report.events, "hash": report.hash, "bad": report.bad}
    told |= {"topic": service.topic, "topic_n": 0, "topic_events": 0, "foreign": 0, "topic_bad": None, "behind": 0}
    if service.topic is not None:
        async with replaying(service.settings.kafka, service.topic, name) as replay:
            async for _ in replay.pages():
                steps.at(replay.position.n)
            told |= await _against_store(service.store, report, replay)
        steps.next()
    return told


async def _against_store(store: EventStore, report: LogReport, replay: Replay) -> dict[str, Any]:
    """What the topic holds from its first record on, and whether the store holds the same up to there.

    The chain's value after the topic's last event proves all before it. What the store got meanwhile is not missing.
    """
    at = replay.position
    told = {"topic_n": at.n, "topic_events": replay.events, "foreign": replay.foreign, "topic_bad": replay.fault}
    told["behind"] = max(0, report.n - (at.n if replay.whole else at.n - 1))
    if replay.fault is None and at.n and await chain_at(store, report.log, at.n, at.index) != at.hash:
        head = await store.head(report.log)
        told["topic_bad"] = (
            f"{report.log}: the topic goes to {at.n}, but the store ends at {head.n}"
            if at.n > head.n
            else f"{report.log} at {at.n}: the topic holds another event than the store"
        )
    return told


async def chain_at(store: EventStore, log: str, n: int, index: int) -> str | None:
    """The chain's value after event `index` of commit `n` as the store has it; None if the store has no such event."""
    commits = await store.read(log, max(0, n - 2), 2 if n > 1 else 1)
    if not commits or commits[-1].n != n or index >= len(commits[-1].texts):
        return None
    previous = commits[0].hash if n > 1 else GENESIS
    return list(commits[-1].links(previous))[index]


_UNKNOWN: dict[Language, str] = {
    "es": "Este servicio no tiene ese registro.",
    "pt": "Este serviço não tem esse registro.",
    "en": "This service has no such log.",
}
