"""What may be done with a review, and what follows from it. Pure.

A revision is assessed as it arrives; a person opens its review; intake locks it and so confirms; then a person decides.
A newer revision takes the place of the one before; a withdrawal ends it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, assert_never

from pydantic import BaseModel, ConfigDict

from services.evaluation import refusals as say
from services.evaluation.commands import (
    ApproveProposal,
    AssessRevision,
    CancelReview,
    ConfirmReview,
    Decision,
    EndAssessment,
    OpenReview,
    RejectProposal,
    ReturnProposal,
    ReviewCommand,
)
from services.evaluation.terms import terms_of_proposal
from shared.contracts import CloudEvent, Fact
from shared.contracts import evaluation as events
from shared.contracts.values import PolicyRef, Text
from shared.decider import Decider
from shared.errors import Refused
from shared.programme.changes import compare, compare_screenings
from shared.programme.findings import Classification, Screening
from shared.programme.proposal import Proposal
from shared.programme.words import fill

Status = Literal["none", "assessed", "opened", "confirmed", "approved", "rejected", "returned", "ended"]


class State(BaseModel):
    """What the rules need to know of a review. `asked` is the revision that intake was asked to lock, 0 if none.

    `submitted_on` is the day (UTC) on which the office submitted the revision.
    """

    model_config = ConfigDict(frozen=True)

    status: Status = "none"
    proposal_id: str = ""
    country: str = ""
    reference: str = ""
    revision: int = 0
    submitted_on: date | None = None
    asked: int = 0
    policy: PolicyRef | None = None
    proposal: Proposal | None = None
    classification: Classification | None = None
    screening: Screening | None = None
    reasons: list[Text] = []
    approved_on: date | None = None


def evolve(state: State, event: CloudEvent[Fact]) -> State:
    """The state after one more fact."""
    match event.data:
        case events.AssessmentStarted() as fact:
            about = fact.model_dump(include={"proposal_id", "country", "reference", "revision"})
            arrived = {"status": "assessed", "proposal": fact.proposal, "policy": fact.policy}
            submitted_on = event.time.astimezone(UTC).date()
            return state.model_copy(update=about | arrived | {"submitted_on": submitted_on})
        case events.ProposalClassified(classification=classification):
            return state.model_copy(update={"classification": classification})
        case events.EligibilityScreened(screening=screening):
            return state.model_copy(update={"screening": screening})
        case events.ReviewOpened(revision=revision):
            return state.model_copy(update={"status": "opened", "asked": revision})
        case events.ReviewConfirmed():
            return state.model_copy(update={"status": "confirmed", "asked": 0})
        case events.ReviewCancelled():
            status = "assessed" if state.status == "opened" else state.status
            return state.model_copy(update={"status": status, "asked": 0})
        case events.ProjectApproved(reasons=reasons, approved_on=day):
            return state.model_copy(update={"status": "approved", "reasons": reasons, "approved_on": day})
        case events.ProposalRejected(reasons=reasons):
            return state.model_copy(update={"status": "rejected", "reasons": reasons})
        case events.ProposalReturned(reasons=reasons):
            return state.model_copy(update={"status": "returned", "reasons": reasons})
        case events.AssessmentEnded():
            return state.model_copy(update={"status": "ended"})
        case _:
            return state


def decide(command: ReviewCommand, state: State, now: datetime) -> Sequence[Fact]:
    """The facts that the order leads to; raises `Refused`."""
    match command:
        case AssessRevision():
            return _assess(command, state)
        case OpenReview():
            return _open(command, state)
        case ConfirmReview():
            waiting = state.status == "opened" and command.revision == state.revision
            return [events.ReviewConfirmed(**_about(state))] if waiting else []
        case CancelReview():
            about = _about(state) | {"revision": command.revision, "reason": command.reason}
            return [events.ReviewCancelled(**about)] if command.revision == state.asked else []
        case EndAssessment():
            over = state.status in ("none", "ended", "approved", "rejected")
            return [] if over else [events.AssessmentEnded(**_about(state))]
        case ApproveProposal():
            return _approve(command, state, now)
        case RejectProposal():
            return _answer(command, state, events.ProposalRejected, "rejected")
        case ReturnProposal():
            return _answer(command, state, events.ProposalReturned, "returned")
        case _:
            assert_never(command)


def _assess(command: AssessRevision, state: State) -> Sequence[Fact]:
    """An older revision may arrive late, when its parked stream is let go; it says nothing new."""
    if command.revision <= state.revision or state.status in ("ended", "approved", "rejected"):
        return []
    about: dict[str, Any] = {
        "proposal_id": command.proposal_id,
        "country": command.country,
        "revision": command.revision,
        "policy": command.policy,
    }
    policies = (state.policy.version, command.policy.version) if state.policy else None
    reclassified = compare(state.classification, command.classification, policies) if state.classification else []
    rescreened = compare_screenings(state.screening, command.screening) if state.screening else []
    return [
        events.AssessmentStarted(**about, reference=command.reference, proposal=command.proposal),
        events.ProposalClassified(**about, classification=command.classification, changes=reclassified),
        events.EligibilityScreened(**about, screening=command.screening, changes=rescreened),
    ]


def _open(command: OpenReview, state: State) -> Sequence[Fact]:
    _must_be_pending(command.revision, state)
    return [] if state.status in ("opened", "confirmed") else [events.ReviewOpened(**_about(state))]


def _approve(command: ApproveProposal, state: State, now: datetime) -> Sequence[Fact]:
    today = now.date()
    day = command.approved_on or (state.approved_on if state.status == "approved" else None) or today
    if state.status == "approved" and _same(command, state) and day == state.approved_on:
        return []
    if day > today:
        raise Refused("approval.future", say.FUTURE, "/approved_on", say.PAST_DAY)
    proposal = _must_be_decidable(command, state)
    if state.submitted_on and day < state.submitted_on:
        before = fill(say.BEFORE_SUBMISSION, day=state.submitted_on.isoformat())
        raise Refused("approval.before_submission", before, "/approved_on", say.PAST_DAY)
    return [
        events.ProjectApproved(
            **terms_of_proposal(proposal, day),
            project_id=state.proposal_id,
            proposal_id=state.proposal_id,
            reference=state.reference,
            revision=state.revision,
            reasons=command.reasons,
        )
    ]


def _answer(
    command: RejectProposal | ReturnProposal,
    state: State,
    fact: type[events.ProposalRejected] | type[events.ProposalReturned],
    outcome: Status,
) -> Sequence[Fact]:
    if state.status == outcome and _same(command, state):
        return []
    if not command.reasons:
        raise Refused("review.reasons", say.NO_REASONS, "/reasons", say.GIVE_REASONS)
    _must_be_decidable(command, state)
    return [fact(**_about(state), reasons=command.reasons)]


def _same(command: Decision, state: State) -> bool:
    return (command.revision, command.reasons) == (state.revision, state.reasons)


def _about(state: State) -> dict[str, Any]:
    return {"proposal_id": state.proposal_id, "country": state.country, "revision": state.revision}


def _must_be_decidable(command: Decision, state: State) -> Proposal:
    _must_be_pending(command.revision, state)
    if state.status == "opened":
        raise Refused("state.locking", say.LOCKING, fix=say.AWAIT_LOCK)
    if state.status != "confirmed" or state.proposal is None:
        raise Refused("state.unlocked", say.UNLOCKED, fix=say.OPEN_FIRST)
    return state.proposal


def _must_be_pending(revision: int, state: State) -> None:
    if state.status == "none":
        raise Refused("state.absent", say.ABSENT)
    if state.status == "ended":
        raise Refused("state.withdrawn", say.WITHDRAWN, fix=say.NOTHING_TO_DO)
    if state.status in ("approved", "rejected"):
        raise Refused("state.decided", say.DECIDED, fix=say.NOTHING_TO_DO)
    if revision != state.revision:
        raise Refused("state.outdated", say.OUTDATED, "/revision", say.RELOAD)
    if state.status == "returned":
        raise Refused("state.returned", say.RETURNED, fix=say.AWAIT_REVISION)


REVIEW: Decider[ReviewCommand, State] = Decider("review", State(), decide, evolve)
