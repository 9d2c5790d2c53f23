"""Evaluation's doors: reviews and decisions, historical approvals, policies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.evaluation import backtesting, queries
from services.evaluation.commands import (
    ApproveProposal,
    Day,
    OpenReview,
    RegisterApproval,
    RejectProposal,
    ReturnProposal,
    ReviewCommand,
    midnight,
)
from services.evaluation.decider import REVIEW
from services.evaluation.records import APPROVAL
from services.evaluation.replies import (
    Listed,
    ListedPolicy,
    Receipt,
    Registered,
    Shown,
    ShownPolicy,
    Tried,
    listed_policies,
    no_policy,
    receipt,
    shown,
    tried,
)
from services.evaluation.terms import historical_id
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.paging import After, Limit, Page
from shared.programme.historical import HistoricalProject
from shared.programme.policy import PolicyError
from shared.programme.policy_yaml import LARGEST
from shared.programme.text import Texts
from shared.roles import Action, Caller
from shared.service import Here, Service

router = APIRouter()
Key = Annotated[str, Depends(idempotency_key)]
Speaks = Annotated[Language, Depends(language)]
Reasons = Annotated[list[Texts], Field(max_length=20)]


class Opening(BaseModel):
    """Which revision is to be decided on."""

    revision: Annotated[int, Field(ge=1, le=1_000_000)]


class Answer(Opening):
    """A rejection, or a return for changes, with its reasons for the office."""

    reasons: Reasons


class Approval(Opening):
    """An approval; `approved_on` is the day of the decision (UTC) if that is not today."""

    reasons: Reasons = []
    approved_on: Day | None = None


class PolicyText(BaseModel):
    """The text of a policy file (YAML)."""

    text: Annotated[str, Field(max_length=LARGEST)]


@router.get("/reviews", tags=["reviews"], summary="Reviews, newest first")
async def list_reviews(
    caller: Annotated[Caller, allow("review.read")],
    speaks: Speaks,
    here: Here,
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    status: Literal["assessed", "opened", "confirmed", "approved", "rejected", "returned", "ended"] | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[Listed]:
    """Those within the caller's reach."""
    found, following = await queries.reviews(here, caller.reach("review.read"), country, status, after, limit)
    return Page(items=[Listed.of(document, speaks) for document in found], next=following)


@router.get("/reviews/{proposal_id}", tags=["reviews"], summary="A review as it is now")
async def read_review(
    caller: Annotated[Caller, allow("review.read")], proposal_id: str, speaks: Speaks, here: Here
) -> Shown:
    """Each finding explained in the caller's language, with the facts it used."""
    found = await queries.review(here, proposal_id)
    if found is None or not caller.may("review.read", country=found["country"]):
        raise not_found(speaks)
    return shown(found, speaks)


