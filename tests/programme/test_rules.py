"""The default policy on what is known: the two examples, and the five approved projects without a made-up fact."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest

from shared.programme.checks import check
from shared.programme.classify import classify
from shared.programme.historical import HistoricalProjects
from shared.programme.policy import PolicyError, parse_policy
from shared.programme.proposal import Proposal
from shared.programme.quotient import location_quotient
from shared.programme.screen import screen

ROOT = Path(__file__).parents[2]
POLICY_TEXT = (ROOT / "services/evaluation/policies/2000-01-01.default.yaml").read_text()
POLICY = parse_policy(POLICY_TEXT)
EXAMPLES = ROOT / "shared" / "programme" / "examples"


def example(name: str) -> Proposal:
    return Proposal.model_validate_json((EXAMPLES / name).read_bytes(), extra="forbid")


@pytest.mark.parametrize(
    ("name", "typology"), [("network-coffee-co.json", "simple_network"), ("cluster-furniture-br.json", "cluster")]
)
def test_the_examples_are_what_they_declare_and_pass(
    name: str, typology: Literal["simple_network", "complex_network", "cluster"]
) -> None:
    proposal = example(name)
    assert check(proposal) == []
    classification = classify(proposal, POLICY)
    assert (classification.typology, classification.mismatch) == (typology, False)
    verdicts = {c.code: c.verdict for c in screen(proposal, POLICY, typology).checks}
    assert "fail" not in verdicts.values(), verdicts


@pytest.mark.parametrize("typology", ["simple_network", "complex_network", "cluster"])
def test_the_approved_projects_never_fail_for_what_the_source_does_not_say(
    typology: Literal["simple_network", "complex_network", "cluster"],
) -> None:
    text = (EXAMPLES / "approved-projects.json").read_bytes()
    projects = HistoricalProjects.model_validate_json(text).projects
    assert len(projects) == 5
    for project in projects:
        classification = classify(project, POLICY)
        assert classification.typology is None
        assert classification.referred is not None
        assert "fail" not in {c.verdict for c in screen(project, POLICY, typology).checks}


def test_a_budget_that_does_not_add_up_is_found() -> None:
    proposal = example("network-coffee-co.json")
    budget = proposal.budget.model_copy(update={"fund_amount": proposal.budget.fund_amount + 1})
    findings = check(proposal.model_copy(update={"budget": budget}))
    assert findings
    assert all(set(f.texts) == {"es", "pt", "en"} for f in findings)


def test_a_wrong_policy_names_line_field_and_what_is_allowed() -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy(POLICY_TEXT.replace("version:", "verzion:", 1))
    [*_, problem] = error.value.problems
    assert problem.line > 0
    assert problem.field


def test_the_location_quotient_is_exact() -> None:
    """30 of 100 here, 10 of 100 in the region: three times as specialised."""
    assert location_quotient(30, 100, 10, 100) == Fraction(3)
