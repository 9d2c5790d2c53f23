"""Past proposals under a changed policy: what flips, which rule makes it flip, and that nothing else does."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.programme.backtest import Flip, backtest
from shared.programme.facts import facts_of
from shared.programme.historical import HistoricalProject
from shared.programme.past import PastProposal, past_of
from shared.programme.policy import parse_policy
from shared.programme.policy_rules import ANSWERS
from tests.programme.building import approved_projects, with_maximum
from tests.programme.golden import Case, cases

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "services/evaluation/policies/2000-01-01.default.yaml").read_text("utf-8")
OLD = parse_policy(TEXT)
NETWORK = (ROOT / "shared/programme/examples/network-coffee-co.json").read_bytes()
CLUSTER = (ROOT / "shared/programme/examples/cluster-furniture-br.json").read_bytes()
PAST = [("coffee", past_of(NETWORK)), ("furniture", past_of(CLUSTER))]


def flips(old: str, new: str) -> list[Flip]:
    assert old in TEXT
    return backtest(PAST, OLD, parse_policy(TEXT.replace(old, new))).flips


def test_the_same_rules_flip_nothing() -> None:
    result = backtest(PAST, OLD, parse_policy(TEXT + "\n# said otherwise\n"))
    assert (result.tried, result.flips, dict(result.counts), dict(result.rules)) == (2, [], {}, {})


SHARES = ("check:counterpart_share", "check:counterpart_cash")


def test_a_raised_minimum_flips_the_check_and_the_screening() -> None:
    """The coffee network brings 40 %, 20 % in cash; the furniture cluster 50 %. Half of a minimum must be in cash."""
    assert flips("minimum_share: 30", "minimum_share: 45") == [
        Flip("coffee", "CO", "simple_network", "check:counterpart_share", "pass", "fail", ("check:counterpart_share",)),
        Flip("coffee", "CO", "simple_network", "check:counterpart_cash", "pass", "fail", ("check:counterpart_cash",)),
        Flip("coffee", "CO", "simple_network", "screening", "pass", "fail", SHARES),
    ]


def test_a_longer_term_refers_a_shorter_project() -> None:
    found = flips("cluster: {least: 36, most: 60}", "cluster: {least: 50, most: 60}")
    assert [(f.id, f.what, f.rules) for f in found] == [
        ("furniture", "check:term", ("check:term",)),
        ("furniture", "screening", ("check:term",)),
    ]


def test_a_typology_that_flips_names_the_rows_that_changed() -> None:
    new = parse_policy(TEXT.replace("minimum_confidence: 0.10", "minimum_confidence: 0.45"))
    for row in ANSWERS:
        new = with_maximum(row, 1, new)
    result = backtest(PAST, OLD, new)
    [flip] = [f for f in result.flips if f.what == "typology"]
    assert (flip.id, flip.before, flip.after) == ("coffee", "simple_network", "referred")
    # neither a row nor the confidence does it alone (11 of 21 is 0.52; 3 of 7 is more than 0.10): all are named
    assert {"row:axis", "classification"} < set(flip.rules)
    assert result.counts["CO", "simple_network", "typology", "simple_network", "referred"] == 1


def test_a_confidence_that_is_asked_for_is_named_as_the_rule() -> None:
    [flip] = flips("minimum_confidence: 0.10", "minimum_confidence: 0.9")
    assert (flip.id, flip.what, flip.rules) == ("coffee", "typology", ("classification",))


def test_a_historical_project_stays_unknown_under_any_bound() -> None:
    past = [(project.title.given()["es"], project) for project in approved_projects()]
    text = TEXT.replace("minimum_share: 30", "minimum_share: 99").replace("least: 36, most: 60", "least: 59, most: 60")
    assert backtest(past, OLD, parse_policy(text)).flips == []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_lean_reading_finds_the_same_facts(case: Case) -> None:
    """Whatever the rules look at comes out of the lean reading as out of the whole proposal."""
    lean = facts_of(past_of(case.source.model_dump_json()))
    assert lean == dataclasses.replace(facts_of(case.source), groups=None)


def test_what_is_read_is_told_apart() -> None:
    assert isinstance(past_of(NETWORK.decode()), PastProposal)
    assert isinstance(past_of(approved_projects()[0].model_dump_json()), HistoricalProject)


@pytest.mark.parametrize("text", ["", "[]", "{}", '"a"', '{"approved_on": 1}'])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        past_of(text)


def test_a_field_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValidationError, match=r"term\.months"):
        past_of(NETWORK.replace(b'"months": 30', b'"months": "soon"'))
