"""What intake records about proposals, on `intake.proposals`; stream `proposal-...`."""

from __future__ import annotations

from typing import Literal

from shared.contracts.base import Fact
from shared.contracts.values import Text
from shared.programme.proposal import Proposal


class ProposalFact(Fact):
    """What every fact about a proposal says: whose it is, and which revision is meant (from 1)."""

    proposal_id: str
    country: str
    revision: int


class ProposalSubmitted(ProposalFact, type="proposal.submitted.v1"):
    """An office submitted a complete proposal; `reference` is the short name it is called by on the phone."""

    reference: str
    proposal: Proposal


class ProposalRevised(ProposalFact, type="proposal.revised.v1"):
    """The office replaced the proposal by a new revision of it."""

    reference: str
    proposal: Proposal


class ProposalWithdrawn(ProposalFact, type="proposal.withdrawn.v1"):
    """The office took the proposal back."""

    reason: str


class ProposalLocked(ProposalFact, type="proposal.locked.v1"):
    """Evaluation asked for this revision, and it may not be changed while it is decided on."""


class ProposalLockRefused(ProposalFact, type="proposal.lock_refused.v1"):
    """The revision that evaluation asked for is not the current one any more (`current`), or was withdrawn."""

    reason: Literal["withdrawn", "replaced", "decided"]
    current: int


class ProposalUnlocked(ProposalFact, type="proposal.unlocked.v1"):
    """The proposal came back to the office for changes, with the reasons."""

    reasons: list[Text]


class ProposalClosed(ProposalFact, type="proposal.closed.v1"):
    """The decision on the proposal has arrived; it can't be changed any more."""

    outcome: Literal["approved", "rejected"]
    reasons: list[Text]
