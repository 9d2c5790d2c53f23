"""What evaluation records, on `evaluation.scoring`: streams `review-...`, `approval-...` and `policy-...`."""

from __future__ import annotations

from datetime import date

from shared.contracts.base import Fact
from shared.contracts.monitoring import ProjectTerms
from shared.contracts.values import PolicyRef, Text
from shared.programme.findings import Classification, Screening
from shared.programme.historical import HistoricalProject
from shared.programme.proposal import Proposal


class ReviewFact(Fact):
    """What every fact about a review says; `revision` is the proposal's revision that is meant."""

    proposal_id: str
    country: str
    revision: int


class AssessmentStarted(ReviewFact, type="assessment.started.v1"):
    """A revision arrived and is assessed under the policy in force when it was recorded."""

    reference: str
    policy: PolicyRef
    proposal: Proposal


class ProposalClassified(ReviewFact, type="proposal.classified.v1"):
    """The typology that the proposal's facts add up to, explained."""

    policy: PolicyRef
    classification: Classification
    changes: list[Text] = []


class EligibilityScreened(ReviewFact, type="eligibility.screened.v1"):
    """The machine checks of the selection criteria; a `fail` proposes, a person decides."""

    policy: PolicyRef
    screening: Screening
    changes: list[Text] = []


class AssessmentEnded(ReviewFact, type="assessment.ended.v1"):
    """The office withdrew the proposal; nothing is left to decide."""


class ReviewOpened(ReviewFact, type="review.opened.v1"):
    """Someone asked to decide on this revision; intake is asked to lock it."""


class ReviewConfirmed(ReviewFact, type="review.confirmed.v1"):
    """Intake has locked the revision: it can be decided on."""


class ReviewCancelled(ReviewFact, type="review.cancelled.v1"):
    """Intake could not lock the revision; `reason` is withdrawn, replaced or decided."""

    reason: str


class ProjectApproved(ProjectTerms, type="project.approved.v1"):
    """A project was approved; carries all that its followers need.

    `revision` is the proposal's approved revision, None for a historical approval, which has no proposal but a
    `source`: what headquarters gave, with where its amounts and places are known from.
    """

    revision: int | None
    reasons: list[Text] = []
    source: HistoricalProject | None = None


class ProposalRejected(ReviewFact, type="proposal.rejected.v1"):
    """The proposal was rejected, with the reasons."""

    reasons: list[Text]


class ProposalReturned(ReviewFact, type="proposal.returned.v1"):
    """The proposal was returned for changes, with the reasons."""

    reasons: list[Text]


class PolicyPublished(Fact, type="policy.published.v1"):
    """A selection policy, as it is applied from `effective` on; `text` is the policy file."""

    policy: PolicyRef
    effective: date
    text: str
