"""How each fact changes what the rules know of a project. Pure, and quick: a project may have ten thousands of them."""

from __future__ import annotations

from collections.abc import Callable
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
    milliseconds,
    plain,
    staged,
)
from shared.contracts import CloudEvent, Fact
from shared.contracts import monitoring as events
from shared.decider import changed


def evolve(state: State, event: CloudEvent[Fact]) -> State:
    """The state after one more fact."""
    return _HOW.get(type(event.data), _noted)(state, event.data, event)


def _noted(state: State, fact: Fact, event: CloudEvent[Fact]) -> State:
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


def _pledged(state: State, fact: events.ContributionPledged, event: CloudEvent[Fact]) -> State:
    after = {**state.contributions, fact.contribution_id: _shared(fact, fact.amount.value)}
    return _with(state, contributions=after, figures=_figure(state, fact, event, "pledged", ""))


def _received(state: State, fact: events.ContributionReceived, event: CloudEvent[Fact]) -> State:
    after = state.contributions
    if fact.contribution_id not in after:
        after = {**after, fact.contribution_id: _shared(fact, None)}
    return _with(state, contributions=after, figures=_figure(state, fact, event, "received", mark(fact.document)))


def _certified(state: State, fact: events.ContributionCertified, event: CloudEvent[Fact]) -> State:
    receipt = staged(state.figures[fact.receipt_id], "certified")
    return _with(state, figures=_figure(state, fact, event, "certification", "", {fact.receipt_id: receipt}))


def _rejected(state: State, fact: events.ContributionRejected, event: CloudEvent[Fact]) -> State:
    receipt = staged(state.figures[fact.receipt_id], "rejected")
    return _with(state, figures=_figure(state, fact, event, "rejection", "", {fact.receipt_id: receipt}))


def _shared(fact: events.ContributionPledged | events.ContributionReceived, pledged: Decimal | None) -> Contribution:
    return Contribution(fact.contributor, fact.kind, fact.amount.currency, fact.valuation_method, pledged)


def _figure(
    state: State,
    fact: events.ContributionFact,
    event: CloudEvent[Fact],
    stage: Stage,
    document: str = "",
    settled: dict[str, Figure] | None = None,
) -> dict[str, Figure]:
    """The figures with the event's own, and the receipts that it `settled`."""
    amount = fact.amount
    own = Figure(plain(amount.value), amount.currency, stage, fact.contribution_id, document, milliseconds(event.time))
    return {**state.figures, **(settled or {}), event.id: own}


def _activity_started(state: State, fact: events.ActivityStarted, event: CloudEvent[Fact]) -> State:
    return _with(state, activities={**state.activities, fact.activity_id: Activity(event.time)})


def _activity_completed(state: State, fact: events.ActivityCompleted, event: CloudEvent[Fact]) -> State:
    completed = state.activities[fact.activity_id]._replace(completed=event.time)
    return _with(state, activities={**state.activities, fact.activity_id: completed})


def _milestone_reached(state: State, fact: events.MilestoneReached, event: CloudEvent[Fact]) -> State:
    return _with(state, milestones={**state.milestones, fact.milestone_id: Reached(event.time, fact.evidence)})


def _result_achieved(state: State, fact: events.ResultAchieved, event: CloudEvent[Fact]) -> State:
    key = achievement(fact.result, fact.indicator, fact.value, fact.evidence)
    return _with(state, achieved={**state.achieved, key: event.time})


def _figure_corrected(state: State, fact: events.FigureCorrected, event: CloudEvent[Fact]) -> State:
    key = figure_key(fact.corrects, fact.figure)
    return _with(state, figures={**state.figures, key: state.figures[key]._replace(value=plain(fact.becomes.value))})


def _place_corrected(state: State, fact: events.PlaceCorrected, event: CloudEvent[Fact]) -> State:
    at = fact.index
    return _with(state, places=[*state.places[:at], fact.becomes, *state.places[at + 1 :]])


def _cancelled(state: State, fact: events.ProjectCancelled, event: CloudEvent[Fact]) -> State:
    return _with(state, status="cancelled")


_HOW: dict[type[Fact], Callable[[State, Any, CloudEvent[Fact]], State]] = {
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
