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

_SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that sounds or looks like another."""


def reference_of(country: str, proposal_id: str) -> str:
    """The short name of a proposal, fit to be said over the phone, such as `CO-7K3M-9QX2`; from its id (hex)."""
    number = int(proposal_id, 16)
    letters = "".join(_SPOKEN[(number >> (5 * i)) % 32] for i in range(8))
    return f"{country}-{letters[:4]}-{letters[4:]}"
