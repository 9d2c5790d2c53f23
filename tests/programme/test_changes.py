"""What changed between two results of the rules, and why, in words."""

from __future__ import annotations

from typing import Any

import pytest

from shared.programme.changes import compare, compare_screenings
from shared.programme.classify import classify
from shared.programme.findings import Classification, Screening
from shared.programme.policy import Policy
from shared.programme.screen import screen
from shared.programme.words import Explanation
from tests.programme.building import build, default_policy, policy_with

PROFIT = {"axis": "La rentabilidad del negocio colectivo."}
TIED = {"promoter": "lead_firms", **PROFIT}
AWAY = {"groups": ["8"], "results": {"shared_advice": "measures jobs"}}


def found(change: dict[str, Any], policy: Policy | None = None) -> Classification:
    return classify(build("simple network", change), policy or default_policy())


def says(change: Explanation, *words: str) -> bool:
    """Whether the English text has all of the words in this order."""
    rest = change["en"]
    for word in words:
        _, there, rest = rest.partition(word)
        if not there:
            return False
    return True


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, []),
        ({}, {"orientation": "none"}, []),
        ({}, {"money": {"fund": "1", "firms in cash": "1"}}, []),
        ({"groups": ["10", "10"]}, {"groups": ["9", "9"]}, []),
        ({}, {"declared": "complex_network"}, [("declared typology", "simple network", "complex network")]),
        (
            {"groups": ["8"]},
            {"groups": ["1 large (hotel), 7 micro (huerta)"]},
            [("orientation", "horizontal", "vertical")],
        ),
        (
            {"axis": "Exportar"},
            {"axis": "Exportar con confianza"},
            [("confidence", "0.44", "0.52"), ("Strategic axis", "0/0/0", "3/0/0", "confianza")],
        ),
        ({"groups": ["8"]}, AWAY, [("orientation", "horizontal", "unknown")]),
        (
            {"cost items": {"promoter": "100"}},
            {"cost items": {"joint_activities": "100"}},
            [("Main cost items", "promoter", "joint activities")],
        ),
    ],
)
def test_a_revision_changes(before: dict[str, Any], after: dict[str, Any], told: list[tuple[str, ...]]) -> None:
    """Only what counts is told, in three languages: what it was, and what it is now."""
    changes = compare(found(before), found(after))
    assert len(changes) == len(told), [change["en"] for change in changes]
    for change, words in zip(changes, told, strict=True):
        assert says(change, *words), change["en"]
        assert set(change) == {"es", "pt", "en"}


def test_a_typology_that_changes_is_told_first_with_the_rows_that_made_it() -> None:
    """From a simple network to one that a person decides on, and back."""
    away, back = compare(found({}), found(TIED)), compare(found(TIED), found({}))
    assert says(away[0], "typology changes", "simple network", "a person decides")
    assert says(back[0], "typology changes", "a person decides", "simple network")
    for changes in (away, back):
        *_, promoter, axis = changes
        assert says(promoter, "Promoting entity")
        assert says(axis, "Strategic axis")


def test_a_row_that_was_not_there_counts_from_unknown() -> None:
    now = found({})
    [change] = compare(now.model_copy(update={"rows": now.rows[1:]}), now)
    assert says(change, "Promoting entity", "unknown", "3/0/0")


def test_points_are_told_in_the_tables_order() -> None:
    """Simple network, complex network, cluster."""
    [*_, change] = compare(found({}), found(PROFIT))
    assert says(change, "3/0/0", "0/3/0")


def screened(change: dict[str, Any], policy: Policy | None = None) -> Screening:
    return screen(build("cluster", change), policy or default_policy(), "cluster")


def test_a_check_with_another_verdict_is_told_with_its_reason() -> None:
    before, after = screened({}), screened({"sector firms": "29", "months": "61"})
    mass, term = compare_screenings(before, after)
    assert says(mass, "Critical mass: firms", "pass", "referred to a person", "29 firms")
    assert "61 meses" in term["es"]
    assert compare_screenings(after, after) == []


def test_a_changed_policy_is_compared_like_a_revision() -> None:
    stricter = policy_with(("refers: 10, passes: 30", "refers: 10, passes: 311"))
    [change] = compare_screenings(screened({}), screened({}, stricter))
    assert says(change, "pass", "310 firms", "311")


def test_a_check_that_no_longer_applies_is_told() -> None:
    """From cluster to network: the failed critical mass does not vanish without a word."""
    network = screen(build("cluster"), default_policy(), "complex_network")
    gone = [c for c in compare_screenings(screened({"sector firms": "9"}), network) if says(c, "no longer applies")]
    mass, quotient = gone
    assert says(mass, "Critical mass: firms", "fail", "9 firms")
    assert says(quotient, "location quotient", "pass")


def test_a_check_that_is_new_counts_from_unknown() -> None:
    network = screen(build("cluster"), default_policy(), "simple_network")
    new = [change for change in compare_screenings(network, screened({})) if says(change, "Critical mass")]
    assert len(new) == 2
    assert all(says(change, "unknown", "pass") for change in new)
