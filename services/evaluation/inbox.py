"""Intake's events become evaluation's own orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from services.evaluation.commands import AssessRevision, CancelReview, ConfirmReview, EndAssessment, ReviewCommand
from services.evaluation.decider import REVIEW
from shared.contracts import Recorded
from shared.contracts import intake as events
from shared.contracts.values import PolicyRef
from shared.programme.classify import classify
from shared.programme.policy import Policy, in_force
from shared.programme.screen import screen, typology_for
from shared.service import Service


def order_of(event: Recorded, policies: Sequence[Policy]) -> tuple[str, ReviewCommand] | None:
    """The proposal's id and what is to be done about it; None if the event asks nothing of evaluation.

    The policy is the one in force on the day (UTC) that the revision was recorded; LookupError if none was.
    """
    match event.fact:
        case events.ProposalSubmitted() | events.ProposalRevised() as fact:
            return fact.proposal_id, _assess(event, fact, in_force(policies, _day(event)))
        case events.ProposalLocked() as fact:
            return fact.proposal_id, ConfirmReview(revision=fact.revision)
        case events.ProposalLockRefused() as fact:
            return fact.proposal_id, CancelReview(revision=fact.revision, reason=fact.reason)
        case events.ProposalWithdrawn() as fact:
            return fact.proposal_id, EndAssessment()
        case _:
            return None


def _day(event: Recorded) -> date:
    return event.recorded.astimezone(UTC).date()


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
    """The Kafka door for `intake.proposals`; `policies` are those that the service has published."""

    service: Service
    policies: Sequence[Policy]

    async def react(self, event: Recorded) -> None:
        """Carry out what the event asks for; a repetition changes nothing."""
        order = order_of(event, self.policies)
        if order is not None:
            proposal_id, command = order
            await self.service.react(REVIEW, f"review-{proposal_id}", command, event, type(command).__name__)
