"""What the rules need to know of a project, and how each fact changes it. Pure.

A project may have tens of thousands of events, so the state holds little per event: a short row per figure.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.contracts import CloudEvent, Fact
from shared.contracts import monitoring as events
from shared.contracts.values import Money, Place
from shared.decider import changed


class Figure(NamedTuple):
    """An amount as it stands after its corrections, and what it is of.

    `stage` of a receipt is received, certified or rejected; `document` is its `mark`; `at` is in milliseconds since
    1970 (UTC).
    """

    value: str
    currency: str
    stage: Literal["approved", "pledged", "received", "certified", "rejected", "certification", "rejection"]
    contribution: str
    document: str
    at: int

    @property
    def money(self) -> Money:
        """The amount as events carry it."""
        return Money(currency=self.currency, value=Decimal(self.value))


class Activity(NamedTuple):
    """When an activity of the plan was started and completed."""

    started: datetime | None = None
    completed: datetime | None = None


class Reached(NamedTuple):
    """When a milestone was reached, and what proves it."""

    at: datetime
    evidence: str


class Contribution(NamedTuple):
    """What all steps of a contribution share; `pledged` is None if it was not pledged."""

    contributor: str
    kind: str
    currency: str
    valuation_method: str | None
    pledged: Decimal | None


class State(BaseModel):
    """A project. `figures` are keyed by `figure_key`, the rest by the ids of the plan.

    `achieved` tells when what `achievement` names happened.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["absent", "running", "cancelled"] = "absent"
    events: int = 0
    project_id: str = ""
    country: str = ""
    agency_id: str | None = None
    approval_id: str = ""
    approved_on: date = date.min
    started_id: str = ""
    planned: bool = False
    places: list[Place] = []
    activities: dict[str, Activity] = {}
    milestones: dict[str, Reached | None] = {}
    results: dict[str, list[str]] = {}
    achieved: dict[str, datetime] = {}
    contributions: dict[str, Contribution] = {}
    figures: dict[str, Figure] = {}


def figure_key(event_id: str, figure: str = "/amount") -> str:
    """Names one amount of one event; most events have only one."""
    return event_id if figure == "/amount" else event_id + figure


def mark(*said: str | None) -> str:
    """Stands for texts in few bytes: the first half of a SHA-256 (hex)."""
    return sha256(json.dumps(said).encode()).hexdigest()[:32]


def achievement(result: str, indicator: str | None, value: Decimal | None, evidence: str) -> str:
    """Names what was achieved, and how it is proved."""
    return mark(result, indicator, None if value is None else plain(value.normalize()), evidence)


def plain(value: Decimal) -> str:
    """The number in digits, never with an exponent."""
    return format(value, "f")


def milliseconds(time: datetime) -> int:
    """Since 1970, UTC."""
    return round(time.timestamp() * 1000)


def moment(at: int) -> datetime:
    """The time that `milliseconds` was made from."""
    return datetime.fromtimestamp(at / 1000, UTC)


def evolve(state: State, event: CloudEvent[Fact]) -> State:
    """The state after one more fact."""
    match event.data:  # the most frequent first: each class that is asked costs as much as a small fold
        case events.ContributionPledged() | events.ContributionReceived() as fact:
            return _contributed(state, fact, event)
        case events.ContributionCertified() | events.ContributionRejected() as fact:
            return _settled(state, fact, event)
        case events.ProjectStarted() as fact:
            return _started(state, fact, event)
        case events.ActivityStarted(activity_id=id):
            return _with(state, activities={**state.activities, id: Activity(event.time)})
        case events.ActivityCompleted(activity_id=id):
            completed = state.activities[id]._replace(completed=event.time)
            return _with(state, activities={**state.activities, id: completed})
        case events.MilestoneReached(milestone_id=id, evidence=evidence):
            return _with(state, milestones={**state.milestones, id: Reached(event.time, evidence)})
        case events.ResultAchieved() as fact:
            key = achievement(fact.result, fact.indicator, fact.value, fact.evidence)
            return _with(state, achieved={**state.achieved, key: event.time})
        case events.FigureCorrected() as fact:
            key = figure_key(fact.corrects, fact.figure)
            corrected = state.figures[key]._replace(value=plain(fact.becomes.value))
            return _with(state, figures={**state.figures, key: corrected})
        case events.PlaceCorrected(index=index, becomes=becomes):
            return _with(state, places=[*state.places[:index], becomes, *state.places[index + 1 :]])
        case events.ProjectCancelled():
            return _with(state, status="cancelled")
        case _:
            return _with(state)


def _with(state: State, **changes: object) -> State:
    """One fact further."""
    return changed(state, events=state.events + 1, **changes)


def _started(state: State, fact: events.ProjectStarted, event: CloudEvent[Fact]) -> State:
    plan = fact.plan
    return _with(
        state,
        status="running",
        project_id=fact.project_id,
        country=fact.country,
        agency_id=fact.agency_id,
        approval_id=fact.approval_id,
        approved_on=fact.approved_on,
        started_id=event.id,
        planned=not fact.historical,
        places=fact.places,
        activities={activity.id: Activity() for activity in plan.activities},
        milestones={milestone.id: None for milestone in plan.milestones},
        results={result.code: result.indicators for result in plan.results},
        contributions={
            p.id: Contribution(p.contributor, p.kind, p.amount.currency, p.valuation_method, p.amount.value)
            for p in plan.pledges
        },
        figures=_approved(fact, event),
    )


def _approved(fact: events.ProjectStarted, event: CloudEvent[Fact]) -> dict[str, Figure]:
    at = milliseconds(event.time)
    found = {"/fund_amount": fact.fund_amount, "/counterpart_amount": fact.counterpart_amount}
    figures = {
        figure_key(event.id, name): Figure(plain(money.value), money.currency, "approved", "", "", at)
        for name, money in found.items()
        if money is not None
    }
    for i, pledge in enumerate(fact.plan.pledges):
        key = figure_key(event.id, f"/plan/pledges/{i}/amount")
        figures[key] = Figure(plain(pledge.amount.value), pledge.amount.currency, "pledged", pledge.id, "", at)
    return figures


def _contributed(
    state: State, fact: events.ContributionPledged | events.ContributionReceived, event: CloudEvent[Fact]
) -> State:
    what, amount, pledge = fact.contribution_id, fact.amount, isinstance(fact, events.ContributionPledged)
    contributions = state.contributions
    if what not in contributions or pledge:
        pledged = amount.value if pledge else None
        shared = Contribution(fact.contributor, fact.kind, amount.currency, fact.valuation_method, pledged)
        contributions = {**contributions, what: shared}
    document = "" if isinstance(fact, events.ContributionPledged) else mark(fact.document)
    stage: Literal["pledged", "received"] = "pledged" if pledge else "received"
    figure = Figure(plain(amount.value), amount.currency, stage, what, document, milliseconds(event.time))
    return _with(state, contributions=contributions, figures={**state.figures, event.id: figure})


def _settled(
    state: State, fact: events.ContributionCertified | events.ContributionRejected, event: CloudEvent[Fact]
) -> State:
    accepted = isinstance(fact, events.ContributionCertified)
    receipt = state.figures[fact.receipt_id]._replace(stage="certified" if accepted else "rejected")
    own = Figure(
        plain(fact.amount.value),
        fact.amount.currency,
        "certification" if accepted else "rejection",
        fact.contribution_id,
        "",
        milliseconds(event.time),
    )
    return _with(state, figures={**state.figures, fact.receipt_id: receipt, event.id: own})
