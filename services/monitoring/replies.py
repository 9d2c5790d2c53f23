"""What monitoring's doors answer: what an order came to, and projects in the caller's language.

Amounts are decimal text; every figure names the ids of the events behind it, the first of which gave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from services.monitoring.state import State
from shared.contracts.values import Cluster, Place
from shared.execute import Outcome
from shared.http import Language
from shared.programme.spoken import spoken


class Done(BaseModel):
    """What an order came to; `events` is empty if there was nothing to change, `repeated` that it was done before."""

    project_id: str
    status: str
    version: int
    events: list[str]
    repeated: bool


class Figure(BaseModel):
    """An amount as it stands after its corrections."""

    currency: str
    value: str
    events: list[str]


class Sum(BaseModel):
    """What amounts add up to."""

    value: str
    events: list[str]


class Total(BaseModel):
    """The contributions of a currency and kind, added up; `received` whatever became of it afterwards."""

    currency: str
    kind: str
    pledged: Sum
    received: Sum
    certified: Sum
    rejected: Sum


class Located(Place):
    """A place as it stands after its corrections."""

    events: list[str]


class Activity(BaseModel):
    """An activity of the plan."""

    id: str
    title: str
    area: str
    start: str
    end: str
    state: Literal["planned", "started", "completed"]
    started_at: str | None
    completed_at: str | None
    events: list[str]


class Milestone(BaseModel):
    """A milestone of the plan."""

    id: str
    title: str
    due: str
    tranche: int | None
    reached_at: str | None
    evidence: str | None
    events: list[str]


class Achievement(BaseModel):
    """A result achieved, or an indicator of it measured."""

    indicator: str | None
    value: str | None
    evidence: str
    at: str
    event: str


class Result(BaseModel):
    """A result; `promised` if the plan names it."""

    code: str
    indicators: list[str]
    promised: bool
    achieved: list[Achievement]
    events: list[str]


class Step(Figure):
    """A step of a contribution; `event` is the id that recorded it, and that a correction names."""

    event: str
    figure: str = "/amount"
    at: str
    reason: str | None = None


class Receipt(Step):
    """A part of a contribution that arrived, and what became of it."""

    document: str
    settled: Literal["certified", "rejected"] | None
    settlement: Step | None = None


class Contribution(BaseModel):
    """A counterpart contribution with all its steps."""

    contribution_id: str
    contributor: str
    kind: str
    currency: str
    valuation_method: str | None
    pledged: Step | None = None
    receipts: list[Receipt] = []


class Correction(BaseModel):
    """What was corrected: a figure (by its pointer in the event) or a place (by its index)."""

    event: str
    at: str
    corrects: str
    figure: str | None = None
    index: int | None = None
    was: dict[str, Any]
    becomes: dict[str, Any]
    reason: str


class Cancellation(BaseModel):
    """When and why the project was ended before its time."""

    at: str
    reason: str
    event: str


class Term(BaseModel):
    """How long the plan says that the project takes."""

    months: int | None
    start: str | None


class Listed(BaseModel):
    """A project in a list."""

    project_id: str
    country: str
    reference: str | None
    title: str
    executing_agency: str
    agency_id: str | None
    typology: str | None
    approved_on: str
    historical: bool
    status: Literal["running", "cancelled"]
    clusters: list[Cluster]
    fund_amount: Figure | None
    counterpart_amount: Figure | None
    totals: list[Total]
    recorded: str
    updated: str

    @classmethod
    def of(cls, document: Mapping[str, Any], language: Language) -> Listed:
        """The project that a document of the read model tells of."""
        return cls.model_validate({**document, **_said(document, language)})


class Shown(Listed):
    """A project, whole; `started_id` is the event of its start, which gave its terms and plan."""

    proposal_id: str | None
    approval_id: str
    started_id: str
    firms: int | None
    term: Term
    cancelled: Cancellation | None
    places: list[Located]
    activities: list[Activity]
    milestones: list[Milestone]
    results: list[Result]
    contributions: list[Contribution]
    corrections: list[Correction]
    version: int


def done(outcome: Outcome[State]) -> Done:
    """What an order came to."""
    return Done(
        project_id=outcome.state.project_id,
        status=outcome.state.status,
        version=outcome.version,
        events=[event.id for event in outcome.events],
        repeated=outcome.repeated,
    )


def shown(document: Mapping[str, Any], language: Language) -> Shown:
    """The project in the caller's language."""
    parts = {
        part: [item | {"title": spoken(item["title"], language)} for item in document[part]]
        for part in ("activities", "milestones")
    }
    contributions = _contributions(document["entries"], document["started_id"])
    return Shown.model_validate({**document, **_said(document, language), **parts, "contributions": contributions})


def _said(document: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {"title": spoken(document["title"], language), "totals": list(document["totals"].values())}


def _contributions(entries: Mapping[str, dict[str, Any]], started_id: str) -> list[dict[str, Any]]:
    """The steps by the contribution that they belong to, in the order in which they were recorded."""
    found: dict[str, dict[str, Any]] = {}
    receipts: dict[str, dict[str, Any]] = {}
    for key, entry in entries.items():
        step = entry | _name(key, started_id)
        contribution = found.setdefault(entry["contribution_id"], {**entry, "receipts": []})
        if entry["step"] == "pledged":
            contribution |= {"pledged": step, "valuation_method": entry["valuation_method"]}
        elif entry["step"] == "received":
            receipts[key] = step
            contribution["receipts"].append(step)
        else:
            receipts[entry["receipt_id"]]["settlement"] = step
    return list(found.values())


def _name(key: str, started_id: str) -> dict[str, str]:
    """What a correction names a step by: the event, and the figure in it."""
    if key.startswith(f"{started_id}/"):
        return {"event": started_id, "figure": key.removeprefix(started_id)}
    return {"event": key}
