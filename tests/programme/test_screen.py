"""Screening as it is shown: the worst verdict of all, texts, origins, and for which typology it was made."""

from __future__ import annotations

import pytest

from shared.programme.findings import Verdict
from shared.programme.screen import screen, typology_for, worst
from shared.programme.vocabulary import Typology
from tests.programme.building import approved_projects, build, default_policy, policy_with


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "pass"),
        (["pass", "pass"], "pass"),
        (["pass", "unknown"], "unknown"),
        (["unknown", "refer", "pass"], "refer"),
        (["pass", "fail", "refer", "unknown"], "fail"),
    ],
)
def test_the_worst_verdict_counts(verdicts: list[Verdict], expected: Verdict) -> None:
    assert worst(verdicts) == expected
    assert worst(reversed(verdicts)) == expected


@pytest.mark.parametrize(
    ("declared", "computed", "expected"),
    [
        ("cluster", "simple_network", "cluster"),
        ("cluster", None, "cluster"),
        (None, "simple_network", "simple_network"),
        (None, None, None),
    ],
)
def test_the_declared_typology_is_screened(
    declared: Typology | None, computed: Typology | None, expected: Typology | None
) -> None:
    assert typology_for(declared, computed) == expected


def test_a_finding_says_fact_bound_origin_and_fix() -> None:
    """Whoever reads a fail needs no other page: what it is, what is asked, who asks it, what to do."""
    change = {"money": {"fund": "701", "firms in cash": "299"}}
    screening = screen(build("simple network", change), default_policy(), "simple_network")
    [share] = [check for check in screening.checks if check.code == "counterpart_share"]
    assert (screening.verdict, share.verdict, share.value, share.bound) == ("fail", "fail", "29.9", "30")
    assert share.criterion == "business_participation"
    for language, words in {"es": "29.9 % del total", "pt": "29.9 % do total", "en": "29.9 % of the total"}.items():
        assert words in share.explanation[language]
        assert "30 %" in share.explanation[language]
    assert share.origin == "fund_practice"
    assert share.origin_texts["en"].startswith("fund practice")
    assert share.fix is not None
    assert share.fix["en"] == "Raise the counterpart, or ask the fund for less."
    assert share.title["es"] == "Contrapartida sobre el total"


def test_codes_are_shown_by_their_names() -> None:
    change = {"promoter": "lead_firms", "further results": {"credit_access": "measured"}}
    checks = {c.code: c for c in screen(build("simple network", change), default_policy(), "simple_network").checks}
    assert "empresa(s) líder(es)" in checks["promoter"].explanation["es"]
    assert "rede simples" in checks["promoter"].explanation["pt"]
    assert "Special credit conditions negotiated with banks" in checks["results"].explanation["en"]
    assert not any("_" in text for check in checks.values() for text in check.explanation.values())


def test_a_changed_policy_changes_the_bound_that_is_shown() -> None:
    policy = policy_with(("minimum_share: 30", "minimum_share: 45"))
    [share] = [c for c in screen(build("cluster"), policy, "cluster").checks if c.code == "counterpart_share"]
    assert (share.bound, share.verdict) == ("45", "pass")


def test_an_open_typology_leaves_its_checks_open() -> None:
    """The five approved projects declare none: what depends on it says so, the rest says that the source is silent."""
    for project in approved_projects():
        screening = screen(project, default_policy(), None)
        assert (screening.verdict, screening.typology) == ("unknown", None)
        reasons = {check.code: check.explanation["en"] for check in screening.checks}
        assert "depends on the typology" in reasons["term"]
        assert reasons["experience"] != reasons["term"]
