"""The machine checks: verdict, what was measured, the bound, and the fields that it was read from."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest

from shared.programme.facts import Facts, Money, facts_of
from shared.programme.findings import Check
from shared.programme.gates import Judgement
from shared.programme.gates_typology import judge_checks
from shared.programme.policy import Policy
from shared.programme.policy_rules import CHECKS
from shared.programme.screen import screen
from shared.programme.vocabulary import Typology
from tests.programme.building import build, default_policy, policy_with
from tests.programme.golden import CLUSTER_CHECKS, NETWORK_CHECKS

TYPOLOGY: dict[str, Typology] = {
    "simple network": "simple_network",
    "complex network": "complex_network",
    "cluster": "cluster",
}
COUNTERPART = ["/counterpart", "/budget/fund_amount"]


def judged(code: str, facts: Facts, typology: Typology | None, policy: Policy | None = None) -> Judgement:
    [found] = [check for check in judge_checks(facts, policy or default_policy(), typology) if check.code == code]
    return found


def checked(code: str, base: str, change: dict[str, Any], policy: Policy | None = None) -> Check:
    """The check as it is shown, for the typology of the base."""
    checks = screen(build(base, change), policy or default_policy(), TYPOLOGY[base]).checks
    [found] = [check for check in checks if check.code == code]
    return found


@pytest.mark.parametrize(
    ("typology", "codes"),
    [
        ("simple_network", set(NETWORK_CHECKS)),
        ("complex_network", set(NETWORK_CHECKS)),
        ("cluster", set(CLUSTER_CHECKS)),
        (None, set(CLUSTER_CHECKS)),
    ],
)
def test_each_typology_has_its_checks_once(typology: Typology | None, codes: set[str]) -> None:
    found = [check.code for check in judge_checks(Facts(), default_policy(), typology)]
    assert (len(found), set(found)) == (len(codes), codes)
    assert codes <= set(CHECKS)


@pytest.mark.parametrize("typology", [None, *get_args(Typology)])
def test_where_the_source_is_silent_nothing_fails(typology: Typology | None) -> None:
    """All is unknown, but for what a typology does not ask for."""
    verdicts = {check.code: check.verdict for check in judge_checks(Facts(), default_policy(), typology)}
    not_asked = {"firms"} if typology == "cluster" else {"territory"} if typology else set()
    assert verdicts == {code: "pass" if code in not_asked else "unknown" for code in verdicts}


SALES_ONLY = {"joint_promotion": "measures sales"}


@pytest.mark.parametrize(
    ("base", "change", "code", "verdict", "value", "bound", "facts"),
    [
        ("simple network", {}, "market_prospects", "pass", None, None, [f"/results/{i}/indicators" for i in range(3)]),
        (
            "simple network",
            {"results": {"joint_promotion": "measures sales", "shared_advice": "no indicator"}},
            "market_prospects",
            "refer",
            None,
            None,
            ["/results/1/indicators"],
        ),
        (
            "simple network",
            {"results": {"shared_advice": "measures sales", "joint_promotion": "no indicator"}},
            "market_prospects",
            "refer",
            None,
            None,
            ["/results/1/indicators"],
        ),
        (
            "simple network",
            {"results": {"shared_advice": "measures jobs", "joint_promotion": "no indicator"}},
            "market_prospects",
            "fail",
            None,
            None,
            ["/results/1/indicators"],
        ),
        ("simple network", {"results": SALES_ONLY}, "market_prospects", "pass", None, None, ["/results/0/indicators"]),
        ("simple network", {}, "firms_counterpart", "pass", "70000.00", "0", ["/counterpart"]),
        ("simple network", {"money": {"fund": "5"}}, "firms_counterpart", "fail", "0", "0", ["/counterpart"]),
        ("simple network", {}, "counterpart_share", "pass", "40", "30", COUNTERPART),
        (
            "simple network",
            {"money": {"fund": "2", "firms in cash": "1"}},
            "counterpart_share",
            "pass",
            "33.3333",
            "30",
            COUNTERPART,
        ),
        ("simple network", {}, "counterpart_cash", "pass", "20", "15", COUNTERPART),
        (
            "simple network",
            {"money": {"fund": "1", "firms in kind": "1"}},
            "counterpart_cash",
            "fail",
            "0",
            "15",
            COUNTERPART,
        ),
        ("simple network", {"money": {"fund": "0"}}, "counterpart_share", "unknown", None, "30", []),
        ("cluster", {}, "critical_mass_firms", "pass", "310", "30", ["/beneficiaries/firms"]),
        ("cluster", {"sector firms": "9"}, "critical_mass_firms", "fail", "9", "30", ["/beneficiaries/firms"]),
        ("cluster", {"sector firms": "none"}, "critical_mass_firms", "unknown", None, "30", ["/beneficiaries/firms"]),
        ("cluster", {}, "location_quotient", "pass", "35.1023", "1.25", ["/beneficiaries/specialisation"]),
        (
            "cluster",
            {"places": {"Ubá": "9"}},
            "location_quotient",
            "pass",
            "35.1023",
            "1.25",
            ["/beneficiaries/specialisation", "/places/0/population"],
        ),
        (
            "cluster",
            {"quotient counts": "0 of 0 here, 0 of 0 in the region"},
            "location_quotient",
            "unknown",
            None,
            "1.25",
            ["/beneficiaries/specialisation"],
        ),
        (
            "cluster",
            {"small-firm projects": "2", "network projects": "3"},
            "experience",
            "pass",
            "5",
            "1",
            ["/executing_agency/sme_projects", "/executing_agency/network_projects"],
        ),
        ("cluster", {"local entities": "3"}, "leadership", "pass", "3 + 1", "1 + 1", ["/entities"]),
        ("cluster", {"local entities": "0"}, "leadership", "fail", "0 + 1", "1 + 1", ["/entities"]),
        ("cluster", {}, "promoter", "pass", *["local_development_institution"] * 2, ["/promoter/kind"]),
        ("simple network", {"promoter": "other"}, "promoter", "refer", "other", "promotion_agency", ["/promoter/kind"]),
        (
            "simple network",
            {},
            "firms",
            "pass",
            "8, 8",
            "10-20",
            ["/beneficiaries/groups/0", "/beneficiaries/groups/1"],
        ),
        ("complex network", {"groups": ["4"]}, "firms", "refer", "4", "5-10", ["/beneficiaries/groups/0"]),
        ("complex network", {"groups": ["4", "?"]}, "firms", "unknown", None, "5-10", ["/beneficiaries/groups"]),
        ("cluster", {}, "firms", "pass", None, None, []),
        ("cluster", {"months": "35"}, "term", "refer", "35", "36-60", ["/term/months"]),
        ("complex network", {"months": "36"}, "term", "pass", "36", "24-36", ["/term/months"]),
        ("cluster", {}, "territory", "pass", "1", "1", ["/places"]),
        ("cluster", {"places": "none"}, "territory", "fail", "0", "1", ["/places"]),
        ("simple network", {"places": "none"}, "territory", "pass", None, None, []),
        ("simple network", {}, "cost_items", "pass", None, None, ["/budget/lines"]),
        (
            "simple network",
            {"cost items": {"other": "50", "strategic_planning": "25", "common_services": "25"}},
            "cost_items",
            "refer",
            None,
            None,
            None,
        ),
        ("simple network", {}, "results", "pass", None, None, [f"/results/{i}/code" for i in range(3)]),
        (
            "simple network",
            {"results": {"joint_promotion": "measures sales", "credit_access": "measured"}},
            "results",
            "refer",
            None,
            None,
            ["/results/1/code"],
        ),
        (
            "simple network",
            {"results": {"joint_promotion": "measures sales", "shared_equipment": "measured"}},
            "results",
            "pass",
            None,
            None,
            ["/results/1/code"],
        ),
    ],
)
def test_a_check_measures(
    base: str,
    change: dict[str, Any],
    code: str,
    verdict: str,
    value: str | None,
    bound: str | None,
    facts: list[str] | None,
) -> None:
    found = checked(code, base, change)
    assert (found.verdict, found.value, found.bound) == (verdict, value, bound)
    if facts is not None:
        assert found.facts == facts


def test_an_unusual_item_points_to_its_lines_only() -> None:
    items = {"other": "50", "strategic_planning": "25", "common_services": "25"}
    proposal = build("simple network", {"cost items": items})
    found = checked("cost_items", "simple network", {"cost items": items})
    unusual = [f"/budget/lines/{i}" for i, line in enumerate(proposal.budget.lines) if line.item != "other"]
    assert sorted(found.facts) == sorted(unusual)


def test_an_item_of_nothing_is_not_unusual() -> None:
    items = {"strategic_planning": "0", "administration": "100"}
    assert checked("cost_items", "simple network", {"cost items": items}).verdict == "pass"
    facts = replace(facts_of(build("simple network")), items={"strategic_planning": Decimal(0), "promoter": Decimal(1)})
    assert judged("cost_items", facts, "simple_network").verdict == "pass"


@pytest.mark.parametrize("base", TYPOLOGY)
def test_the_bound_and_its_origin_stand_even_where_the_source_is_silent(base: str) -> None:
    """An office that has not said enough still reads what is asked for, and by whom."""
    typology = TYPOLOGY[base]
    known = {c.code: (c.bound, c.origin) for c in judge_checks(facts_of(build(base)), default_policy(), typology)}
    silent = {c.code: (c.bound, c.origin) for c in judge_checks(Facts(), default_policy(), typology)}
    assert silent == known
    assert all(origin in default_policy().origins for _, origin in silent.values())


def test_a_quotient_that_is_not_defined_has_its_bound_and_origin() -> None:
    facts = facts_of(build("cluster", {"quotient counts": "0 of 0 here, 0 of 0 in the region"}))
    defined, undefined = (
        judged("location_quotient", facts_of(build("cluster")), "cluster"),
        judged("location_quotient", facts, "cluster"),
    )
    assert (undefined.bound, undefined.origin, undefined.facts) == (defined.bound, defined.origin, defined.facts)
    assert undefined.case == "location_quotient.undefined"


@pytest.mark.parametrize(
    ("base", "change", "code", "case"),
    [
        ("simple network", {}, "term", "pass"),
        ("simple network", {"months": "61"}, "term", "short"),
        ("simple network", {"promoter": "other"}, "promoter", "short"),
        ("simple network", {"groups": ["8"]}, "firms", "short"),
        ("cluster", {}, "firms", "no_cap"),
        ("cluster", {"sector firms": "29"}, "critical_mass_firms", "between"),
        ("cluster", {"sector firms": "9"}, "critical_mass_firms", "short"),
        ("simple network", {"money": {"fund": "1"}}, "firms_counterpart", "nothing"),
        ("simple network", {"results": {"shared_advice": "measured"}}, "market_prospects", "none_measured"),
        ("simple network", {"results": {"joint_purchasing": "measured"}}, "market_prospects", "unmeasured"),
    ],
)
def test_the_case_names_the_sentence(base: str, change: dict[str, Any], code: str, case: str) -> None:
    assert judged(code, facts_of(build(base, change)), TYPOLOGY[base]).case == case


def test_a_promoter_that_the_policy_lists_is_proper_to_the_typology() -> None:
    kind = "promoters: {simple_network: [promotion_agency"
    assert checked("promoter", "simple network", {}, policy_with((kind, f"{kind}, other"))).verdict == "pass"
    other = policy_with((kind, kind.replace("promotion_agency", "other")))
    assert checked("promoter", "simple network", {}, other).verdict == "refer"


@pytest.mark.parametrize(
    ("code", "edit", "base", "change", "verdict"),
    [
        ("critical_mass_firms", ("refers: 10, passes: 30", "refers: 10, passes: 311"), "cluster", {}, "refer"),
        ("critical_mass_firms", ("refers: 10, passes: 30", "refers: 311, passes: 311"), "cluster", {}, "fail"),
        ("location_quotient", ("passes: 1.25", "passes: 35.2"), "cluster", {}, "refer"),
        ("counterpart_share", ("minimum_share: 30", "minimum_share: 40"), "simple network", {}, "pass"),
        ("counterpart_share", ("minimum_share: 30", "minimum_share: 40.000001"), "simple network", {}, "fail"),
        (
            "counterpart_cash",
            ("cash_part_of_minimum: 50", "cash_part_of_minimum: 66.666667"),
            "simple network",
            {},
            "fail",
        ),
        ("experience", ("sme_projects: 1", "sme_projects: 2"), "simple network", {}, "pass"),
        ("experience", ("sme_projects: 1", "sme_projects: 3"), "simple network", {}, "fail"),
        ("leadership", ("local_entities: 1", "local_entities: 2"), "simple network", {}, "fail"),
        ("leadership", ("national_entities: 1", "national_entities: 2"), "simple network", {}, "fail"),
        ("term", ("cluster: {least: 36, most: 60}", "cluster: {least: 36, most: 47}"), "cluster", {}, "refer"),
        (
            "cost_items",
            ("unusual: refer", "unusual: fail"),
            "simple network",
            {"cost items": {"common_services": "100"}},
            "fail",
        ),
        (
            "results",
            ("uncertain: pass", "uncertain: refer"),
            "cluster",
            {"results": {"shared_equipment": "measured"}},
            "refer",
        ),
        (
            "results",
            ("outside: refer", "outside: fail"),
            "simple network",
            {"results": {"credit_access": "measured"}},
            "fail",
        ),
        (
            "results",
            ("outside: refer", "outside: fail"),
            "simple network",
            {"results": {"shared_equipment": "measured"}},
            "pass",
        ),
    ],
)
def test_the_bounds_and_verdicts_are_the_policys(
    code: str, edit: tuple[str, str], base: str, change: dict[str, Any], verdict: str
) -> None:
    assert checked(code, base, change).verdict != verdict or verdict == "pass"
    assert checked(code, base, change, policy_with(edit)).verdict == verdict


@pytest.mark.parametrize(("population", "warned"), [("99", True), ("100", False), ("101", False)])
def test_a_small_locality_is_what_the_policy_says(population: str, warned: bool) -> None:
    policy = policy_with(("small_locality: 4100", "small_locality: 100"))
    found = checked("location_quotient", "cluster", {"places": {"Ubá": population}}, policy)
    assert (found.warning is not None) == warned
    assert found.verdict == "pass"


def test_a_warning_never_changes_a_verdict() -> None:
    """A small locality may pass, go to a person or fail; it is warned of in each case."""
    counts = {"pass": "200 of 1000 here", "refer": "110 of 1000 here", "fail": "90 of 1000 here"}
    for verdict, here in counts.items():
        change = {"places": {"Ubá": "4099"}, "quotient counts": f"{here}, 100 of 1000 in the region"}
        found = checked("location_quotient", "cluster", change)
        assert (found.verdict, found.warning is not None) == (verdict, True)
        assert found.warning is not None
        assert "4099" in found.warning["pt"]
        assert "4100" in found.warning["pt"]


def test_a_share_of_the_past_is_checked_where_both_sums_are_known() -> None:
    """Its cash and the firms' part stay unknown."""
    money = Money("USD", fund=Decimal(600), counterpart=Decimal(400), cash=None, firms=None)
    verdicts = {c.code: c.verdict for c in judge_checks(Facts(money=money), default_policy(), "cluster")}
    names = ("counterpart_share", "counterpart_cash", "firms_counterpart")
    assert [verdicts[name] for name in names] == ["pass", "unknown", "unknown"]