@router.post("/reviews/{proposal_id}/opening", tags=["reviews"], summary="Open the review of a revision")
async def open_review(
    caller: Annotated[Caller, allow("review.open")],
    proposal_id: str,
    key: Key,
    body: Annotated[Opening, json_body(Opening)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """Intake is asked to lock the revision; its answer shows as `confirmed` in a moment."""
    order = OpenReview(revision=body.revision)
    return await _carry_out(here, caller, "review.open", proposal_id, order, key, speaks)


@router.post("/reviews/{proposal_id}/approval", tags=["reviews"], summary="Approve a locked revision")
async def approve_proposal(
    caller: Annotated[Caller, allow("proposal.approve")],
    proposal_id: str,
    key: Key,
    body: Annotated[Approval, json_body(Approval)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """The proposal becomes a project with the same id."""
    day, reasons = body.approved_on, [text.given() for text in body.reasons]
    at = midnight(day) if day else None
    order = ApproveProposal(revision=body.revision, reasons=reasons, approved_on=day, at=at)
    return await _carry_out(here, caller, "proposal.approve", proposal_id, order, key, speaks)


@router.post("/reviews/{proposal_id}/rejection", tags=["reviews"], summary="Reject a locked revision")
async def reject_proposal(
    caller: Annotated[Caller, allow("proposal.reject")],
    proposal_id: str,
    key: Key,
    body: Annotated[Answer, json_body(Answer)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """Final; the reasons go to the office."""
    order = RejectProposal(revision=body.revision, reasons=[text.given() for text in body.reasons])
    return await _carry_out(here, caller, "proposal.reject", proposal_id, order, key, speaks)


@router.post("/reviews/{proposal_id}/return", tags=["reviews"], summary="Return a locked revision for changes")
async def return_proposal(
    caller: Annotated[Caller, allow("proposal.return")],
    proposal_id: str,
    key: Key,
    body: Annotated[Answer, json_body(Answer)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """The office may then revise it; its next revision is assessed anew."""
    order = ReturnProposal(revision=body.revision, reasons=[text.given() for text in body.reasons])
    return await _carry_out(here, caller, "proposal.return", proposal_id, order, key, speaks)


@router.post("/approvals", tags=["approvals"], status_code=201, summary="Register a historical approval")
async def register_approval(
    caller: Annotated[Caller, allow("approval.register")],
    key: Key,
    body: Annotated[HistoricalProject, json_body(HistoricalProject)],
    here: Here,
) -> Registered:
    """With its real day; what the source does not say stays unknown."""
    caller.require("approval.register", country=body.country)
    project_id = historical_id(body)
    order = RegisterApproval(project_id=project_id, project=body, at=midnight(body.approved_on))
    outcome = await here.order(APPROVAL, f"approval-{project_id}", order, caller, key)
    events = [event.id for event in outcome.events]
    return Registered(project_id=project_id, version=outcome.version, events=events, repeated=outcome.repeated)


@router.get("/approvals/{project_id}", tags=["approvals"], summary="The approval of a project")
async def read_approval(
    caller: Annotated[Caller, allow("review.read")], project_id: str, speaks: Speaks, here: Here
) -> dict[str, Any]:
    """As it was recorded, with its terms and its plan."""
    found = await queries.approval(here, project_id)
    if found is None or not caller.may("review.read", country=found["country"]):
        raise not_found(speaks)
    return {name: value for name, value in found.items() if name != "_id"}


@router.get("/policies", tags=["policies"], summary="The selection policies")
async def list_policies(caller: Annotated[Caller, allow("policy.read")], here: Here) -> Page[ListedPolicy]:
    """All of them, the latest effective one first."""
    documents = await queries.policies(here)
    return Page(items=listed_policies(documents, datetime.now(UTC).date()), next=None)


@router.get("/policies/{version}", tags=["policies"], summary="A selection policy with its text")
async def read_policy(
    caller: Annotated[Caller, allow("policy.read")], version: str, speaks: Speaks, here: Here
) -> ShownPolicy:
    """As it was published."""
    found = await queries.policy(here, version)
    if found is None:
        raise not_found(speaks)
    return ShownPolicy.model_validate(found)


@router.post("/policies/backtest", tags=["policies"], summary="Try a policy on all past proposals")
async def backtest_policy(
    caller: Annotated[Caller, allow("policy.backtest")],
    body: Annotated[PolicyText, json_body(PolicyText)],
    speaks: Speaks,
    here: Here,
) -> Tried:
    """Which findings would flip, by which rule, per country and typology. Nothing is written."""
    try:
        return tried(*await backtesting.run(here, body.text))
    except PolicyError as error:
        raise no_policy(error, speaks) from None


async def _carry_out(
    here: Service, caller: Caller, action: Action, proposal_id: str, order: ReviewCommand, key: str, speaks: Language
) -> Receipt:
    """404 if there is no such review, or none that the caller may see."""
    stream = f"review-{proposal_id}"
    state = await here.state(REVIEW, stream)
    if state.status == "none" or not caller.may("review.read", country=state.country):
        raise not_found(speaks)
    caller.require(action, country=state.country)
    return receipt(await here.order(REVIEW, stream, order, caller, key))
