"""Given someone's event, evaluation's own order; None for what asks nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.evaluation.commands import AssessRevision, CancelReview, ConfirmReview, EndAssessment, ReviewCommand
from services.evaluation.inbox import order_of
from shared.contracts import Fact, evaluation
from shared.contracts import intake as events
from shared.programme.policy import Policy, parse_policy
from shared.programme.policy_time import Published, in_force_at
from shared.testing import NOW
from tests.evaluation.examples import ABOUT, COFFEE, LONGER, POLICY, POLICY_TEXT, WHY, assess, recorded

LATER = parse_policy(
    POLICY_TEXT.replace("version: 2000-01-01.default", "version: 2026-07-01.new").replace(
        "effective: 2000-01-01", "effective: 2026-07-01"
    )
)
BY_VERSION = {policy.version: policy for policy in (LATER, POLICY)}
START = datetime(2020, 1, 1, tzinfo=UTC)


def policies(moment: datetime) -> Policy:
    """Both published at the first start."""
    return at(moment, (LATER, START), (POLICY, START))


def at(moment: datetime, *recorded_at: tuple[Policy, datetime]) -> Policy:
    published = [Published(policy.version, policy.effective, when) for policy, when in recorded_at]
    return BY_VERSION[in_force_at(published, moment).version]


def _at(order: AssessRevision) -> AssessRevision:
    """The order of an event that happened at `NOW`."""
    return order.model_copy(update={"at": NOW})


LOCK: dict[str, Any] = ABOUT | {"revision": 2}


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (events.ProposalSubmitted(**ABOUT, revision=1, reference="CO-1", proposal=COFFEE), _at(assess())),
        (events.ProposalRevised(**ABOUT, revision=2, reference="CO-1", proposal=LONGER), _at(assess(2, LONGER))),
        (events.ProposalLocked(**LOCK), ConfirmReview(revision=2)),
        (
            events.ProposalLockRefused(**LOCK, reason="replaced", current=3),
            CancelReview(revision=2, reason="replaced"),
        ),
        (events.ProposalWithdrawn(**LOCK, reason="no partner"), EndAssessment()),
    ],
)
def test_what_intake_says_becomes_an_order(given: Fact, order: ReviewCommand) -> None:
    assert order_of(recorded(given, stream="proposal-p1"), policies) == ("p1", order)


@pytest.mark.parametrize(
    "given",
    [
        events.ProposalUnlocked(**LOCK, reasons=WHY),
        events.ProposalClosed(**LOCK, outcome="approved", reasons=[]),
        evaluation.ReviewOpened(**LOCK),
    ],
)
def test_what_asks_nothing_is_passed_over(given: Fact) -> None:
    """Evaluation hears of the end of its own decisions, and needs none of it."""
    assert order_of(recorded(given, stream="proposal-p1"), policies) is None


@pytest.mark.parametrize(
    ("at", "policy"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), POLICY),
        (datetime(2026, 7, 1, tzinfo=UTC), LATER),
        (datetime(2026, 6, 30, 20, 0, tzinfo=timezone(timedelta(hours=-5))), LATER),
    ],
)
def test_the_policy_is_the_one_in_force_on_the_day_of_the_record(at: datetime, policy: Any) -> None:
    submitted = events.ProposalSubmitted(**ABOUT, revision=1, reference="CO-1", proposal=COFFEE)
    order = order_of(recorded(submitted, at=at), policies)
    assert order is not None
    assert isinstance(order[1], AssessRevision)
    assert (order[1].policy.version, order[1].policy.hash) == (policy.version, policy.hash)


def test_before_any_policy_nothing_can_be_assessed() -> None:
    submitted = events.ProposalSubmitted(**ABOUT, revision=1, reference="CO-1", proposal=COFFEE)
    with pytest.raises(LookupError):
        order_of(recorded(submitted, at=START), lambda moment: at(moment, (LATER, START)))
