"""What intake keeps to be read: given facts, then documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from services.intake.projection import ASSESSMENTS, POLICIES, PROPOSALS
from shared.contracts import Fact, Recorded
from shared.contracts.evaluation import AssessmentStarted, EligibilityScreened, PolicyPublished, ProposalClassified
from shared.contracts.values import PolicyRef
from shared.programme.findings import Classification, Screening
from shared.programme.taxids import replace_tax_ids
from shared.projection import Document, Projection
from shared.testing import NOW, event
from tests.intake.test_decider import (
    ABOUT,
    CLOSED,
    LOCKED,
    PROPOSAL,
    REVISED,
    SUBMITTED,
    UNLOCKED,
    WHY,
    WITHDRAWN,
)

POLICY = PolicyRef(version="2000-01-01.default", hash="0" * 64)
STARTED = AssessmentStarted(**ABOUT, revision=1, reference="CO-1", policy=POLICY, proposal=PROPOSAL)
CLASSIFIED = ProposalClassified(
    **ABOUT, revision=1, policy=POLICY, changes=[{"en": "none"}],
    classification=Classification(typology=None, runner_up=None, confidence="0", points={}, rows=[], declared=None,
                                  mismatch=False),
)  # fmt: skip
SCREENED = EligibilityScreened(
    **ABOUT, revision=1, policy=POLICY, screening=Screening(verdict="unknown", checks=[])
)  # fmt: skip
PUBLISHED = PolicyPublished(policy=POLICY, effective=date(2000, 1, 1), text="version: 2000-01-01.default")


def recorded(fact: Fact, number: int) -> Recorded:
    """The fact as the `number`-th event of its stream, recorded `number` days after it happened."""
    return Recorded(
        event=event(fact, number, stream="proposal-p1"), log="intake-0", n=number, index=0, count=1, version=number,
        command=f"c{number}", recorded=NOW + timedelta(days=number), hash="0" * 64, text="",
    )  # fmt: skip


def fold(projection: Projection, *facts: Fact) -> Document | None:
    """The document after the facts; an event that the projection passes over changes nothing."""
    document: Document | None = None
    for number, fact in enumerate(facts, 1):
        one = recorded(fact, number)
        if (key := projection.key(one)) is not None:
            document = projection.fold(key, document, [one])
    return document


@pytest.mark.parametrize(
    ("facts", "status", "revision", "answers"),
    [
        ([SUBMITTED], "open", 1, []),
        ([SUBMITTED, REVISED], "open", 2, []),
        ([SUBMITTED, WITHDRAWN], "withdrawn", 1, []),
        ([SUBMITTED, LOCKED], "locked", 1, []),
        ([SUBMITTED, LOCKED, UNLOCKED], "open", 1, ["returned"]),
        ([SUBMITTED, LOCKED, UNLOCKED, REVISED], "open", 2, ["returned"]),
        ([SUBMITTED, LOCKED, CLOSED], "approved", 1, ["approved"]),
        ([SUBMITTED, LOCKED, UNLOCKED, LOCKED, CLOSED], "approved", 1, ["returned", "approved"]),
    ],
)
def test_where_a_proposal_stands(facts: Sequence[Fact], status: str, revision: int, answers: list[str]) -> None:
    """Its state, its newest revision, and every answer that came back, in order."""
    document = fold(PROPOSALS, *facts)
    assert document is not None
    assert (document["status"], document["revision"]) == (status, revision)
    assert [answer["outcome"] for answer in document["reasons"]] == answers
    assert document["events"] == [f"event-{n + 1}" for n in range(len(facts))]
    assert document["version"] == len(facts)  # a reader goes on from here
    assert document["recorded"] == (NOW + timedelta(days=1)).isoformat()
    assert document["updated"] == (NOW + timedelta(days=len(facts))).isoformat()


def test_a_proposal_is_kept_whole_and_plain() -> None:
    """Its own key and reference stay those of the first revision; what it holds is JSON."""
    document: Any = fold(PROPOSALS, SUBMITTED, REVISED)
    assert (document["_id"], document["reference"], document["country"]) == ("proposal-p1", "CO-1", "CO")
    assert type(PROPOSAL).model_validate(document["proposal"]) == PROPOSAL


def test_the_reasons_of_a_return_are_those_that_were_given() -> None:
    document: Any = fold(PROPOSALS, SUBMITTED, LOCKED, UNLOCKED)
    [answer] = document["reasons"]
    assert (answer["reasons"], answer["revision"], answer["event"]) == (WHY, 1, "event-3")


def test_how_evaluation_saw_a_revision() -> None:
    """Classification and screening are of the newest assessment: a new one begins empty."""
    document: Any = fold(ASSESSMENTS, STARTED, CLASSIFIED, SCREENED)
    assert document["screening"]["verdict"] == "unknown"
    assert document["changes"] == [{"en": "none"}]
    again: Any = fold(ASSESSMENTS, STARTED, CLASSIFIED, SCREENED, STARTED)
    assert "classification" not in again


def test_a_policy_is_kept_as_it_was_published() -> None:
    document: Any = fold(POLICIES, PUBLISHED)
    assert (document["version"], document["effective"], document["text"]) == (
        "2000-01-01.default", "2000-01-01", "version: 2000-01-01.default",
    )  # fmt: skip


@pytest.mark.parametrize("projection", [ASSESSMENTS, POLICIES], ids=lambda projection: projection.collection)
def test_events_of_others_are_passed_over(projection: Projection) -> None:
    assert fold(projection, SUBMITTED, WITHDRAWN) is None


def test_a_stream_without_its_beginning_is_an_error() -> None:
    """Never a half document: the event is parked."""
    with pytest.raises(ValueError, match="does not begin"):
        fold(PROPOSALS, WITHDRAWN)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"NIT [0-9]{9}-[0-9]", fullmatch=True), min_size=3, max_size=3, unique=True))
def test_tax_ids_are_in_no_document(ids: list[str]) -> None:
    """What the door replaces is shown by its reference only, in first and later revisions."""
    agency, *firms = ids
    groups = PROPOSAL.beneficiaries.groups
    named = [firm.model_copy(update={"tax_id": tax}) for firm, tax in zip(groups[0].firms, firms, strict=False)]
    beneficiaries = PROPOSAL.beneficiaries.model_copy(
        update={"groups": [groups[0].model_copy(update={"firms": [*named, *groups[0].firms[2:]]}), *groups[1:]]}
    )
    named_all = PROPOSAL.model_copy(
        update={
            "executing_agency": PROPOSAL.executing_agency.model_copy(update={"tax_id": agency}),
            "beneficiaries": beneficiaries,
        }
    )
    kept: dict[str, str] = {}
    clean = replace_tax_ids(named_all, lambda pointer, tax_id: kept.setdefault(tax_id, f"t-{len(kept)}"))
    document = fold(
        PROPOSALS,
        SUBMITTED.model_copy(update={"proposal": clean}),
        REVISED.model_copy(update={"proposal": clean}),
        WITHDRAWN,
    )
    told = json.dumps(document)
    assert set(kept) == set(ids)
    assert not [tax_id for tax_id in ids if tax_id in told]
    assert '"tax_id"' not in told
    assert all(f'"{ref}"' in told for ref in kept.values())


def test_answers_keep_the_order_in_which_they_came() -> None:
    second = UNLOCKED.model_copy(update={"revision": 2, "reasons": [{"es": "falta un anexo"}, {"es": "y el plan"}]})
    rejected = CLOSED.model_copy(update={"revision": 3, "outcome": "rejected", "reasons": WHY})
    document: Any = fold(PROPOSALS, SUBMITTED, LOCKED, UNLOCKED, REVISED, LOCKED, second, LOCKED, rejected)
    assert [(a["outcome"], a["revision"], a["reasons"]) for a in document["reasons"]] == [
        ("returned", 1, WHY),
        ("returned", 2, [{"es": "falta un anexo"}, {"es": "y el plan"}]),
        ("rejected", 3, WHY),
    ]
