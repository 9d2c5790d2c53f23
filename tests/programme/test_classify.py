"""A classification as it is shown: why it is referred to a person, and how it differs from what was declared."""

from __future__ import annotations

from typing import Any

import pytest

from shared.programme.classify import classify
from shared.programme.findings import Classification
from shared.programme.policy import Policy
from tests.programme.building import approved_projects, build, default_policy, with_points
from tests.programme.golden import cases


def golden(name: str, policy: Policy | None = None) -> Classification:
    [case] = [case for case in cases() if case.id == name]
    return classify(case.source, policy or default_policy())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tie-simple-complex", {"es": ["14", "red sencilla", "red compleja"], "en": ["14", "simple", "complex"]}),
        ("tie-complex-cluster", {"pt": ["13", "rede complexa", "cluster"], "en": ["13", "complex network", "cluster"]}),
        ("tie-of-three", {"es": ["12", "red sencilla", "red compleja", "cluster"], "pt": ["12", "rede simples"]}),
        ("lead-1-of-21", {"en": ["complex network", "simple network", "1", "21", "0.0476", "0.1"]}),
        ("lead-2-of-21", {"es": ["red sencilla", "red compleja", "2", "21", "0.0952", "0.1"]}),
        ("approved-co-2000", {"es": ["0", "4"], "pt": ["0", "4"], "en": ["0", "4"]}),
    ],
)
def test_what_is_referred_says_why(name: str, words: dict[str, list[str]]) -> None:
    """A tie names its typologies and points, a low confidence its lead and bound, few facts the rows that are known."""
    found = golden(name)
    assert found.typology is None
    assert found.referred is not None
    for language, parts in words.items():
        for part in parts:
            assert part in found.referred[language], found.referred[language]


def test_facts_that_give_no_points_are_referred() -> None:
    """Only a policy that gives no points can come to this: a proposal always has results and a term."""
    found = classify(build("cluster"), with_points(0, 0, 0))
    assert (found.typology, found.runner_up, found.confidence) == (None, None, "0")
    assert found.referred is not None
    assert "no typology" in found.referred["en"] or "no points" in found.referred["en"]


@pytest.mark.parametrize(
    ("declared", "mismatch"), [("simple_network", False), ("complex_network", True), ("cluster", True)]
)
def test_a_mismatch_is_flagged_and_nothing_overwritten(declared: str, mismatch: bool) -> None:
    found = classify(build("simple network", {"declared": declared, "orientation": "none"}), default_policy())
    assert (found.typology, found.declared, found.mismatch) == ("simple_network", declared, mismatch)
    assert (found.mismatch_explanation is not None) == mismatch
    if found.mismatch_explanation is not None:
        assert "red sencilla" in found.mismatch_explanation["es"]
        assert {"complex_network": "complex network", "cluster": "cluster"}[declared] in found.mismatch_explanation[
            "en"
        ]


def test_what_a_person_decides_is_no_mismatch() -> None:
    assert golden("tie-simple-complex").mismatch is False


@pytest.mark.parametrize(
    ("name", "runner_up"),
    [("simple-network", "complex_network"), ("complex-network", "simple_network"), ("cluster", None)],
)
def test_the_runner_up_is_named_if_it_has_points(name: str, runner_up: str | None) -> None:
    assert golden(name).runner_up == runner_up


def test_rows_have_their_names_in_three_languages() -> None:
    labels = [row.label for row in golden("simple-network").rows]
    assert [label["es"] for label in labels] == [
        "Entidad promotora",
        "Empresas beneficiarias",
        "Impactos y resultados",
        "Principales ítems de costos",
        "Plazo",
        "Enfoque territorial",
        "Eje estratégico",
    ]
    assert all(set(label) == {"es", "pt", "en"} for label in labels)


@pytest.mark.parametrize("project", approved_projects(), ids=lambda project: project.country)
def test_an_approved_project_is_left_to_a_person_without_a_made_up_fact(project: Any) -> None:
    found = classify(project, default_policy())
    assert (found.typology, found.attainable, found.orientation) == (None, 0, None)
    assert all(not row.known and not row.facts for row in found.rows)
