"""Intake's events become evaluation's own orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.evaluation.commands import AssessRevision, CancelReview, ConfirmReview, EndAssessment, ReviewCommand
from services.evaluation.decider import REVIEW
from services.evaluation.rulebook import Rulebook
from shared.contracts import Recorded
from shared.contracts import intake as events
from shared.contracts.values import PolicyRef
from shared.programme.classify import classify
from shared.programme.policy import Policy
from shared.programme.screen import screen, typology_for
from shared.service import Service

ACTS_ON = (
    events.ProposalSubmitted,
    events.ProposalRevised,
    events.ProposalLocked,
    events.ProposalLockRefused,
    events.ProposalWithdrawn,
)
"""The facts that ask something of evaluation."""


def order_of(event: Recorded, policy_at: Callable[[datetime], Policy]) -> tuple[str, ReviewCommand] | None:
    """The proposal's id and what is to be done about it; None if the event asks nothing of evaluation.

    The policy is the one that was in force when the revision was recorded; raises what `policy_at` raises.
    """
    match event.fact:
        case events.ProposalSubmitted() | events.ProposalRevised() as fact:
            return fact.proposal_id, _assess(event, fact, policy_at(event.recorded))
        case events.ProposalLocked() as fact:
            return fact.proposal_id, ConfirmReview(revision=fact.revision)
        case events.ProposalLockRefused() as fact:
            return fact.proposal_id, CancelReview(revision=fact.revision, reason=fact.reason)
        case events.ProposalWithdrawn() as fact:
            return fact.proposal_id, EndAssessment()
        case _:
            return None


def _assess(event: Recorded, fact: events.ProposalSubmitted | events.ProposalRevised, policy: Policy) -> AssessRevision:
    classification = classify(fact.proposal, policy)
    typology = typology_for(fact.proposal.declared_typology, classification.typology)
    return AssessRevision(
        at=event.event.time,
        proposal_id=fact.proposal_id,
        country=fact.country,
        revision=fact.revision,
        reference=fact.reference,
        proposal=fact.proposal,
        policy=PolicyRef(version=policy.version, hash=policy.hash),
        classification=classification,
        screening=screen(fact.proposal, policy, typology),
    )


@dataclass
class Inbox:
    """The Kafka door for `intake.proposals`."""

    service: Service
    rules: Rulebook

    async def react(self, event: Recorded) -> None:
        """Carry out what the event asks for; a repetition changes nothing."""
        await self.rules.know(event.recorded)
        order = order_of(event, self.rules.at)
        if order is not None:
            proposal_id, command = order
            await self.service.react(REVIEW, f"review-{proposal_id}", command, event, type(command).__name__)
