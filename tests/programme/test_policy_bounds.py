"""Every check says its bound and where the bound comes from, also where the source is silent."""

from __future__ import annotations

from fractions import Fraction

import pytest

from shared.programme.classify import classify
from shared.programme.findings import Check
from shared.programme.quotient import as_text, interpretation, location_quotient
from shared.programme.screen import screen
from shared.programme.vocabulary import Typology
from tests.programme.building import approved_projects, build, default_policy

SILENT: list[tuple[Typology, str, str | None, str, list[str]]] = [
    ("cluster", "market_prospects", None, "deck", []),
    ("cluster", "firms_counterpart", "0", "deck", []),
    ("cluster", "counterpart_share", "30", "fund_practice", []),
    ("cluster", "counterpart_cash", "15", "fund_practice", []),
    ("cluster", "experience", "1", "deck", []),
    ("cluster", "leadership", "1 + 1", "deck", []),
    ("cluster", "critical_mass_firms", "30", "literature", ["/beneficiaries/firms"]),
    ("cluster", "location_quotient", "1.25", "literature", ["/beneficiaries/specialisation"]),
    ("cluster", "promoter", "local_development_institution", "deck", []),
    ("cluster", "term", "36-60", "deck", []),
    ("cluster", "cost_items", None, "deck", []),
    ("cluster", "results", None, "deck", []),
    ("complex_network", "firms", "5-10", "deck", ["/beneficiaries/groups"]),
    ("simple_network", "term", "24-36", "deck", []),
]


@pytest.mark.parametrize(("typology", "code", "bound", "origin", "facts"), SILENT)
def test_what_is_unknown_has_a_bound_too(
    typology: Typology, code: str, bound: str | None, origin: str, facts: list[str]
) -> None:
    chile = approved_projects()[1]  # the whole country: not even a locality is known
    checks = {check.code: check for check in screen(chile, default_policy(), typology).checks}
    found = checks[code]
    assert (found.verdict, found.bound, found.origin, found.facts) == ("unknown", bound, origin, facts)
    assert found.origin_texts == default_policy().origins[origin].all()
    assert found.fix is not None


def of_cluster(change: dict[str, str]) -> dict[str, Check]:
    return {c.code: c for c in screen(build("cluster", change), default_policy(), "cluster").checks}


def test_a_quotient_that_is_not_defined_has_its_bound() -> None:
    cluster = build("cluster")
    counts = cluster.beneficiaries.specialisation
    assert counts is not None
    empty = counts.model_copy(update={"region_total": 0, "region_sector": 0})
    beneficiaries = cluster.beneficiaries.model_copy(update={"specialisation": empty})
    source = cluster.model_copy(update={"beneficiaries": beneficiaries})
    [found] = [c for c in screen(source, default_policy(), "cluster").checks if c.code == "location_quotient"]
    assert (found.verdict, found.bound, found.origin) == ("unknown", "1.25", "literature")
    assert "not defined" in found.explanation["en"]


def test_the_bands_name_their_literature() -> None:
    found = of_cluster({})
    assert {found[code].origin for code in ("critical_mass_firms", "location_quotient")} == {"literature"}


def test_a_region_of_one_has_a_quotient_and_one_of_none_has_not() -> None:
    assert location_quotient(1, 1, 1, 1) == 1
    assert location_quotient(1, 2, 1, 0) is None


def test_what_is_shown_is_cut_exactly_however_large() -> None:
    assert as_text(Fraction(10**20 + 2, 3)) == "33333333333333333334"
    assert as_text(Fraction(10**20 + 1, 3)) == "33333333333333333333.6666"
    assert as_text(Fraction(12_499_999, 10_000_000)) == "1.2499"
    assert (as_text(Fraction(0)), as_text(Fraction(50)), as_text(Fraction(2, 3), 1)) == ("0", "50", "0.6")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "not defined"),
        (Fraction(3, 2), "is 1.5: the sector weighs more"),
        (Fraction(1), "is 1: the sector weighs in the locality just what"),
        (Fraction(1, 3), "is 0.3333: the sector weighs less"),
    ],
)
def test_a_quotient_is_put_into_words(value: Fraction | None, says: str) -> None:
    assert says in interpretation(value)["en"]


def test_a_declared_cluster_that_is_referred_has_no_orientation() -> None:
    source = build("simple network", {"declared": "cluster", "orientation": "none", "groups": ["7", "7", "7"]})
    source = source.model_copy(update={"promoter": source.promoter.model_copy(update={"kind": "lead_firms"})})
    found = classify(source, default_policy())
    assert (found.typology, found.declared) == (None, "cluster")
    assert (found.orientation, found.orientation_rows) == (None, [])
