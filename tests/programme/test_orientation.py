"""Horizontal or vertical: firm sizes, stages of the process and relation, and what most of them point to."""

from __future__ import annotations

from typing import Any

import pytest

from shared.programme.classify import classify
from shared.programme.facts import Facts, facts_of
from shared.programme.orientation import orient
from tests.programme.building import build, default_policy

NOTHING = {"shared_advice": "measured"}
PEERS = {"joint_purchasing": "measures cost"}
SUPPLY = {"supplier_networks": "measures sales"}
H, V = "horizontal", "vertical"


@pytest.mark.parametrize(
    ("groups", "results", "rows", "orientation"),
    [
        # sizes: neighbouring classes are similar
        (["8 micro"], NOTHING, (H, None, None), H),
        (["4 micro, 4 small"], NOTHING, (H, None, None), H),
        (["4 small, 4 medium"], NOTHING, (H, None, None), H),
        (["4 medium, 4 large"], NOTHING, (H, None, None), H),
        (["7 micro, 1 medium"], NOTHING, (V, None, None), V),
        (["7 small, 1 large"], NOTHING, (V, None, None), V),
        (["8 micro", "7 micro, 1 large"], NOTHING, (V, None, None), V),
        (["8 micro", "8 large"], NOTHING, (H, None, None), H),
        # stages: the same within each group, whatever the case and accents
        (["4 micro (taller), 4 micro (TALLÉR)"], NOTHING, (H, H, None), H),
        (["4 micro (taller), 4 micro (tienda)"], NOTHING, (H, V, None), None),
        (["8 micro (taller)", "8 micro (tienda)"], NOTHING, (H, H, None), H),
        (["7 micro (taller), 1 micro"], NOTHING, (H, None, None), H),
        (["8 micro (taller)", "8 micro"], NOTHING, (H, None, None), H),
        # relation: supplier networks before collaboration among peers
        (["8"], PEERS, (None, None, H), H),
        (["8"], {"joint_promotion": "measures sales"}, (None, None, H), H),
        (["8"], SUPPLY, (None, None, V), V),
        (["8"], PEERS | SUPPLY, (None, None, V), V),
        (["8"], NOTHING, (None, None, None), None),
        # the majority of what is known; a tie is left open
        (["1 large (hotel), 7 micro (huerta)"], SUPPLY, (V, V, V), V),
        (["1 large (hotel), 7 micro (huerta)"], PEERS, (V, V, H), V),
        (["8 micro (huerta)"], SUPPLY, (H, H, V), H),
        (["8 micro"], SUPPLY, (H, None, V), None),
        (["8", "1 large, 7 micro"], NOTHING, (V, None, None), V),
    ],
)
def test_rows_point_to(
    groups: list[str], results: dict[str, str], rows: tuple[str | None, ...], orientation: str | None
) -> None:
    found, judged = orient(facts_of(build("simple network", {"groups": groups, "results": results})))
    assert [row.row for row in judged] == ["sizes", "stages", "relation"]
    assert tuple(row.points_to for row in judged) == rows
    assert found == orientation


def test_a_row_points_to_the_fields_that_it_used() -> None:
    change: dict[str, Any] = {"groups": ["8", "1 large (hotel), 7 micro (huerta)"], "results": NOTHING | SUPPLY}
    _, (sizes, stages, relation) = orient(facts_of(build("simple network", change)))
    assert sizes.facts == stages.facts == ["/beneficiaries/groups/1/firms"]
    assert relation.facts == ["/results/1/code"]
    assert sizes.explanation["es"].endswith("(micro; grande).")
    assert stages.explanation["pt"].endswith("(hotel; huerta).")


def test_groups_that_differ_are_told_apart() -> None:
    """All micro growers in one, all large packers in the other: alike within each, not among all."""
    groups = ["8 micro (productor)", "9", "4 large (Empacador), 4 large (empacador)"]
    _, (sizes, stages, _) = orient(facts_of(build("simple network", {"groups": groups, "results": NOTHING})))
    assert (sizes.points_to, stages.points_to) == (H, H)
    assert sizes.explanation["es"].endswith("(grupo 1: micro / grupo 3: grande).")
    assert stages.explanation["es"].startswith("En cada grupo, las empresas están en la misma etapa")
    assert stages.explanation["en"].endswith("(group 1: productor / group 3: Empacador).")


def test_groups_that_are_alike_are_told_once() -> None:
    groups = ["8 micro (taller)", "8 micro (taller)"]
    _, (sizes, stages, _) = orient(facts_of(build("simple network", {"groups": groups, "results": NOTHING})))
    assert sizes.explanation["pt"].endswith("(micro).")
    assert stages.explanation["pt"].endswith("(taller).")


def test_where_nothing_is_known_nothing_is_said() -> None:
    found, rows = orient(Facts())
    assert found is None
    assert [(row.points_to, row.facts) for row in rows] == [(None, [])] * 3


@pytest.mark.parametrize(
    ("base", "declared", "found", "differs"),
    [
        ("simple network", "horizontal", "horizontal", False),
        ("simple network", "vertical", "horizontal", True),
        ("simple network", "none", "horizontal", False),
        ("complex network", "vertical", "vertical", False),
        ("complex network", "horizontal", "vertical", True),
        ("cluster", "none", None, False),
    ],
)
def test_an_orientation_that_differs_is_flagged(base: str, declared: str, found: str | None, differs: bool) -> None:
    """And never overwritten; a cluster has none."""
    result = classify(build(base, {"orientation": declared}), default_policy())
    assert (result.orientation, result.orientation_mismatch) == (found, differs)
    assert result.orientation_declared == (None if declared == "none" else declared)


def test_what_was_declared_a_network_and_is_a_cluster_has_no_orientation() -> None:
    result = classify(build("cluster", {"declared": "simple_network", "orientation": "vertical"}), default_policy())
    assert (result.typology, result.orientation, result.orientation_mismatch) == ("cluster", None, False)
    assert result.orientation_declared == "vertical"


def test_a_network_that_is_not_settled_keeps_its_orientation() -> None:
    """A tie between the networks leaves the typology to a person; the orientation is the same for both."""
    change = {"promoter": "lead_firms", "axis": "La rentabilidad del negocio colectivo."}
    result = classify(build("simple network", change), default_policy())
    assert (result.typology, result.orientation) == (None, "horizontal")
