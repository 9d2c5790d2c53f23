"""What an office and evaluation may do with a proposal: given facts, when an order, then facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.commands import (
    CloseProposal,
    LockRevision,
    ReturnProposal,
    ReviseProposal,
    SubmitProposal,
    WithdrawProposal,
)
from services.intake.decider import DECIDER
from shared.contracts.base import Fact
from shared.contracts.intake import (
    ProposalClosed,
    ProposalLocked,
    ProposalLockRefused,
    ProposalRevised,
    ProposalSubmitted,
    ProposalUnlocked,
    ProposalWithdrawn,
)
from shared.decider import Command
from shared.errors import Refused
from shared.programme.proposal import Proposal
from shared.testing import decide

EXAMPLES = Path(__file__).parents[2] / "shared" / "programme" / "examples"
PROPOSAL = Proposal.model_validate_json((EXAMPLES / "network-coffee-co.json").read_bytes(), extra="forbid")
ABROAD = Proposal.model_validate_json((EXAMPLES / "cluster-furniture-br.json").read_bytes(), extra="forbid")
ABOUT = {"proposal_id": "p1", "country": "CO"}
WHY = [{"en": "the budget is unclear"}]

SUBMITTED = ProposalSubmitted(**ABOUT, revision=1, reference="CO-1", proposal=PROPOSAL)
REVISED = ProposalRevised(**ABOUT, revision=2, reference="CO-1", proposal=PROPOSAL)
LAST_BUT_ONE, LAST = (REVISED.model_copy(update={"revision": number}) for number in (99, 100))
WITHDRAWN = ProposalWithdrawn(**ABOUT, revision=1, reason="no partner")
LOCKED = ProposalLocked(**ABOUT, revision=1)
UNLOCKED = ProposalUnlocked(**ABOUT, revision=1, reasons=WHY)
CLOSED = ProposalClosed(**ABOUT, revision=1, outcome="approved", reasons=[])

SUBMIT = SubmitProposal(proposal_id="p1", reference="CO-1", proposal=PROPOSAL)
REVISE = ReviseProposal(replaces=1, proposal=PROPOSAL)
WITHDRAW = WithdrawProposal(reason="no partner")
LOCK = LockRevision(revision=1)
RETURN = ReturnProposal(revision=1, reasons=WHY)
CLOSE = CloseProposal(revision=1, outcome="approved", reasons=[])


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        ([], SUBMIT, [SUBMITTED]),
        ([SUBMITTED], REVISE, [REVISED]),
        ([SUBMITTED, LAST_BUT_ONE], ReviseProposal(replaces=99, proposal=PROPOSAL), [LAST]),
        ([SUBMITTED], WITHDRAW, [WITHDRAWN]),
        ([SUBMITTED, WITHDRAWN], WITHDRAW, []),
        ([SUBMITTED], LOCK, [LOCKED]),
        ([SUBMITTED, LOCKED], LOCK, []),
        ([SUBMITTED, REVISED], LOCK, [ProposalLockRefused(**ABOUT, revision=1, reason="replaced", current=2)]),
        ([SUBMITTED, WITHDRAWN], LOCK, [ProposalLockRefused(**ABOUT, revision=1, reason="withdrawn", current=1)]),
        ([SUBMITTED, LOCKED, CLOSED], LOCK, [ProposalLockRefused(**ABOUT, revision=1, reason="decided", current=1)]),
        ([SUBMITTED, LOCKED], RETURN, [UNLOCKED]),
        ([SUBMITTED, LOCKED, UNLOCKED], RETURN, []),
        ([SUBMITTED, LOCKED, UNLOCKED], REVISE, [REVISED]),
        ([SUBMITTED, LOCKED], CLOSE, [CLOSED]),
        ([SUBMITTED, LOCKED, CLOSED], CLOSE, []),
    ],
)
def test_what_follows(given: list[Fact], when: Command, then: list[Fact]) -> None:
    assert decide(DECIDER, given, when) == then


@pytest.mark.parametrize(
    ("given", "when", "code"),
    [
        ([SUBMITTED], SUBMIT, "state.submitted"),
        ([], REVISE, "state.absent"),
        ([], LOCK, "state.absent"),
        ([SUBMITTED, REVISED], REVISE, "state.outdated"),
        ([SUBMITTED], ReviseProposal(replaces=1, proposal=ABROAD), "proposal.country"),
        ([SUBMITTED, LAST], ReviseProposal(replaces=100, proposal=PROPOSAL), "state.revisions"),
        ([SUBMITTED, LOCKED], REVISE, "state.locked"),
        ([SUBMITTED, LOCKED], WITHDRAW, "state.locked"),
        ([SUBMITTED, WITHDRAWN], REVISE, "state.withdrawn"),
        ([SUBMITTED, LOCKED, CLOSED], WITHDRAW, "state.closed"),
    ],
)
def test_what_is_refused(given: list[Fact], when: Command, code: str) -> None:
    """A refusal names its rule and explains it in all three languages."""
    with pytest.raises(Refused) as refused:
        decide(DECIDER, given, when)
    assert refused.value.code == code
    assert set(refused.value.texts) == {"es", "pt", "en"}
