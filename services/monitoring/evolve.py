"""How each fact changes what the rules know of a project. Pure, and quick: a project may have ten thousands of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from services.monitoring.state import (
    Activity,
    Contribution,
    Figure,
    Reached,
    Stage,
    State,
    achievement,
    figure_key,
    mark,
    plain,
    staged,
)
from shared.contracts import CloudEvent, Fact
from shared.contracts import monitoring as events
from shared.decider import changed


def evolve(state: State, event: CloudEvent[Fact]) -> State:
    """The state after one more fact."""
    return fold(state, (event,))


def fold(state: State, facts: Iterable[CloudEvent[Fact]]) -> State:
    """The state after many facts: its tables are copied once, not for each."""
    draft, count = changed(state, **{name: getattr(state, name).copy() for name in _TABLES}), 0
    for event in facts:
        draft = _HOW.get(type(event.data), _noted)(draft, event.data, event) or draft
        count += 1
    return changed(draft, events=state.events + count)


# Each of these changes the tables of a draft, which are its own, or gives the draft to go on with.


def _noted(draft: State, fact: Fact, event: CloudEvent[Fact]) -> None:
    """Nothing that the rules need to know."""


def _started(draft: State, fact: events.ProjectStarted, event: CloudEvent[Fact]) -> State:
    plan = fact.plan
    return changed(
        draft,
        status="running",
        project_id=fact.project_id,
        country=fact.country,
        agency_id=fact.agency_id,
        approval_id=fact.approval_id,
        approved_on=fact.approved_on,
        started_id=event.id,
        planned=not fact.historical,
        places=list(fact.places),
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
    found = {"/fund_amount": fact.fund_amount, "/counterpart_amount": fact.counterpart_amount}
    figures = {
        figure_key(event.id, name): Figure(plain(money.value), money.currency, "approved", "", "", event.time)
        for name, money in found.items()
        if money is not None
    }
    for i, pledge in enumerate(fact.plan.pledges):
        key = figure_key(event.id, f"/plan/pledges/{i}/amount")
        figures[key] = Figure(plain(pledge.amount.value), pledge.amount.currency, "pledged", pledge.id, "", event.time)
    return figures


def _pledged(draft: State, fact: events.ContributionPledged, event: CloudEvent[Fact]) -> None:
    draft.contributions[fact.contribution_id] = _shared(fact, fact.amount.value)
    draft.figures[event.id] = _figure(fact, event, "pledged")


def _received(draft: State, fact: events.ContributionReceived, event: CloudEvent[Fact]) -> None:
    if fact.contribution_id not in draft.contributions:
        draft.contributions[fact.contribution_id] = _shared(fact, None)
    draft.figures[event.id] = _figure(fact, event, "received", mark(fact.document))


def _certified(draft: State, fact: events.ContributionCertified, event: CloudEvent[Fact]) -> None:
    draft.figures[fact.receipt_id] = staged(draft.figures[fact.receipt_id], "certified")
    draft.figures[event.id] = _figure(fact, event, "certification")


def _rejected(draft: State, fact: events.ContributionRejected, event: CloudEvent[Fact]) -> None:
    draft.figures[fact.receipt_id] = staged(draft.figures[fact.receipt_id], "rejected")
    draft.figures[event.id] = _figure(fact, event, "rejection")


def _shared(fact: events.ContributionPledged | events.ContributionReceived, pledged: Decimal | None) -> Contribution:
    return Contribution(fact.contributor, fact.kind, fact.amount.currency, fact.valuation_method, pledged)


def _figure(fact: events.ContributionFact, event: CloudEvent[Fact], stage: Stage, document: str = "") -> Figure:
    value, currency = plain(fact.amount.value), fact.amount.currency
    return Figure(value, currency, stage, fact.contribution_id, document, event.time)


def _activity_started(draft: State, fact: events.ActivityStarted, event: CloudEvent[Fact]) -> None:
    draft.activities[fact.activity_id] = Activity(event.time)


def _activity_completed(draft: State, fact: events.ActivityCompleted, event: CloudEvent[Fact]) -> None:
    known = draft.activities[fact.activity_id]
    draft.activities[fact.activity_id] = known._replace(completed=event.time)


def _milestone_reached(draft: State, fact: events.MilestoneReached, event: CloudEvent[Fact]) -> None:
    draft.milestones[fact.milestone_id] = Reached(event.time, fact.evidence)


def _result_achieved(draft: State, fact: events.ResultAchieved, event: CloudEvent[Fact]) -> None:
    draft.achieved[achievement(fact.result, fact.indicator, fact.value, fact.evidence)] = event.time


def _figure_corrected(draft: State, fact: events.FigureCorrected, event: CloudEvent[Fact]) -> None:
    key = figure_key(fact.corrects, fact.figure)
    draft.figures[key] = draft.figures[key]._replace(value=plain(fact.becomes.value))


def _place_corrected(draft: State, fact: events.PlaceCorrected, event: CloudEvent[Fact]) -> None:
    draft.places[fact.index] = fact.becomes


def _cancelled(draft: State, fact: events.ProjectCancelled, event: CloudEvent[Fact]) -> State:
    return changed(draft, status="cancelled")


_HOW: dict[type[Fact], Callable[[State, Any, CloudEvent[Fact]], State | None]] = {
    events.ProjectStarted: _started,
    events.ActivityStarted: _activity_started,
    events.ActivityCompleted: _activity_completed,
    events.MilestoneReached: _milestone_reached,
    events.ContributionPledged: _pledged,
    events.ContributionReceived: _received,
    events.ContributionCertified: _certified,
    events.ContributionRejected: _rejected,
    events.ResultAchieved: _result_achieved,
    events.FigureCorrected: _figure_corrected,
    events.PlaceCorrected: _place_corrected,
    events.ProjectCancelled: _cancelled,
}
"""A look-up: to ask one class after another costs more than the fold."""
_TABLES = ("places", "activities", "milestones", "results", "achieved", "contributions", "figures")
