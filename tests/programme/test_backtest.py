"""Back-testing sees just what classification and screening say of each proposal under both policies."""

from __future__ import annotations

import pytest

from shared.programme.backtest import Flip, backtest
from shared.programme.classify import classify
from shared.programme.policy import Policy
from shared.programme.screen import screen, typology_for
from tests.programme.building import approved_projects, build, default_policy, policy_with, with_maximum
from tests.programme.golden import Case, cases

EDITS = {
    "more counterpart": ("minimum_share: 30,", "minimum_share: 45,"),
    "shorter clusters": ("cluster: {least: 36, most: 60}", "cluster: {least: 24, most: 36}"),
    "a larger lead": ("minimum_confidence: 0.10 ", "minimum_confidence: 0.40 "),
    "all rows known": ("minimum_rows: 4 ", "minimum_rows: 7 "),
    "larger groups": ("{least: 5, most: 10, per: group}", "{least: 8, most: 12, per: group}"),
    "unusual items fail": ("unusual: refer", "unusual: fail"),
}


def seen(case: Case, policy: Policy) -> tuple[str, dict[str, str], str]:
    """The typology, the verdicts and the worst of them, the long way."""
    found = classify(case.source, policy)
    screening = screen(case.source, policy, typology_for(found.declared, found.typology))
    return found.typology or "referred", {c.code: c.verdict for c in screening.checks}, screening.verdict


def expected(case: Case, new: Policy) -> set[tuple[str, str, str, str]]:
    (typology, checks, verdict), (other, others, worst) = seen(case, default_policy()), seen(case, new)
    pairs = {"typology": (typology, other), "screening": (verdict, worst)}
    pairs |= {f"check:{c}": (checks.get(c, "none"), others.get(c, "none")) for c in {*checks, *others}}
    return {(case.id, what, was, becomes) for what, (was, becomes) in pairs.items() if was != becomes}


@pytest.mark.parametrize("edit", EDITS)
def test_flips_are_those_of_the_golden_set(edit: str) -> None:
    """Each changed policy on a third of the set, so that every case is tried under two of them."""
    new, past = policy_with(EDITS[edit]), cases()[list(EDITS).index(edit) % 3 :: 3]
    result = backtest([(case.id, case.source) for case in past], default_policy(), new)
    found = {(flip.id, flip.what, flip.before, flip.after) for flip in result.flips}
    assert found == set().union(*(expected(case, new) for case in past))
    assert len(found) == len(result.flips) > 0
    assert result.tried == len(past)
    assert sum(result.counts.values()) == len(result.flips)
    assert sum(result.rules.values()) == len({(flip.id, rule) for flip in result.flips for rule in flip.rules})


def test_flips_are_counted_by_country_and_typology() -> None:
    past = [("a", build("simple network")), ("b", build("simple network")), ("c", build("cluster"))]
    result = backtest(past, default_policy(), policy_with(("minimum_share: 30,", "minimum_share: 55,")))
    assert dict(result.counts) == {
        ("CO", "simple_network", "check:counterpart_share", "pass", "fail"): 2,
        ("CO", "simple_network", "check:counterpart_cash", "pass", "fail"): 2,
        ("CO", "simple_network", "screening", "pass", "fail"): 2,
        ("BR", "cluster", "check:counterpart_share", "pass", "fail"): 1,
        ("BR", "cluster", "screening", "pass", "fail"): 1,
    }
    # of proposals, not of flips: a check and the screening that it is part of flip together
    assert dict(result.rules) == {"check:counterpart_share": 3, "check:counterpart_cash": 2}


def test_a_flip_names_the_rows_that_made_it() -> None:
    """Where doubtful results count for a complex network alone, its lead is enough."""
    change = {"promoter": "lead_firms", "groups": ["7", "7", "7"], "further results": {"quality_standards": "measured"}}
    deeper = (
        "points: {simple_network: 1, complex_network: 2, cluster: 1}",
        "points: {simple_network: 0, complex_network: 3, cluster: 0}",
    )
    smaller = ("minimum_confidence: 0.10 ", "minimum_confidence: 0.05 ")
    past = [("p", build("simple network", change))]
    flip = Flip("p", "CO", "simple_network", "typology", "referred", "complex_network", ("row:impacts",))
    assert backtest(past, default_policy(), policy_with(deeper)).flips == [flip]
    # where a smaller lead is asked for too, either would do it alone
    [both] = backtest(past, default_policy(), policy_with(deeper, smaller)).flips
    assert both.rules == ("row:impacts", "classification")


def test_a_flip_by_confidence_alone_names_the_classification() -> None:
    new = policy_with(("minimum_confidence: 0.10 ", "minimum_confidence: 0.60 "))
    [flip] = backtest([("p", build("simple network"))], default_policy(), new).flips
    assert (flip.what, flip.before, flip.after, flip.rules) == (
        "typology",
        "simple_network",
        "referred",
        ("classification",),
    )


def test_a_row_that_changed_and_alone_flips_nothing_is_not_named() -> None:
    """The lead stays 11 of 21, 0.52: it is the confidence of 0.60 that refers the network to a person."""
    new = policy_with(
        ("minimum_confidence: 0.10 ", "minimum_confidence: 0.60 "),
        (
            "points: {simple_network: 2, complex_network: 2, cluster: 1}",
            "points: {simple_network: 1, complex_network: 1, cluster: 0}",
        ),
    )
    [flip] = backtest([("p", build("simple network"))], default_policy(), new).flips
    assert (flip.after, flip.rules) == ("referred", ("classification",))


def test_a_changed_maximum_is_named_as_its_row() -> None:
    """Where the axis could give 10 points, the lead is 11 of 28, 0.39, below the 0.50 that both policies ask for."""
    old = policy_with(("minimum_confidence: 0.10 ", "minimum_confidence: 0.50 "))
    [flip] = backtest([("p", build("simple network"))], old, with_maximum("axis", 10, old)).flips
    assert (flip.before, flip.after, flip.rules) == ("simple_network", "referred", ("row:axis",))


def test_without_a_typology_a_project_is_counted_as_unknown() -> None:
    new = policy_with(("minimum_rows: 4 ", "minimum_rows: 1 "))
    past = [(str(i), project) for i, project in enumerate(approved_projects())]
    assert backtest(past, default_policy(), new).flips == []
    assert backtest([], default_policy(), new).tried == 0
