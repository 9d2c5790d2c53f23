"""Monitoring's doors: projects, what they do, what they receive, and corrections without erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.monitoring import queries
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
)
from services.monitoring.decider import DECIDER
from services.monitoring.replies import Done, Listed, Shown, done, shown
from services.monitoring.state import State
from shared.decider import Command
from shared.errors import Refused
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.paging import After, Limit, Page
from shared.programme.text import Line, Reason
from shared.roles import Action, Caller
from shared.service import Here, Service

router = APIRouter(tags=["projects"])
Key = Annotated[str, Depends(idempotency_key)]
Speaks = Annotated[Language, Depends(language)]

ADDRESSED = {f"/{name}_id": f"path/{name}" for name in ("activity", "milestone", "receipt")}
"""Fields of orders that no body holds: the address names them."""


class When(Command):
    """When it happened, if that is not now."""


class Evidence(Command):
    """What proves it, and when it happened, if that is not now."""

    evidence: Line


class Rejection(Command):
    """Why a receipt is not accepted."""

    reason: Reason


@router.get("/projects", summary="Projects, newest first")
async def list_projects(
    caller: Annotated[Caller, allow("project.read")],
    speaks: Speaks,
    here: Here,
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    status: Literal["running", "cancelled"] | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[Listed]:
    """Those within the caller's reach: an office's country, an executing agency's own."""
    found, following = await queries.projects(here, caller.reach("project.read"), country, status, after, limit)
    return Page(items=[Listed.of(document, speaks) for document in found], next=following)


@router.get("/projects/{project_id}", summary="A project as it is now")
async def read_project(
    caller: Annotated[Caller, allow("project.read")], project_id: str, speaks: Speaks, here: Here
) -> Shown:
    """With its plan, contributions, results and corrections, each figure with the events behind it."""
    found = await queries.project(here, project_id) if _well_formed(project_id) else None
    if found is None or not caller.may("project.read", country=found["country"], agency=found["agency_id"]):
        raise not_found(speaks)
    return shown(found, speaks)


@router.post("/projects/{project_id}/activities/{activity}/start", summary="Record that an activity started")
async def start_activity(
    caller: Annotated[Caller, allow("activity.start")],
    project_id: str,
    activity: str,
    key: Key,
    body: Annotated[When, json_body(When)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """An activity of the plan."""
    command = StartActivity(activity_id=activity, at=body.at)
    return await _order(here, caller, "activity.start", project_id, command, key, speaks)


@router.post("/projects/{project_id}/activities/{activity}/completion", summary="Record that an activity was completed")
async def complete_activity(
    caller: Annotated[Caller, allow("activity.complete")],
    project_id: str,
    activity: str,
    key: Key,
    body: Annotated[When, json_body(When)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """Its start must have been recorded."""
    command = CompleteActivity(activity_id=activity, at=body.at)
    return await _order(here, caller, "activity.complete", project_id, command, key, speaks)


@router.post("/projects/{project_id}/milestones/{milestone}/reached", summary="Record that a milestone was reached")
async def reach_milestone(
    caller: Annotated[Caller, allow("milestone.reach")],
    project_id: str,
    milestone: str,
    key: Key,
    body: Annotated[Evidence, json_body(Evidence)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """A milestone of the plan, with what proves it."""
    command = ReachMilestone(milestone_id=milestone, evidence=body.evidence, at=body.at)
    return await _order(here, caller, "milestone.reach", project_id, command, key, speaks)


@router.post("/projects/{project_id}/contributions", summary="Record a contribution pledged or received")
async def record_contribution(
    caller: Annotated[Caller, allow("contribution.record")],
    project_id: str,
    key: Key,
    body: Annotated[RecordContribution, json_body(RecordContribution)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """A receipt names its document; the event that the answer names is what is certified or rejected later."""
    return await _order(here, caller, "contribution.record", project_id, body, key, speaks)


@router.post("/projects/{project_id}/receipts/{receipt}/certification", summary="Certify a contribution")
async def certify_contribution(
    caller: Annotated[Caller, allow("contribution.certify")],
    project_id: str,
    receipt: str,
    key: Key,
    body: Annotated[When, json_body(When)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """`receipt` is the id of the event that recorded what was received."""
    command = CertifyContribution(receipt_id=receipt, at=body.at)
    return await _order(here, caller, "contribution.certify", project_id, command, key, speaks)


@router.post("/projects/{project_id}/receipts/{receipt}/rejection", summary="Reject a contribution")
async def reject_contribution(
    caller: Annotated[Caller, allow("contribution.certify")],
    project_id: str,
    receipt: str,
    key: Key,
    body: Annotated[Rejection, json_body(Rejection)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """`receipt` is the id of the event that recorded what was received."""
    command = RejectContribution(receipt_id=receipt, reason=body.reason, at=body.at)
    return await _order(here, caller, "contribution.certify", project_id, command, key, speaks)


@router.post("/projects/{project_id}/results", summary="Record a result")
async def achieve_result(
    caller: Annotated[Caller, allow("result.achieve")],
    project_id: str,
    key: Key,
    body: Annotated[AchieveResult, json_body(AchieveResult)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """A result achieved, or an indicator of it measured."""
    return await _order(here, caller, "result.achieve", project_id, body, key, speaks)


@router.post("/projects/{project_id}/corrections/figures", summary="Correct a figure, without erasing it")
async def correct_figure(
    caller: Annotated[Caller, allow("figure.correct")],
    project_id: str,
    key: Key,
    body: Annotated[CorrectFigure, json_body(CorrectFigure)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """Also after the project was cancelled."""
    return await _order(here, caller, "figure.correct", project_id, body, key, speaks)


@router.post("/projects/{project_id}/corrections/places", summary="Correct a place, without erasing it")
async def correct_place(
    caller: Annotated[Caller, allow("figure.correct")],
    project_id: str,
    key: Key,
    body: Annotated[CorrectPlace, json_body(CorrectPlace)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """The project's clusters follow from its places. Also after the project was cancelled."""
    return await _order(here, caller, "figure.correct", project_id, body, key, speaks)


@router.post("/projects/{project_id}/cancellation", summary="Cancel a project")
async def cancel_project(
    caller: Annotated[Caller, allow("project.cancel")],
    project_id: str,
    key: Key,
    body: Annotated[CancelProject, json_body(CancelProject)],
    speaks: Speaks,
    here: Here,
) -> Done:
    """Final: afterwards only corrections are taken."""
    return await _order(here, caller, "project.cancel", project_id, body, key, speaks)


async def _order(
    here: Service,
    caller: Caller,
    action: Action,
    project_id: str,
    command: ProjectCommand,
    key: str,
    speaks: Language,
) -> Done:
    """Carry the order out; 404 if there is no such project, or none that the caller may see."""
    stream = f"project-{project_id}"
    state = await here.state(DECIDER, stream) if _well_formed(project_id) else State()
    where = {"country": state.country, "agency": state.agency_id}
    if state.status == "absent" or not caller.may("project.read", **where):
        raise not_found(speaks)
    caller.require(action, **where)
    try:
        return done(await here.order(DECIDER, stream, command, caller, key))
    except Refused as error:
        if error.pointer in ADDRESSED:  # the order has it as a field, the door in its address
            error.parameter, error.pointer = ADDRESSED[error.pointer], None
        raise


def _well_formed(project_id: str) -> bool:
    return project_id.isascii() and project_id.replace("-", "").isalnum() and len(project_id) <= 80
