"""Findings in one language hold all that the classification and the screening hold."""

from __future__ import annotations

import pytest

from shared.programme.classify import classify
from shared.programme.screen import screen
from shared.programme.spoken import SpokenFindings, findings_in
from tests.programme.building import Change, build, default_policy


def found(change: Change, language: str) -> SpokenFindings:
    proposal = build("simple network", change)
    classification = classify(proposal, default_policy())
    return findings_in(language, classification, screen(proposal, default_policy(), "simple_network"))


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("es", "Se declaró la orientación vertical, y los hechos apuntan a horizontal."),
        ("pt", "Declarou-se a orientação vertical, e os fatos apontam para horizontal."),
        ("en", "Declared as vertical, and the facts point to horizontal."),
    ],
)
def test_a_declared_orientation_that_the_facts_deny_is_told(language: str, says: str) -> None:
    spoken = found({"orientation": "vertical"}, language)
    assert (spoken.orientation, spoken.orientation_declared) == ("horizontal", "vertical")
    assert spoken.orientation_mismatch is not None
    assert spoken.orientation_mismatch.startswith(says)


def test_one_that_follows_from_the_facts_is_no_mismatch() -> None:
    assert found({"orientation": "horizontal"}, "en").orientation_mismatch is None


def test_each_row_of_the_orientation_is_explained() -> None:
    rows = found({}, "es").orientation_rows
    assert [row.row for row in rows] == ["sizes", "stages", "relation"]
    assert all(row.explanation for row in rows)
    assert any(row.points_to == "horizontal" and row.facts for row in rows)


def test_points_come_with_their_origin_and_checks_with_their_typology() -> None:
    spoken = found({}, "es")
    assert {row.origin for row in spoken.rows} == {default_policy().origins["default"].es}
    assert spoken.screened_for == "simple_network"
