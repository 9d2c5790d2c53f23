"""Given someone's event, intake's own order; None for what asks nothing of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.commands import CloseProposal, LockRevision, ReturnProposal
from services.intake.inbox import order_of
from shared.contracts import Fact, evaluation
from shared.contracts.monitoring import Plan

ABOUT: dict[str, Any] = {"proposal_id": "a1", "country": "CO", "revision": 2}
WHY = [{"es": "falta el plan"}]
APPROVED = evaluation.ProjectApproved(
    project_id="a1", country="CO", proposal_id="a1", revision=2, reference="CO-1", approved_on=date(2026, 1, 2),
    historical=False, title={"es": "Red"}, executing_agency="A", typology="simple_network", places=[], clusters=[],
    fund_amount=None, counterpart_amount=None, firms=None, plan=Plan(), reasons=WHY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (evaluation.ReviewOpened(**ABOUT), LockRevision(revision=2)),
        (evaluation.ProposalReturned(**ABOUT, reasons=WHY), ReturnProposal(revision=2, reasons=WHY)),
        (
            evaluation.ProposalRejected(**ABOUT, reasons=WHY),
            CloseProposal(revision=2, outcome="rejected", reasons=WHY),
        ),
        (APPROVED, CloseProposal(revision=2, outcome="approved", reasons=WHY)),
    ],
)
def test_what_evaluation_says_becomes_an_order(given: Fact, order: object) -> None:
    assert order_of(given) == ("a1", order)


@pytest.mark.parametrize(
    "given",
    [
        evaluation.ReviewConfirmed(**ABOUT),
        evaluation.ReviewCancelled(**ABOUT, reason="withdrawn"),
        APPROVED.model_copy(update={"proposal_id": None, "revision": None, "historical": True}),
    ],
)
def test_what_concerns_no_proposal_here_is_passed_over(given: Fact) -> None:
    """A historical approval has no proposal."""
    assert order_of(given) is None
