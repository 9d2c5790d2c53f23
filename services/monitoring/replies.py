"""What monitoring's doors answer: what an order came to, and projects in the caller's language.

Every figure names the ids of the events behind it, the first of which gave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from services.monitoring.amounts import Contribution, Correction, Figure, Total, by_contribution
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
    contributions = by_contribution(document["entries"], document["started_id"])
    return Shown.model_validate({**document, **_said(document, language), **parts, "contributions": contributions})


def _said(document: Mapping[str, Any], language: Language) -> dict[str, Any]:
    return {"title": spoken(document["title"], language), "totals": list(document["totals"].values())}
