"""Evaluation's events become intake's own orders."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.commands import CloseProposal, LockRevision, ProposalCommand, ReturnProposal
from services.intake.decider import DECIDER
from shared.contracts import Fact, Recorded
from shared.contracts import evaluation as events
from shared.service import Service

ACTS_ON = (events.ReviewOpened, events.ProposalReturned, events.ProposalRejected, events.ProjectApproved)
"""The facts that ask something of intake."""


def order_of(fact: Fact) -> tuple[str, ProposalCommand] | None:
    """The proposal's id and what is to be done with it; None if the event asks nothing of intake."""
    match fact:
        case events.ReviewOpened():
            return fact.proposal_id, LockRevision(revision=fact.revision)
        case events.ProposalReturned():
            return fact.proposal_id, ReturnProposal(revision=fact.revision, reasons=fact.reasons)
        case events.ProposalRejected():
            return fact.proposal_id, CloseProposal(revision=fact.revision, outcome="rejected", reasons=fact.reasons)
        case events.ProjectApproved(proposal_id=str(proposal_id), revision=int(revision)):
            return proposal_id, CloseProposal(revision=revision, outcome="approved", reasons=fact.reasons)
        case _:
            return None


@dataclass
class Inbox:
    """The Kafka door for `evaluation.scoring`."""

    service: Service

    async def react(self, event: Recorded) -> None:
        """Carry out what the event asks for; a repetition changes nothing."""
        order = order_of(event.fact)
        if order is not None:
            proposal_id, command = order
            await self.service.react(DECIDER, f"proposal-{proposal_id}", command, event, type(command).__name__)
