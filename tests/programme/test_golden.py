"""The golden set: the default policy says of each case what was expected of it, in all of its parts."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import get_args

import pytest

from shared.programme.checks import check
from shared.programme.classify import classify
from shared.programme.findings import Classification, Screening
from shared.programme.proposal import Proposal
from shared.programme.quotient import as_text
from shared.programme.screen import screen, typology_for
from shared.programme.vocabulary import CostItem, ResultCode, Typology
from tests.programme.building import BASES, default_policy
from tests.programme.golden import DECIDED_BY_A_PERSON, ROWS, Case, cases
from tests.programme.golden_page import PAGE, page

LANGUAGES = {"es", "pt", "en"}


def judged(case: Case) -> tuple[Classification, Screening]:
    policy = default_policy()
    classification = classify(case.source, policy)
    return classification, screen(case.source, policy, typology_for(classification.declared, classification.typology))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_default_policy_says_what_is_expected(case: Case) -> None:
    """Answers, points, outcome, confidence, orientation, mismatches, every verdict and every warning."""
    found, screening = judged(case)
    assert {row.row: sorted(row.answers) for row in found.rows} == {row: sorted(case.rows[row]) for row in ROWS}
    assert {row.row for row in found.rows if not row.known} == {row for row in ROWS if not case.rows[row]}
    assert (tuple(found.points.values()), found.attainable) == (case.points, case.of)
    assert found.confidence == as_text(case.lead, 2)
    assert found.typology == (None if case.outcome in DECIDED_BY_A_PERSON else case.outcome)
    assert (found.referred is None) == (found.typology is not None)
    assert found.orientation == case.orientation
    assert (found.mismatch, found.orientation_mismatch) == (case.mismatch, case.orientation_mismatch)
    assert {c.code: c.verdict for c in screening.checks} == case.checks
    assert [c.code for c in screening.checks if c.warning is not None] == case.warnings
    assert screening.verdict == case.verdict


_REASONS = {
    "tie": "A tie at",
    "low_confidence": "a confidence of",
    "few_facts": "rows of the typology are known and",
}


@pytest.mark.parametrize("case", [case for case in cases() if case.outcome in _REASONS], ids=lambda case: case.id)
def test_what_is_referred_says_why(case: Case) -> None:
    found, _ = judged(case)
    assert found.referred is not None
    assert _REASONS[case.outcome] in found.referred["en"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_every_finding_is_in_three_languages_with_facts_that_exist(case: Case) -> None:
    """Whatever is not passed says how to fix it, and every pointer points into the proposal."""
    found, screening = judged(case)
    document = case.source.model_dump(mode="json")
    said = [(row.explanation, row.facts) for row in found.rows]
    said += [(row.explanation, row.facts) for row in found.orientation_rows]
    said += [(c.explanation, c.facts) for c in screening.checks]
    for explanation, facts in said:
        assert set(explanation) == LANGUAGES
        assert all(text and "{" not in text for text in explanation.values())
        for pointer in facts:
            resolve(document, pointer)
    for c in screening.checks:
        assert (c.fix is None) == (c.verdict == "pass")


def resolve(document: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]  # type: ignore[index]
    return document


def test_every_case_is_a_valid_proposal() -> None:
    for case in cases():
        if isinstance(case.source, Proposal):
            assert check(case.source) == [], case.id


def test_the_expectations_hold_together() -> None:
    """Ids are unique, and the band of each confidence and the outcome follow from the points that are expected."""
    assert [name for name, n in Counter(case.id for case in cases()).items() if n > 1] == []
    for case in cases():
        assert case.confidence == case.band, case.id
        leader = max(zip(case.points, ("simple_network", "complex_network", "cluster"), strict=True))[1]
        if case.outcome not in DECIDED_BY_A_PERSON:
            assert (case.outcome, case.band in ("fair", "high")) == (leader, True), case.id
        assert case.of == 3 * sum(bool(answers) for answers in case.rows.values()), case.id


def test_the_set_covers_every_row_answer_verdict_and_language() -> None:
    """Every answer of the policy's rows, every check with each verdict that it can have, every reason to refer."""
    rows = default_policy().classification.rows
    for row in ROWS:
        seen = set(chain.from_iterable(case.rows[row] for case in cases()))
        assert seen == set(getattr(rows, row).answers), row
    assert {case.outcome for case in cases()} >= {"tie", "low_confidence", "few_facts"}
    verdicts = {(code, verdict) for case in cases() for code, verdict in case.checks.items()}
    for code, rule in default_policy().checks.items():
        assert {(code, "pass"), (code, "unknown")} <= verdicts, code
        assert (code, rule.otherwise or "refer") in verdicts, code
    assert {("critical_mass_firms", "fail"), ("location_quotient", "fail")} <= verdicts
    languages = {case.source.language for case in cases() if isinstance(case.source, Proposal)}
    assert languages == LANGUAGES
    assert {case.base for case in cases()} >= set(BASES)
    assert len(cases()) >= 60


def test_the_set_covers_every_cell_of_the_matrix_and_every_item() -> None:
    """All twelve results and all cost items, each promised or paid by each of the three typologies."""
    proposals = [case.source for case in cases() if isinstance(case.source, Proposal)]
    results = {(p.declared_typology, result.code) for p in proposals for result in p.results}
    items = {(p.declared_typology, line.item) for p in proposals for line in p.budget.lines}
    assert len(results) == 3 * len(get_args(ResultCode))
    named = [item for item, rule in default_policy().cost_items.rows.items() if len(rule.usual) < 3]
    assert {(typology, item) for typology in get_args(Typology) for item in named} <= items
    assert {item for _, item in items} == set(get_args(CostItem))


def test_the_page_is_current() -> None:
    """docs/golden-set.md is what `python -m tests.programme.golden_page` writes."""
    assert PAGE.read_text("utf-8") == page()