@pytest.mark.parametrize(("firms", "verdict", "case"), [(8, "refer", "incomplete"), (30, "pass", "pass")])
def test_a_count_of_the_past_never_fails_critical_mass(firms: int, verdict: str, case: str) -> None:
    """It may count the firms of a group; those of the sector are at least as many."""
    [mass] = [c for c in judge_checks(Facts(firms=firms), default_policy(), "cluster") if c.code.endswith("mass_firms")]
    assert (mass.verdict, mass.case) == (verdict, case)


def test_firms_without_their_groups_are_told_as_that() -> None:
    facts = facts_of(build("simple network", {"groups": "none", "sector firms": "15"}))
    [firms] = [c for c in judge_checks(facts, default_policy(), "simple_network") if c.code == "firms"]
    assert (firms.verdict, firms.case) == ("unknown", "firms_ungrouped")


def test_a_project_in_both_lists_counts_once() -> None:
    """However its title is spaced and cased; another year makes another project."""
    agency = build("simple network", {"small-firm projects": "1", "network projects": "0"}).executing_agency
    [project] = agency.sme_projects
    again = project.model_copy(update={"title": f" {project.title.upper()}"})
    other = project.model_copy(update={"last_year": project.last_year + 1})
    for further, executed, verdict in ((again, 1, "fail"), (other, 2, "pass")):
        both = agency.model_copy(update={"network_projects": [further]})
        facts = facts_of(build("simple network").model_copy(update={"executing_agency": both}))
        found = judged("experience", facts, "simple_network", policy_with(("sme_projects: 1", "sme_projects: 2")))
        assert (found.value, found.verdict) == (executed, verdict)


def test_points_do_not_say_which_promoter_is_proper() -> None:
    """One point for lead firms in simple networks changes the row; the deck's typology of promoters stays."""
    old = 'points: {simple_network: 0, complex_network: 3, cluster: 0}\n          text:\n            es: "Promueven'
    policy = policy_with((old, old.replace("simple_network: 0", "simple_network: 1")))
    facts = facts_of(build("simple network", {"promoter": "lead_firms"}))
    found = judged("promoter", facts, "simple_network", policy)
    assert (found.verdict, found.bound, found.origin) == ("refer", "promotion_agency", "deck")
