"""From the points of the rows to a typology, or to the reason why a person decides."""

from __future__ import annotations

from fractions import Fraction

import pytest

from shared.programme.rows import RowJudgement
from shared.programme.verdict import add_up
from tests.programme.building import default_policy, policy_with, with_maximum
from tests.programme.golden import ROWS

Points = tuple[int, int, int]


def rows(*points: Points) -> list[RowJudgement]:
    """The first rows with these points; the others are not known."""
    known = [RowJudgement(name, True, points=given) for name, given in zip(ROWS, points, strict=False)]
    return known + [RowJudgement(name, False) for name in ROWS[len(points) :]]


NOTHING: Points = (0, 0, 0)


@pytest.mark.parametrize(
    ("points", "typology", "reason", "confidence"),
    [
        ([(3, 0, 0)] * 7, "simple_network", None, Fraction(1)),
        ([(0, 3, 0)] * 7, "complex_network", None, Fraction(1)),
        ([(0, 0, 3)] * 7, "cluster", None, Fraction(1)),
        ([(3, 0, 0)] * 4, "simple_network", None, Fraction(1)),
        ([(3, 0, 0)] * 3, None, "few_facts", Fraction(1)),
        ([], None, "few_facts", Fraction(0)),
        ([NOTHING] * 7, None, "no_points", Fraction(0)),
        ([NOTHING] * 3, None, "few_facts", Fraction(0)),
        ([(3, 3, 0)] * 4, None, "tie", Fraction(0)),
        ([(1, 1, 1)] * 7, None, "tie", Fraction(0)),
        ([(0, 2, 2)] * 5, None, "tie", Fraction(0)),
        ([(3, 2, 0), *[(3, 3, 0)] * 6], None, "low_confidence", Fraction(1, 21)),
        ([(3, 1, 0), *[(3, 3, 0)] * 6], None, "low_confidence", Fraction(2, 21)),
        ([(3, 0, 0), *[(3, 3, 0)] * 6], "simple_network", None, Fraction(3, 21)),
        ([(0, 2, 3), *[(0, 3, 3)] * 3], None, "low_confidence", Fraction(1, 12)),
        ([(0, 1, 3), *[(0, 3, 3)] * 3], "cluster", None, Fraction(2, 12)),
    ],
)
def test_points_lead_to(points: list[Points], typology: str | None, reason: str | None, confidence: Fraction) -> None:
    outcome = add_up(rows(*points), default_policy())
    assert (outcome.typology, outcome.reason, outcome.confidence) == (typology, reason, confidence)
    assert outcome.attainable == 3 * len(points)


def test_the_leader_and_the_runner_up_are_named() -> None:
    """Also where a person decides; among equals the order is the table's."""
    outcome = add_up(rows((1, 3, 2), (0, 3, 2), (0, 0, 0), (0, 0, 0)), default_policy())
    assert (outcome.first, outcome.second) == ("complex_network", "cluster")
    assert list(outcome.points.values()) == [1, 6, 4]
    tied = add_up(rows((0, 2, 2), (0, 2, 2)), default_policy())
    assert (tied.first, tied.second) == ("complex_network", "cluster")


@pytest.mark.parametrize(
    ("minimum", "typology"), [("0.125001", None), ("0.125", "simple_network"), ("0", "simple_network")]
)
def test_a_confidence_on_the_bound_is_enough(minimum: str, typology: str | None) -> None:
    """A lead of 3 of 24 points is 0.125; the comparison is exact."""
    policy = policy_with(("minimum_confidence: 0.10 ", f"minimum_confidence: {minimum} "))
    policy = with_maximum("axis", 6, policy)
    outcome = add_up(rows((3, 0, 0), *[(3, 3, 0)] * 6), policy)
    assert outcome.confidence == Fraction(3, 24)
    assert outcome.typology == typology


def test_a_tie_is_referred_even_if_no_confidence_is_asked_for() -> None:
    policy = policy_with(("minimum_confidence: 0.10 ", "minimum_confidence: 0 "))
    assert add_up(rows(*[(2, 2, 0)] * 7), policy).reason == "tie"


@pytest.mark.parametrize(("needed", "reason"), [("5", None), ("6", "few_facts")])
def test_as_many_rows_are_asked_for_as_the_policy_says(needed: str, reason: str | None) -> None:
    policy = policy_with(("minimum_rows: 4 ", f"minimum_rows: {needed} "))
    assert add_up(rows(*[(3, 0, 0)] * 5), policy).reason == reason
