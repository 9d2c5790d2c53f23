"""Intake's orders about a proposal. Unknown fields are refused."""

from __future__ import annotations

from typing import Literal

from shared.contracts.values import Text
from shared.decider import Command
from shared.programme.proposal import Proposal


class SubmitProposal(Command):
    """Submit a complete proposal; `proposal_id` and `reference` are given by intake, tax ids already replaced."""

    proposal_id: str
    reference: str
    proposal: Proposal


class ReviseProposal(Command):
    """Replace the proposal by a new revision; `replaces` is the revision that the office has seen."""

    replaces: int
    proposal: Proposal


class WithdrawProposal(Command):
    """Take the proposal back."""

    reason: str


class LockRevision(Command):
    """Evaluation asks that this revision be not changed while it is decided on."""

    revision: int


class ReturnProposal(Command):
    """Evaluation returned this revision for changes."""

    revision: int
    reasons: list[Text]


class CloseProposal(Command):
    """Evaluation decided on this revision."""

    revision: int
    outcome: Literal["approved", "rejected"]
    reasons: list[Text]


ProposalCommand = SubmitProposal | ReviseProposal | WithdrawProposal | LockRevision | ReturnProposal | CloseProposal
