"""The builder of the golden set: words become just the proposal that they say, with an arithmetic that holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shared.programme.checks import check, last_day
from shared.programme.proposal import Proposal
from tests.programme.building import BASES, EXAMPLES, KNOBS, build


@pytest.mark.parametrize("base", BASES)
def test_without_a_change_it_is_the_example(base: str) -> None:
    assert build(base) == Proposal.model_validate_json((EXAMPLES / BASES[base]).read_bytes(), extra="forbid")


@pytest.mark.parametrize(
    ("base", "change", "seen", "expected"),
    [
        ("simple network", {"declared": "complex_network"}, lambda p: p.declared_typology, "complex_network"),
        ("simple network", {"orientation": "none"}, lambda p: p.orientation, None),
        ("simple network", {"language": "pt"}, lambda p: (p.language, list(p.title.given())), ("pt", ["pt"])),
        ("cluster", {"axis": "Confiança"}, lambda p: p.strategic_axis, "Confiança"),
        ("cluster", {"promoter": "other"}, lambda p: p.promoter.kind, "other"),
        ("simple network", {"groups": "none"}, lambda p: p.beneficiaries.groups, []),
        ("simple network", {"groups": ["9", "?"]}, lambda p: [g.count for g in p.beneficiaries.groups], [9, None]),
        (
            "simple network",
            {"groups": ["1 large (hotel), 2 small"]},
            lambda p: [(f.size, f.role) for f in p.beneficiaries.groups[0].firms],
            [("large", "hotel"), ("small", None), ("small", None)],
        ),
        ("cluster", {"sector firms": "29"}, lambda p: p.beneficiaries.firms, 29),
        ("cluster", {"sector firms": "none"}, lambda p: p.beneficiaries.firms, None),
        ("cluster", {"trade association": "none"}, lambda p: p.beneficiaries.trade_association, None),
        ("cluster", {"quotient counts": "none"}, lambda p: p.beneficiaries.specialisation, None),
        ("cluster", {"basis": "establishments"}, lambda p: p.beneficiaries.specialisation.basis, "establishments"),
        ("cluster", {"places": {"A": "5", "B": "?"}}, lambda p: [place.population for place in p.places], [5, None]),
        ("cluster", {"months": "37"}, lambda p: p.term.months, 37),
        ("cluster", {"areas": ["1.1", "1.2", "1.3"]}, lambda p: sum(a.share for a in p.support_areas), 100),
        ("cluster", {"small-firm projects": "0"}, lambda p: p.executing_agency.sme_projects, []),
        ("cluster", {"network projects": "3"}, lambda p: len(p.executing_agency.network_projects), 3),
        ("cluster", {"local entities": "0"}, lambda p: [e.scope for e in p.entities], ["national"]),
        ("cluster", {"national entities": "2"}, lambda p: [e.scope for e in p.entities], ["local", *["national"] * 2]),
    ],
)
def test_a_change_is_what_it_says(
    base: str, change: dict[str, Any], seen: Callable[[Proposal], object], expected: object
) -> None:
    proposal = build(base, change)
    assert seen(proposal) == expected
    assert check(proposal) == []


def test_counts_are_read_in_their_order() -> None:
    counts = build("cluster", {"quotient counts": "1 of 2 here, 3 of 4 in the region"}).beneficiaries.specialisation
    assert counts is not None
    found = (counts.local_sector, counts.local_total, counts.region_sector, counts.region_total)
    assert found == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("how", "effect", "improves"),
    [
        ("measured", None, True),
        ("measures sales", "sales", True),
        ("measures cost", "cost", True),
        ("measures exports", "exports", True),
        ("measures jobs", "jobs", True),
        ("target at its baseline", "sales", False),
        ("target below its baseline", "sales", False),
        ("cost above its baseline", "cost", False),
    ],
)
def test_an_indicator_measures_what_the_words_say(how: str, effect: str | None, improves: bool) -> None:
    [result] = build("cluster", {"results": {"shared_advice": how}}).results
    [indicator] = result.indicators
    rise = indicator.target - indicator.baseline
    assert (result.code, indicator.effect) == ("shared_advice", effect)
    assert (rise > 0 if indicator.direction == "up" else rise < 0) is improves


def test_results_can_lack_indicators_and_further_ones_are_added() -> None:
    assert build("cluster", {"results": {"shared_advice": "no indicator"}}).results[0].indicators == []
    more = build("simple network", {"further results": {"credit_access": "measured"}}).results
    assert [r.code for r in more] == ["joint_purchasing", "joint_promotion", "shared_advice", "credit_access"]


def test_money_and_items_are_spread_to_the_cent() -> None:
    """Who pays what, and the share of each item, are just what was said; the last item takes what cannot be divided."""
    money = {"fund": "701", "firms in cash": "149.99", "others in kind": "149.01"}
    proposal = build("simple network", {"money": money, "cost items": {"promoter": "4.9", "other": "95.1"}})
    pledges = {(c.contributor, c.kind): c.amount for c in proposal.counterpart}
    assert proposal.budget.fund_amount == 701
    assert pledges == {
        ("beneficiary_firms", "cash"): Decimal("149.99"),
        ("others", "in_kind"): Decimal("149.01"),
    }
    assert sum(line.amount for line in proposal.budget.lines if line.item == "promoter") == 49
    assert check(proposal) == []


def test_a_short_term_pulls_the_dates_inside() -> None:
    proposal = build("cluster", {"months": "3"})
    assert max(milestone.due for milestone in proposal.milestones) == last_day(proposal.term)
    assert check(proposal) == []


def test_words_that_are_not_known_are_refused() -> None:
    with pytest.raises(KeyError, match="'colour' is not one of"):
        build("cluster", {"colour": "red"})
    with pytest.raises(AssertionError, match="'8 huge' is no number of firms"):
        build("cluster", {"groups": ["8 huge"]})
    with pytest.raises(AssertionError, match="must add up to 100"):
        build("cluster", {"cost items": {"promoter": "99"}})
    assert "colour" not in KNOBS
