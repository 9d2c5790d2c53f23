"""What may be done with a project, and what follows from it. Pure.

A project runs until it is cancelled; after that only corrections are taken. The rules of counterpart contributions and
of corrections are in `figures.py`, the state in `state.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import assert_never

from services.monitoring import figures
from services.monitoring.commands import (
    AchieveResult,
    CancelProject,
    CertifyContribution,
    CompleteActivity,
    CorrectFigure,
    CorrectPlace,
    ProjectCommand,
    ReachMilestone,
    RecordContribution,
    RejectContribution,
    StartActivity,
    StartProject,
)
from services.monitoring.evolve import evolve, fold
from services.monitoring.refusals import refused
from services.monitoring.state import State, achievement
from shared.contracts import Fact
from shared.contracts import monitoring as events
from shared.contracts.values import Cluster
from shared.decider import Decider
from shared.programme.clusters import clusters_of

MOST = 20_000
"""Events that a project may have: the document that readers get then stays well below what MongoDB holds (16 MB)."""


def decide(command: ProjectCommand, state: State, now: datetime) -> Sequence[Fact]:
    """The facts that the order leads to; raises `Refused`."""
    if isinstance(command, StartProject):
        return _start(command, state)
    _must_be_possible(command, state, now)
    match command:
        case StartActivity():
            return _start_activity(command, state)
        case CompleteActivity():
            return _complete_activity(command, state, now)
        case ReachMilestone():
            return _reach(command, state)
        case RecordContribution():
            return figures.record(command, state)
        case CertifyContribution() | RejectContribution():
            return figures.settle(command, state, now)
        case AchieveResult():
            return _achieve(command, state)
        case CorrectFigure():
            return figures.correct(command, state)
        case CorrectPlace():
            return _correct_place(command, state)
        case CancelProject():
            cancelled = state.status == "cancelled"
            return [] if cancelled else [events.ProjectCancelled(**figures.about(state), reason=command.reason)]
        case _:
            assert_never(command)


def _start(command: StartProject, state: State) -> Sequence[Fact]:
    if state.status == "absent":
        return [events.ProjectStarted(**dict(command.terms), approval_id=command.approval_id)]
    if command.approval_id != state.approval_id:
        raise refused("state.started", "/approval_id")
    return []


def _must_be_possible(command: ProjectCommand, state: State, now: datetime) -> None:
    """Whether anything of this kind can be ordered, and at this time."""
    if state.status == "absent":
        raise refused("state.absent")
    if not isinstance(command, CorrectFigure | CorrectPlace | CancelProject):
        if state.status == "cancelled":
            raise refused("state.cancelled")
        if state.events >= MOST:
            raise refused("state.full", most=MOST)
    at = command.at or now
    if at > now:
        raise refused("time.future", "/at", at=at.isoformat())
    if at < datetime.combine(state.approved_on, time.min, UTC):
        raise refused("time.before_approval", "/at", at=at.isoformat(), approved=state.approved_on)


def _start_activity(command: StartActivity, state: State) -> Sequence[Fact]:
    activity = command.activity_id
    _must_be_planned("activity", activity, state.activities, state)
    started = state.activities[activity].started
    if started is None:
        return [events.ActivityStarted(**figures.about(state), activity_id=activity)]
    if command.at not in (None, started):
        raise refused("state.activity_started", "/at", activity=activity, at=started.isoformat())
    return []


def _complete_activity(command: CompleteActivity, state: State, now: datetime) -> Sequence[Fact]:
    activity = command.activity_id
    _must_be_planned("activity", activity, state.activities, state)
    started, completed = state.activities[activity]
    if started is None:
        raise refused("state.not_started", "/activity_id", activity=activity)
    if completed is not None:
        if command.at not in (None, completed):
            raise refused("state.activity_completed", "/at", activity=activity, at=completed.isoformat())
        return []
    if (command.at or now) < started:
        raise refused("activity.before_start", "/at", activity=activity, at=started.isoformat())
    return [events.ActivityCompleted(**figures.about(state), activity_id=activity)]


def _reach(command: ReachMilestone, state: State) -> Sequence[Fact]:
    milestone = command.milestone_id
    _must_be_planned("milestone", milestone, state.milestones, state)
    reached = state.milestones[milestone]
    if reached is None:
        return [events.MilestoneReached(**figures.about(state), milestone_id=milestone, evidence=command.evidence)]
    if command.evidence != reached.evidence or command.at not in (None, reached.at):
        said = {"at": reached.at.isoformat(), "evidence": reached.evidence}
        raise refused("state.milestone_reached", "/evidence", milestone=milestone, **said)
    return []


def _must_be_planned(what: str, id: str, planned: Mapping[str, object], state: State) -> None:
    if id in planned:
        return
    if not state.planned:
        raise refused("plan.unknown", f"/{what}_id")
    raise refused(f"{what}.unknown", f"/{what}_id", known=_listed(planned), **{what: id})


def _achieve(command: AchieveResult, state: State) -> Sequence[Fact]:
    """A later measurement of the same indicator is a fact of its own; the same one said twice is not."""
    code, indicator = command.result, command.indicator
    if indicator is not None and command.value is None:
        raise refused("result.value_missing", "/value")
    if indicator is None and command.value is not None:
        raise refused("result.indicator_missing", "/indicator")
    if state.planned:
        _must_be_promised(command, state)
    known = state.achieved.get(achievement(code, indicator, command.value, command.evidence))
    if known is not None and command.at in (None, known):
        return []
    return [
        events.ResultAchieved(
            **figures.about(state), result=code, indicator=indicator, value=command.value, evidence=command.evidence
        )
    ]


def _must_be_promised(command: AchieveResult, state: State) -> None:
    code, indicator = command.result, command.indicator
    if code not in state.results:
        raise refused("result.unknown", "/result", result=code, known=_listed(state.results))
    if indicator is not None and indicator not in state.results[code]:
        known = _listed(state.results[code])
        raise refused("result.indicator", "/indicator", result=code, indicator=indicator, known=known)


def _correct_place(command: CorrectPlace, state: State) -> Sequence[Fact]:
    index, becomes, count = command.index, command.becomes.place, len(state.places)
    if command.corrects != state.started_id:
        raise refused("place.unknown_event", "/corrects", corrects=command.corrects, started=state.started_id)
    if index >= count:
        raise refused("place.index", "/index", index=index, count=count)
    if becomes.subdivision is not None and not becomes.subdivision.startswith(f"{state.country}-"):
        wrong = {"subdivision": becomes.subdivision, "country": state.country}
        raise refused("place.country", "/becomes/subdivision", **wrong)
    if becomes == state.places[index]:
        return []
    places = [*state.places[:index], becomes, *state.places[index + 1 :]]
    return [
        events.PlaceCorrected(
            **figures.about(state),
            corrects=command.corrects,
            index=index,
            was=state.places[index],
            becomes=becomes,
            clusters=[Cluster(**dict(cluster)) for cluster in clusters_of(state.country, places)],
            reason=command.reason,
        )
    ]


def _listed(names: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join(names) or "-"


DECIDER: Decider[ProjectCommand, State] = Decider("project", State(), decide, evolve, 3, fold)
