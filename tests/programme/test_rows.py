"""The seven rows of the typology table: which answers the facts give, from which fields, and the points they bring."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.programme.facts import Facts, facts_of
from shared.programme.policy import Policy
from shared.programme.rows import RowJudgement, judge_rows
from tests.programme.building import approved_projects, build, default_policy, policy_with, with_maximum
from tests.programme.golden import ROWS

GROUPS = ["/beneficiaries/groups/0", "/beneficiaries/groups/1"]


def row(name: str, facts: Facts, policy: Policy | None = None) -> RowJudgement:
    [found] = [judged for judged in judge_rows(facts, policy or default_policy()) if judged.row == name]
    return found


def test_the_rows_are_the_tables_in_its_order() -> None:
    assert tuple(judged.row for judged in judge_rows(Facts(), default_policy())) == ROWS


def test_where_nothing_is_known_no_row_gives_points() -> None:
    for judged in judge_rows(Facts(), default_policy()):
        assert (judged.known, judged.answers, judged.points, judged.facts) == (False, [], (0, 0, 0), [])


@pytest.mark.parametrize(
    ("base", "change", "name", "answers", "facts"),
    [
        ("simple network", {}, "promoter", ["promotion_agency"], ["/promoter/kind"]),
        ("simple network", {}, "firms", ["simple_network", "complex_network"], GROUPS),
        ("simple network", {"groups": ["8", "?"]}, "firms", [], []),
        ("simple network", {"groups": ["8", "?"], "sector firms": "9"}, "firms", ["cluster"], None),
        ("simple network", {"groups": ["2", "30"]}, "firms", ["outside"], GROUPS),
        ("simple network", {"groups": "none", "sector firms": "15"}, "firms", [], []),
        ("complex network", {"groups": "none", "sector firms": "15"}, "firms", [], []),
        ("cluster", {"sector firms": "0"}, "firms", [], []),
        ("cluster", {"declared": "simple_network"}, "firms", ["cluster"], ["/beneficiaries/firms"]),
        ("cluster", {}, "firms", ["cluster"], ["/beneficiaries/firms"]),
        ("cluster", {"sector firms": "none"}, "firms", ["cluster"], ["/beneficiaries"]),
        ("cluster", {"sector firms": "none", "quotient counts": "none"}, "firms", ["cluster"], ["/beneficiaries"]),
        ("cluster", {"sector firms": "none", "trade association": "none"}, "firms", ["cluster"], ["/beneficiaries"]),
        (
            "cluster",
            {"trade association": "none", "quotient counts": "none"},
            "firms",
            ["cluster"],
            ["/beneficiaries/firms"],
        ),
        (
            "simple network",
            {"sector firms": "40"},
            "firms",
            ["cluster", "simple_network", "complex_network"],
            ["/beneficiaries/firms", *GROUPS],
        ),
        ("simple network", {"trade association": "Gremio"}, "firms", ["simple_network", "complex_network"], GROUPS),
        ("simple network", {}, "impacts", ["limited"], ["/results/0/code", "/results/1/code", "/results/2/code"]),
        ("complex network", {}, "impacts", ["deep"], ["/results/0/code", "/results/1/code", "/results/2/code"]),
        ("cluster", {}, "impacts", ["broad"], ["/results/1/code", "/results/2/code", "/results/3/code"]),
        (
            "simple network",
            {"further results": {"quality_standards": "measured"}},
            "impacts",
            ["deep_uncertain"],
            ["/results/3/code"],
        ),
        (
            "simple network",
            {},
            "cost_items",
            ["promoter", "group_articulator", "joint_activities"],
            [f"/budget/lines/{i}" for i in (0, 1, 2, 3, 4, 6, 7, 8)],
        ),
        ("simple network", {"cost items": {"other": "100"}}, "cost_items", ["none"], None),
        ("simple network", {"cost items": {"promoter": "4.99", "other": "95.01"}}, "cost_items", ["none"], None),
        ("simple network", {"months": "30"}, "term", ["simple_network", "complex_network"], ["/term/months"]),
        ("simple network", {}, "territory", ["place"], ["/places"]),
        ("simple network", {"places": "none"}, "territory", ["none"], ["/places"]),
        ("simple network", {"areas": ["1.1", "1.4"]}, "territory", ["fundamental"], ["/places", "/support_areas/1"]),
        ("cluster", {}, "territory", ["fundamental"], ["/places", "/beneficiaries/specialisation"]),
        ("simple network", {}, "axis", ["trust"], ["/strategic_axis"]),
        ("simple network", {"axis": "Exportar"}, "axis", [], ["/strategic_axis"]),
    ],
)
def test_a_row_answers(
    base: str, change: dict[str, Any], name: str, answers: list[str], facts: list[str] | None
) -> None:
    found = row(name, facts_of(build(base, change)))
    assert [code for code, _ in found.answers] == answers
    assert found.known == bool(answers)
    if facts is not None:
        assert found.facts == facts


@pytest.mark.parametrize(
    ("base", "change", "name", "answers"),
    [
        (
            "simple network",
            {"groups": ["11", "4"]},
            "firms",
            [("simple_network", {"firms": 15, "groups": 2, "sizes": "11, 4"})],
        ),
        ("cluster", {}, "firms", [("cluster", {"firms": 310, "groups": 0, "sizes": ""})]),
        ("cluster", {"sector firms": "none"}, "firms", [("cluster", {"firms": None, "groups": 0, "sizes": ""})]),
        ("simple network", {"promoter": "other"}, "promoter", [("other", {"kind": "other"})]),
        ("cluster", {"cost items": {"other": "100"}}, "cost_items", [("none", {"item": "other", "share": 0})]),
        (
            "simple network",
            {"cost items": {"promoter": "5", "other": "95"}},
            "cost_items",
            [("promoter", {"item": "promoter", "share": (15_000, 300_000)})],
        ),
        ("cluster", {"months": "37"}, "term", [("cluster", {"months": 37})]),
        ("cluster", {"months": "61"}, "term", [("outside", {"months": 61})]),
        ("simple network", {}, "territory", [("place", {"places": 2, "reason": "none"})]),
        ("cluster", {}, "territory", [("fundamental", {"places": 1, "reason": "measured"})]),
        (
            "cluster",
            {"quotient counts": "none"},
            "territory",
            [("fundamental", {"places": 1, "reason": "1.4"})],
        ),
        ("simple network", {"axis": "Mucha Confianza"}, "axis", [("trust", {"word": "Confianza"})]),
    ],
)
def test_an_answer_brings_the_values_of_its_text(
    base: str, change: dict[str, Any], name: str, answers: list[tuple[str, dict[str, object]]]
) -> None:
    assert row(name, facts_of(build(base, change))).answers == answers


@pytest.mark.parametrize(
    ("axis", "silent", "denied"),
    [
        ("Exportar", "axis_unread", ""),
        ("Sin confianza", "axis_denied", "confianza"),
        ("No se trata de confianza ni de rentabilidad", "axis_denied", "confianza, rentabilidad"),
    ],
)
def test_an_axis_without_an_answer_says_why(axis: str, silent: str, denied: str) -> None:
    found = row("axis", facts_of(build("simple network", {"axis": axis})))
    assert (found.known, found.silent, found.denied) == (False, silent, denied)


def test_lines_of_nothing_are_no_budget() -> None:
    facts = replace(facts_of(build("simple network")), items={"promoter": Decimal(0)})
    assert row("cost_items", facts).known is False


def test_a_count_of_the_past_may_be_a_groups_or_a_sectors() -> None:
    """So the row stays unknown, and no typology gets points for it."""
    project = approved_projects()[0].model_copy(update={"firms": 12})
    assert row("firms", facts_of(project)).known is False


def test_points_of_several_answers_add_up_to_the_maximum_at_most() -> None:
    """Three items bring a simple network 3 points and a complex one 1; of a maximum of 2 they bring 2 and 1."""
    facts = facts_of(build("simple network"))
    assert row("cost_items", facts).points == (3, 1, 0)
    assert row("cost_items", facts, with_maximum("cost_items", 2)).points == (2, 1, 0)


@pytest.mark.parametrize(
    ("edit", "change", "answers"),
    [
        (("main_items: {share: 5,", "main_items: {share: 26,"), {}, ["group_articulator", "joint_activities"]),
        (("main_items: {share: 5,", "main_items: {share: 0,"), {"cost items": {"other": "100"}}, ["none"]),
        (("cluster: {least: 36,", "cluster: {least: 30,"), {}, ["simple_network", "complex_network", "cluster"]),
        (
            ("{least: 10, most: 20, per: project}", "{least: 8, most: 8, per: group}"),
            {},
            ["simple_network", "complex_network"],
        ),
        (("{least: 5, most: 10, per: group}", "{least: 5, most: 10, per: project}"), {}, ["simple_network"]),
    ],
)
def test_the_bounds_are_the_policys(edit: tuple[str, str], change: dict[str, Any], answers: list[str]) -> None:
    names = {"main_items": "cost_items", "cluster": "term"}
    name = names.get(edit[0].partition(":")[0], "firms")
    found = row(name, facts_of(build("simple network", change)), policy_with(edit))
    assert [code for code, _ in found.answers] == answers


def test_what_makes_the_territory_fundamental_is_the_policys() -> None:
    """Another area than 1.4 can be the sign, and a quotient that is no sign does not count."""
    policy = policy_with(('signs: [location_quotient, "1.4"]', 'signs: ["3.2"]'))
    assert row("territory", facts_of(build("cluster", {"areas": ["1.4"]})), policy).answers[0][0] == "place"
    specialised = row("territory", facts_of(build("simple network", {"areas": ["1.1", "3.2"]})), policy)
    assert specialised.answers == [("fundamental", {"places": 2, "reason": "3.2"})]
    assert specialised.facts == ["/places", "/support_areas/1"]
