"""What may be done with a review: given facts, when an order, then facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from services.evaluation.commands import (
    ApproveProposal,
    CancelReview,
    ConfirmReview,
    EndAssessment,
    OpenReview,
    RejectProposal,
    ReturnProposal,
    ReviewCommand,
)
from services.evaluation.decider import REVIEW
from shared.contracts.base import Fact
from shared.contracts.evaluation import ProjectApproved, ReviewCancelled, ReviewConfirmed, ReviewOpened
from shared.contracts.values import Money, PolicyRef
from shared.errors import Refused
from shared.testing import NOW, decide, event
from tests.evaluation.examples import (
    ABOUT,
    ASSESSED,
    COFFEE,
    CONFIRMED,
    ENDED,
    LOCKED,
    LONGER,
    OPENED,
    REJECTED,
    RETURNED,
    WHY,
    assess,
    assessed,
)

OPEN = OpenReview(revision=1)
CONFIRM = ConfirmReview(revision=1)
CANCEL = CancelReview(revision=1, reason="replaced")
END = EndAssessment()
APPROVE = ApproveProposal(revision=1, reasons=WHY)
REJECT = RejectProposal(revision=1, reasons=WHY)
RETURN = ReturnProposal(revision=1, reasons=WHY)
REPLACED = ReviewCancelled(**ABOUT, revision=1, reason="replaced")
[APPROVED] = decide(REVIEW, LOCKED, APPROVE)
SECOND = assessed(2, LONGER, before=COFFEE)
OPENED_2 = ReviewOpened(**ABOUT, revision=2)
CONFIRMED_2 = ReviewConfirmed(**ABOUT, revision=2)


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        ([], assess(), ASSESSED),
        (ASSESSED, assess(), []),
        (ASSESSED, assess(2, LONGER), SECOND),
        ([*ASSESSED, *SECOND], assess(), []),
        ([*ASSESSED, OPENED], assess(2, LONGER), SECOND),
        ([*LOCKED, RETURNED], assess(2, LONGER), SECOND),
        ([*ASSESSED, ENDED], assess(2, LONGER), []),
        ([*LOCKED, REJECTED], assess(2, LONGER), []),
        (ASSESSED, OPEN, [OPENED]),
        ([*ASSESSED, OPENED], OPEN, []),
        (LOCKED, OPEN, []),
        ([*ASSESSED, OPENED, REPLACED], OPEN, [OPENED]),
        ([*ASSESSED, *SECOND], OpenReview(revision=2), [ReviewOpened(**ABOUT, revision=2)]),
        ([*ASSESSED, OPENED], CONFIRM, [CONFIRMED]),
        (LOCKED, CONFIRM, []),
        (ASSESSED, CONFIRM, []),
        ([*ASSESSED, OPENED, *SECOND], CONFIRM, []),
        ([], CONFIRM, []),
        ([*ASSESSED, OPENED], CANCEL, [REPLACED]),
        ([*ASSESSED, OPENED, REPLACED], CANCEL, []),
        ([*ASSESSED, OPENED, *SECOND], CANCEL, [REPLACED]),
        ([*ASSESSED, OPENED, *SECOND, ReviewOpened(**ABOUT, revision=2)], CANCEL, []),
        (LOCKED, CANCEL, []),
        (ASSESSED, END, [ENDED]),
        ([*ASSESSED, OPENED], END, [ENDED]),
        ([*LOCKED, RETURNED], END, [ENDED]),
        ([*ASSESSED, ENDED], END, []),
        ([*LOCKED, REJECTED], END, []),
        ([], END, []),
        ([*LOCKED, APPROVED], APPROVE, []),
        (LOCKED, REJECT, [REJECTED]),
        ([*LOCKED, REJECTED], REJECT, []),
        (LOCKED, RETURN, [RETURNED]),
        ([*LOCKED, RETURNED], RETURN, []),
    ],
)
def test_what_follows(given: Sequence[Fact], when: ReviewCommand, then: Sequence[Fact]) -> None:
    assert decide(REVIEW, given, when) == list(then)


@pytest.mark.parametrize(
    ("given", "when", "code"),
    [
        ([], OPEN, "state.absent"),
        ([], APPROVE, "state.absent"),
        ([*ASSESSED, ENDED], OPEN, "state.withdrawn"),
        ([*ASSESSED, ENDED], APPROVE, "state.withdrawn"),
        ([*ASSESSED, *SECOND], OPEN, "state.outdated"),
        (LOCKED, ApproveProposal(revision=2), "state.outdated"),
        (LOCKED, RejectProposal(revision=2, reasons=WHY), "state.outdated"),
        (ASSESSED, APPROVE, "state.unlocked"),
        (ASSESSED, REJECT, "state.unlocked"),
        ([*ASSESSED, OPENED, REPLACED], APPROVE, "state.unlocked"),
        ([*ASSESSED, OPENED], APPROVE, "state.locking"),
        ([*ASSESSED, OPENED], RETURN, "state.locking"),
        (LOCKED, RejectProposal(revision=1, reasons=[]), "review.reasons"),
        (LOCKED, ReturnProposal(revision=1, reasons=[]), "review.reasons"),
        ([*LOCKED, RETURNED], OPEN, "state.returned"),
        ([*LOCKED, RETURNED], APPROVE, "state.returned"),
        ([*LOCKED, RETURNED], ReturnProposal(revision=1, reasons=[{"en": "another"}]), "state.returned"),
        ([*LOCKED, REJECTED], APPROVE, "state.decided"),
        ([*LOCKED, REJECTED], RejectProposal(revision=1, reasons=[{"en": "another"}]), "state.decided"),
        ([*LOCKED, APPROVED], REJECT, "state.decided"),
        ([*LOCKED, APPROVED], RETURN, "state.decided"),
        ([*LOCKED, APPROVED], OPEN, "state.decided"),
        ([*LOCKED, APPROVED], ApproveProposal(revision=1), "state.decided"),
        ([*LOCKED, APPROVED], ApproveProposal(revision=1, reasons=WHY, approved_on=date(2025, 1, 1)), "state.decided"),
        (LOCKED, ApproveProposal(revision=1, approved_on=date(2026, 1, 3)), "approval.future"),
        (LOCKED, ApproveProposal(revision=1, approved_on=date(2026, 1, 1)), "approval.before_submission"),
        (LOCKED, ApproveProposal(revision=1, approved_on=date(1905, 1, 1)), "approval.before_submission"),
    ],
)
def test_what_is_refused(given: Sequence[Fact], when: ReviewCommand, code: str) -> None:
    """A refusal names its rule and explains it, and what to do, in all three languages."""
    with pytest.raises(Refused) as refused:
        decide(REVIEW, given, when)
    assert refused.value.code == code
    assert set(refused.value.texts) == {"es", "pt", "en"}
    assert code == "state.absent" or set(refused.value.fix or {}) == {"es", "pt", "en"}


def test_a_revision_says_what_changed_and_why() -> None:
    [_, classified, screened] = decide(REVIEW, ASSESSED, assess(2, LONGER))
    assert any("60" in change["en"] for change in classified.model_dump()["changes"])
    assert any("referred to a person" in change["en"] for change in screened.model_dump()["changes"])
    assert all(set(change) == {"es", "pt", "en"} for change in classified.model_dump()["changes"])


def test_another_policy_is_told_once_even_if_the_classification_stays() -> None:
    newer = assess(2).model_copy(update={"policy": PolicyRef(version="2027-01-01.firmer", hash="f" * 64)})
    [_, classified, screened] = decide(REVIEW, ASSESSED, newer)
    [told] = classified.model_dump()["changes"] + screened.model_dump()["changes"]
    assert "policy changes from 2000-01-01.default to 2027-01-01.firmer" in told["en"]


def test_a_revision_under_another_policy_says_so() -> None:
    newer = assess(2, LONGER).model_copy(update={"policy": PolicyRef(version="2027-01-01.firmer", hash="f" * 64)})
    [_, classified, _] = decide(REVIEW, ASSESSED, newer)
    first, *_ = classified.model_dump()["changes"]
    assert "2027-01-01.firmer" in first["pt"]
    assert "policy changes from" in first["en"]


def test_an_approval_carries_all_that_its_followers_need() -> None:
    later = NOW + timedelta(days=30)
    [approved] = decide(REVIEW, LOCKED, ApproveProposal(revision=1, approved_on=date(2026, 1, 20)), later)
    assert isinstance(approved, ProjectApproved)
    assert (approved.project_id, approved.proposal_id, approved.revision, approved.reference) == ("p1", "p1", 1, "CO-1")
    assert (approved.approved_on, approved.historical, approved.source) == (date(2026, 1, 20), False, None)
    assert (approved.executing_agency, approved.agency_id) == ("ADEL-CAFE-TOLIMA", "ADEL-CAFE-TOLIMA")
    assert (approved.typology, approved.firms) == ("simple_network", 16)
    assert approved.fund_amount == Money(currency="USD", value=Decimal("180000.00"))
    assert approved.counterpart_amount == Money(currency="USD", value=Decimal("120000.00"))
    assert [cluster.key for cluster in approved.clusters] == ["co-tol-planadas--cafe", "co-tol-chaparral--cafe"]
    plan = approved.plan
    assert (plan.months, plan.start) == (30, date(2027, 2, 1))
    assert [activity.id for activity in plan.activities] == ["A1", "A2", "A3", "A4"]
    assert [(m.id, m.tranche) for m in plan.milestones] == [("M0", 0), ("M1", 1), ("M2", 2)]
    assert next((r.code, r.indicators) for r in plan.results) == ("joint_purchasing", ["I1"])
    assert [(p.id, p.kind, p.amount.value) for p in plan.pledges][:2] == [
        ("C1", "cash", Decimal("50000.00")),
        ("C2", "in_kind", Decimal("20000.00")),
    ]


@pytest.mark.parametrize(("day", "stands"), [(9, False), (10, True), (11, True)])
def test_an_approval_is_of_the_day_of_the_revisions_submission_or_later(day: int, stands: bool) -> None:
    """Of the current revision, and in UTC: 20:00 on the 9th in Bogotá is the 10th."""
    submitted = datetime(2026, 1, 9, 20, tzinfo=timezone(timedelta(hours=-5)))
    first = [event(fact, i) for i, fact in enumerate([*LOCKED, RETURNED])]
    second = [event(fact, i, submitted) for i, fact in enumerate([*SECOND, OPENED_2, CONFIRMED_2], len(first))]
    state = REVIEW.fold(REVIEW.initial, [*first, *second])
    order = ApproveProposal(revision=2, approved_on=date(2026, 1, day))
    if stands:
        assert REVIEW.decide(order, state, NOW + timedelta(days=30))
        return
    with pytest.raises(Refused) as refused:
        REVIEW.decide(order, state, NOW + timedelta(days=30))
    assert (refused.value.pointer, "2026-01-10" in refused.value.texts["pt"]) == ("/approved_on", True)


def test_without_a_day_an_approval_is_of_today() -> None:
    [approved] = decide(REVIEW, LOCKED, ApproveProposal(revision=1))
    assert approved.model_dump()["approved_on"] == NOW.date()
