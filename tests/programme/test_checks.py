"""The arithmetic of a proposal: each rule broken once is found at its field, and said in three languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.programme.checks import Finding, check, last_day, months_after
from shared.programme.proposal import Proposal, Term
from tests.programme.building import BASES, build

COFFEE, FURNITURE = "simple network", "cluster"


def altered(base: str, changes: dict[str, Any]) -> Proposal:
    """The example with the fields at some pointers set; a pointer that ends in `/-` adds to a list, None takes away."""
    document = build(base).model_dump(mode="json")
    for pointer, value in changes.items():
        *path, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
        holder: Any = document
        for step in path:
            holder = holder[step]
        if last == "-":
            holder.append(value)
        else:
            holder[last] = value
    return Proposal.model_validate(document, strict=False)


def found(base: str, changes: dict[str, Any]) -> list[Finding]:
    return check(altered(base, changes))


@pytest.mark.parametrize("base", BASES)
def test_the_examples_hold(base: str) -> None:
    assert check(build(base)) == []


TITLE = {"es": "Otro"}
MILESTONE = {"id": "M9", "title": TITLE, "due": "2028-01-01", "proof": "Acta"}
ACTIVITY = {"id": "A9", "area": "1.1", "title": TITLE, "start": "2028-01-01", "end": "2028-02-01"}
PLEDGE = {"id": "C9", "contributor": "others", "kind": "cash", "amount": "0"}
INDICATOR = {
    "id": "I9",
    "name": "Otro",
    "unit": "u",
    "baseline": "1",
    "baseline_date": "2027-01-01",
    "target": "2",
    "target_date": "2028-01-01",
    "direction": "up",
}
COUNTS = "/beneficiaries/specialisation"


@pytest.mark.parametrize(
    ("base", "changes", "breaches"),
    [
        (
            COFFEE,
            {"/budget/fund_amount": "180000.01"},
            [("budget_fund", "/budget/lines"), ("tranches_total", "/budget/tranches")],
        ),
        (COFFEE, {"/budget/lines/0/amount": "29999.99"}, [("budget_fund", "/budget/lines")]),
        (COFFEE, {"/counterpart/0/amount": "50000.01"}, [("budget_pledges", "/budget/lines")]),
        (COFFEE, {"/counterpart/3/contributor": "others"}, [("budget_pledges", "/budget/lines")] * 2),
        (COFFEE, {"/budget/tranches/0/amount": "60000.01"}, [("tranches_total", "/budget/tranches")]),
        (COFFEE, {"/milestones/2/tranche": None}, [("tranche_without_milestone", "/budget/tranches/2")]),
        (COFFEE, {"/milestones/0/tranche": None}, []),
        (COFFEE, {"/milestones/0/due": "2027-01-31"}, [("outside_term", "/milestones/0/due")]),
        (COFFEE, {"/milestones/0/due": "2027-02-01"}, []),
        (COFFEE, {"/milestones/0/due": "2029-07-31"}, []),
        (COFFEE, {"/milestones/0/due": "2029-08-01"}, [("outside_term", "/milestones/0/due")]),
        (COFFEE, {"/activities/0/start": "2027-01-31"}, [("outside_term", "/activities/0/start")]),
        (COFFEE, {"/activities/3/end": "2029-08-01"}, [("outside_term", "/activities/3/end")]),
        (COFFEE, {"/activities/0/end": "2027-02-01"}, []),
        (COFFEE, {"/activities/1/end": "2027-04-30"}, [("ends_before_start", "/activities/1/end")]),
        (COFFEE, {"/budget/lines/0/year": 2026}, [("year_outside_term", "/budget/lines/0/year")]),
        (COFFEE, {"/budget/lines/0/year": 2029}, []),
        (COFFEE, {"/budget/lines/0/year": 2030}, [("year_outside_term", "/budget/lines/0/year")]),
        (COFFEE, {"/support_areas/0/share": "30.001"}, [("shares_total", "/support_areas")]),
        (COFFEE, {"/support_areas/0/share": "29.999", "/support_areas/1/share": "40.001"}, []),
        (COFFEE, {"/milestones/-": MILESTONE | {"id": "M1"}}, [("duplicate", "/milestones/3/id")]),
        (COFFEE, {"/activities/-": ACTIVITY | {"id": "A1"}}, [("duplicate", "/activities/4/id")]),
        (COFFEE, {"/counterpart/-": PLEDGE | {"id": "C1"}}, [("duplicate", "/counterpart/4/id")]),
        (
            COFFEE,
            {"/results/1/indicators/-": INDICATOR | {"id": "I1"}},
            [("duplicate", "/results/1/indicators/1/id")],
        ),
        (COFFEE, {"/budget/tranches/-": {"number": 1, "amount": "0"}}, [("duplicate", "/budget/tranches/3/number")]),
        (COFFEE, {"/results/-": {"code": "shared_advice"}}, [("duplicate", "/results/3/code")]),
        (COFFEE, {"/support_areas/-": {"code": "1.1", "share": "0"}}, [("duplicate", "/support_areas/4/code")]),
        (
            COFFEE,
            {"/beneficiaries/groups/1/name": "Grupo Planadas"},
            [("duplicate", "/beneficiaries/groups/1/name")],
        ),
        (COFFEE, {"/milestones/-": MILESTONE, "/activities/-": ACTIVITY, "/counterpart/-": PLEDGE}, []),
        (COFFEE, {"/milestones/-": MILESTONE | {"tranche": 7}}, [("dangling_tranche", "/milestones/3/tranche")]),
        (COFFEE, {"/activities/0/area": "2.1"}, [("dangling_area", "/activities/0/area")]),
        (COFFEE, {"/places/1/subdivision": "BR-MG"}, [("foreign_subdivision", "/places/1/subdivision")]),
        (COFFEE, {"/places/1/subdivision": None}, []),
        (COFFEE, {"/counterpart/1/valuation_method": None}, [("valuation_missing", "/counterpart/1/valuation_method")]),
        (COFFEE, {"/counterpart/0/valuation_method": None}, []),
        (COFFEE, {"/beneficiaries/groups/0/count": 9}, [("count_differs", "/beneficiaries/groups/0/count")]),
        (COFFEE, {"/beneficiaries/groups/0/count": 8}, []),
        (FURNITURE, {"/orientation": "horizontal"}, [("orientation_of_cluster", "/orientation")]),
        (FURNITURE, {f"{COUNTS}/local_sector": 36001}, [("part_exceeds_whole", f"{COUNTS}/local_sector")]),
        (FURNITURE, {f"{COUNTS}/local_sector": 36000}, []),
        (FURNITURE, {f"{COUNTS}/region_total": 37999}, [("part_exceeds_whole", f"{COUNTS}/region_sector")]),
        (
            COFFEE,
            {"/results/0/indicators/0/target_date": "2026-10-31"},
            [("indicator_dates", "/results/0/indicators/0/target_date")],
        ),
        (COFFEE, {"/results/0/indicators/0/target_date": "2026-11-01"}, []),
    ],
)
def test_a_broken_rule_is_found_at_its_field(
    base: str, changes: dict[str, Any], breaches: list[tuple[str, str]]
) -> None:
    findings = found(base, changes)
    assert [(finding.rule, finding.pointer) for finding in findings] == breaches
    for finding in findings:
        for texts in (finding.texts, finding.fix):
            assert set(texts) == {"es", "pt", "en"}
            assert all(text and "{" not in text for text in texts.values())


def test_a_sum_that_differs_says_by_how_much() -> None:
    """What was found, what was expected, the difference and the currency, in each language."""
    finding, _ = found(COFFEE, {"/budget/fund_amount": "179999.50"})
    for language in ("es", "pt", "en"):
        assert all(part in finding.texts[language] for part in ("180000.00", "USD", "179999.50"))
        assert "0.50" in finding.fix[language]


def test_a_payer_is_named_in_words() -> None:
    [finding] = found(COFFEE, {"/counterpart/0/amount": "50000.01"})
    assert "empresas beneficiarias" in finding.texts["es"]
    assert "empresas beneficiárias" in finding.texts["pt"]
    assert "0.01" in finding.fix["en"]


def test_all_breaches_are_told_at_once() -> None:
    findings = found(COFFEE, {"/support_areas/0/share": "31", "/milestones/0/due": "2020-01-01", "/term/months": 29})
    assert {finding.rule for finding in findings} == {"shares_total", "outside_term"}
    assert [f.pointer for f in findings if f.rule == "outside_term"] == ["/milestones/0/due", "/activities/3/end"]


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2027-02-01", 30, "2029-07-31"),
        ("2027-03-01", 48, "2031-02-28"),
        ("2027-01-01", 12, "2027-12-31"),
        ("2027-12-01", 1, "2027-12-31"),
        ("2027-12-15", 2, "2028-02-14"),
        ("2027-01-31", 1, "2027-02-27"),
        ("2028-01-31", 1, "2028-02-28"),
        ("2028-02-29", 12, "2029-02-27"),
    ],
)
def test_the_last_day_of_a_term(start: str, months: int, last: str) -> None:
    """The day before the same day so many months later, or before the month's last day where it has no such day."""
    term = Term(start=date.fromisoformat(start), months=months)
    assert last_day(term) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [("2027-11-30", 1, "2027-12-30"), ("2027-12-31", 2, "2028-02-29"), ("2027-05-31", 12, "2028-05-31")],
)
def test_months_later(start: str, months: int, then: str) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(then)
