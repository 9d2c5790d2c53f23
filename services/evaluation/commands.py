"""Evaluation's orders about reviews, historical approvals and policies. Unknown fields are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.values import PolicyRef, Text
from shared.decider import Command
from shared.programme.findings import Classification, Screening
from shared.programme.historical import HistoricalProject
from shared.programme.proposal import Proposal
from shared.programme.text import WRITTEN_DAY

EARLIEST = date(1900, 1, 1)
ApprovalDay = Annotated[date, Field(ge=EARLIEST), WRITTEN_DAY]


def midnight(day: date) -> datetime:
    """When something happened of which only the day is known: its first moment, UTC."""
    return datetime.combine(day, time(), UTC)


class AssessRevision(Command):
    """A revision arrived; `classification` and `screening` are the rules' findings under `policy`.

    `at` is when the office submitted it: an assessment tells of the proposal as it was then.
    """

    proposal_id: str
    country: str
    revision: int
    reference: str
    proposal: Proposal
    policy: PolicyRef
    classification: Classification
    screening: Screening


class OpenReview(Command):
    """Someone wants to decide on this revision."""

    revision: int


class ConfirmReview(Command):
    """Intake has locked this revision."""

    revision: int


class CancelReview(Command):
    """Intake could not lock this revision."""

    revision: int
    reason: Literal["withdrawn", "replaced", "decided"]


class EndAssessment(Command):
    """The office withdrew the proposal."""


class ApproveProposal(Command):
    """Approve this locked revision; `approved_on` is the day of the decision if that is not today."""

    revision: int
    reasons: list[Text] = []
    approved_on: ApprovalDay | None = None


class RejectProposal(Command):
    """Reject this locked revision."""

    revision: int
    reasons: list[Text]


class ReturnProposal(Command):
    """Return this locked revision to the office for changes."""

    revision: int
    reasons: list[Text]


Decision = ApproveProposal | RejectProposal | ReturnProposal
ReviewCommand = AssessRevision | OpenReview | ConfirmReview | CancelReview | EndAssessment | Decision


class RegisterApproval(Command):
    """Record an approval of the past, as its source tells of it; `project_id` follows from the project's facts."""

    project_id: str
    project: HistoricalProject


class PublishPolicy(Command):
    """Publish a selection policy; `text` is its file."""

    policy: PolicyRef
    effective: date
    text: str
