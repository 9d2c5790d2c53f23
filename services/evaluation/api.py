"""Evaluation's doors to reviews, and to the decisions of people."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.evaluation import queries
from services.evaluation.commands import (
    ApprovalDay,
    ApproveProposal,
    OpenReview,
    RejectProposal,
    ReturnProposal,
    ReviewCommand,
    midnight,
)
from services.evaluation.decider import REVIEW
from services.evaluation.replies import Listed, Receipt, Shown, receipt, shown
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.paging import After, Limit, Page
from shared.programme.text import Paragraph, Texts
from shared.roles import Action, Caller
from shared.service import Here, Service

router = APIRouter(prefix="/reviews", tags=["reviews"])
Key = Annotated[str, Depends(idempotency_key)]
Speaks = Annotated[Language, Depends(language)]


class Why(Texts):
    """A reason in one or more of Spanish, Portuguese and English."""

    es: Paragraph | None = None
    pt: Paragraph | None = None
    en: Paragraph | None = None


Reasons = Annotated[list[Why], Field(max_length=10)]
"""At most 120 kB: those of a proposal's 100 revisions stay in one document, of at most 16 MB, here and at intake."""


class Opening(BaseModel):
    """Which revision is to be decided on."""

    revision: Annotated[int, Field(ge=1, le=1_000_000)]


class Answer(Opening):
    """A rejection, or a return for changes, with its reasons for the office."""

    reasons: Reasons


class Approval(Opening):
    """An approval; `approved_on` is the day of the decision (UTC) if that is not today."""

    reasons: Reasons = []
    approved_on: ApprovalDay | None = None


@router.get("", summary="Reviews, newest first")
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


@router.get("/{proposal_id}", summary="A review as it is now")
async def read_review(
    caller: Annotated[Caller, allow("review.read")], proposal_id: str, speaks: Speaks, here: Here
) -> Shown:
    """Each finding explained in the caller's language, with the facts it used."""
    found = await queries.review(here, proposal_id)
    if found is None or not caller.may("review.read", country=found["country"]):
        raise not_found(speaks)
    return shown(found, speaks)


@router.post("/{proposal_id}/opening", summary="Open the review of a revision")
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


@router.post("/{proposal_id}/approval", summary="Approve a locked revision")
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


@router.post("/{proposal_id}/rejection", summary="Reject a locked revision")
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


@router.post("/{proposal_id}/return", summary="Return a locked revision for changes")
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
