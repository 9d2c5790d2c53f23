"""Given evaluation's event, monitoring's own order; None for what asks nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.monitoring.commands import StartProject
from services.monitoring.inbox import order_of
from shared.contracts import Fact, evaluation
from shared.contracts.monitoring import ProjectTerms
from shared.testing import event
from tests.monitoring.samples import historical, terms


@pytest.mark.parametrize(
    ("approved", "revision", "begins"),
    [
        (terms(), 2, datetime(2025, 3, 1, tzinfo=UTC)),
        (historical(), None, datetime(2002, 6, 26, tzinfo=UTC)),
    ],
)
def test_an_approval_starts_its_project_on_its_day(
    approved: ProjectTerms, revision: int | None, begins: datetime
) -> None:
    """Whole terms; the approval's event is the approval's id."""
    fact = evaluation.ProjectApproved(**dict(approved), revision=revision, reasons=[{"en": "sound"}])
    stream, order = order_of(event(fact, 7)) or ("", None)
    assert stream == f"project-{approved.project_id}"
    assert order == StartProject(approval_id="event-7", terms=approved, at=begins)
    assert order is not None
    assert type(order.terms) is ProjectTerms


ABOUT: dict[str, Any] = {"proposal_id": "p1", "country": "BR", "revision": 2}


@pytest.mark.parametrize(
    "given",
    [
        evaluation.ReviewOpened(**ABOUT),
        evaluation.ProposalRejected(**ABOUT, reasons=[]),
        evaluation.ProposalReturned(**ABOUT, reasons=[]),
    ],
)
def test_what_approves_nothing_is_passed_over(given: Fact) -> None:
    assert order_of(event(given)) is None
