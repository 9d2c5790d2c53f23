"""The facts that the rules look at are what the source says, and None where it does not say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.programme.facts import Facts, Money, Promised, facts_of
from shared.programme.historical import SourcedMoney
from tests.programme.building import approved_projects, build

POPULATION = "population_at"


@pytest.mark.parametrize(
    ("base", "change", "fact", "expected"),
    [
        ("simple network", {}, "declared", "simple_network"),
        ("simple network", {}, "orientation", "horizontal"),
        ("simple network", {"promoter": "other"}, "promoter", "other"),
        ("simple network", {}, "sizes", (8, 8)),
        ("simple network", {"groups": ["9", "?", "2 small"]}, "sizes", (9, None, 2)),
        ("simple network", {"groups": ["0"]}, "sizes", (0,)),
        ("simple network", {"groups": "none"}, "sizes", ()),
        ("simple network", {}, "firms", None),
        ("cluster", {"sector firms": "0"}, "firms", 0),
        ("cluster", {"trade association": "Gremio"}, "association", "Gremio"),
        ("simple network", {}, "places", 2),
        ("simple network", {"places": {"Todo el país": "?"}}, "places", 0),
        ("simple network", {"places": {"Todo el país": "?", "Planadas": "5"}}, "places", 1),
        ("simple network", {"places": {"Planadas": "5"}}, "population", None),
        ("cluster", {}, "population", 103_000),
        ("cluster", {}, POPULATION, "/places/0/population"),
        ("cluster", {"places": {"Rodeiro": "7", "Ubá": "9"}}, "population", 9),
        ("cluster", {"places": {"Rodeiro": "7", "Ubá": "9"}}, POPULATION, "/places/1/population"),
        ("cluster", {"places": {"Rodeiro": "7", "UBÁ": "9"}}, "population", 9),
        ("cluster", {"places": {"Rodeiro": "7", "Tocantins": "9"}}, "population", None),
        ("cluster", {"places": {"Polo de Ubá": "7"}}, "population", 7),
        ("cluster", {"places": {"Rodeiro": "3000"}}, "population", None),
        ("cluster", {"places": {"Ubatuba": "3000"}}, "population", None),
        ("cluster", {"places": {"Rodeiro": "7", "Uba": "9"}}, "population", 9),
        ("cluster", {"places": {"Brasil": "?", "Ubá": "9"}}, "places", 1),
        ("cluster", {"areas": ["1.4", "2.2"]}, "areas", ("1.4", "2.2")),
        ("cluster", {"months": "37"}, "months", 37),
        ("cluster", {"axis": "Exportar"}, "axis", "Exportar"),
        ("cluster", {"small-firm projects": "3"}, "sme_projects", 3),
        ("cluster", {"network projects": "2"}, "network_projects", 2),
        ("cluster", {"local entities": "2"}, "local_entities", 2),
        ("cluster", {"national entities": "0"}, "national_entities", 0),
    ],
)
def test_a_proposal_says(base: str, change: dict[str, Any], fact: str, expected: object) -> None:
    assert getattr(facts_of(build(base, change)), fact) == expected


@pytest.mark.parametrize(
    ("how", "improves", "measured"),
    [
        ("no indicator", False, ()),
        ("measured", True, ()),
        ("measures sales", True, ("sales",)),
        ("measures cost", True, ("cost",)),
        ("target at its baseline", False, ()),
        ("target below its baseline", False, ()),
        ("cost above its baseline", False, ()),
    ],
)
def test_an_effect_counts_where_the_target_improves(how: str, improves: bool, measured: tuple[Any, ...]) -> None:
    facts = facts_of(build("cluster", {"results": {"shared_advice": how}}))
    assert facts.results == (Promised("shared_advice", improves, measured, unsaid=how == "measured"),)


def test_money_is_told_apart_by_who_and_how() -> None:
    """Cash is everybody's cash; the firms' part is in cash and in kind."""
    sums = {
        "fund": "600",
        "firms in cash": "100",
        "firms in kind": "50",
        "agency in cash": "30",
        "others in kind": "20",
    }
    money = facts_of(build("simple network", {"money": sums})).money
    assert money is not None
    assert money.currency == "USD"
    figures = (money.fund, money.counterpart, money.cash, money.firms, money.total)
    assert figures == tuple(map(Decimal, (600, 200, 130, 150, 800)))


def test_lines_of_one_item_are_added_up() -> None:
    facts = facts_of(build("simple network"))
    assert facts.items is not None
    assert facts.items["group_articulator"] == Decimal("80000.00")
    assert facts.item_lines["group_articulator"] == ["/budget/lines/1", "/budget/lines/2"]
    assert sum(facts.items.values()) == Decimal(300_000)


def test_an_approved_project_says_only_where_it_was() -> None:
    """Typology, firms and money are not in the source; the whole country is no locality."""
    assert [facts_of(project) for project in approved_projects()] == [Facts(places=n) for n in (1, None, 3, 3, 3)]


def test_what_a_source_of_the_past_does_give_is_taken() -> None:
    project = approved_projects()[0].model_copy(update={"typology": "cluster", "firms": 12})
    assert facts_of(project) == Facts(declared="cluster", firms=12, places=1)


@pytest.mark.parametrize(("currency", "known"), [("USD", True), ("EUR", False)])
def test_totals_of_the_past_are_taken_where_both_are_there(currency: str, known: bool) -> None:
    """Cash and the firms' part stay unknown; two currencies do not add up."""
    sums = {"fund_amount": ("USD", 600), "counterpart_amount": (currency, 400)}
    update = {name: SourcedMoney(currency=code, value=Decimal(value)) for name, (code, value) in sums.items()}
    money = facts_of(approved_projects()[0].model_copy(update=update)).money
    assert money == (Money("USD", Decimal(600), Decimal(400), cash=None, firms=None) if known else None)
