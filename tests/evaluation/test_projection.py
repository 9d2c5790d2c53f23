"""What is kept to be read: given facts, then documents."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import bson
import pytest

from services.evaluation.api import Answer
from services.evaluation.commands import ApproveProposal, RegisterApproval
from services.evaluation.decider import REVIEW
from services.evaluation.projection import APPROVALS, DETAIL, KEPT, POLICIES, REVIEWS, SUBMISSIONS
from services.evaluation.records import APPROVAL
from services.evaluation.terms import historical_id
from shared.contracts import Fact, Recorded
from shared.contracts.evaluation import PolicyPublished, ProposalReturned, ReviewCancelled
from shared.programme.proposal import Proposal
from shared.projection import Document, Projection
from shared.testing import NOW, decide
from tests.evaluation.examples import (
    ABOUT,
    ASSESSED,
    COFFEE,
    ENDED,
    LOCKED,
    LONGER,
    OPENED,
    POLICY_TEXT,
    REF,
    REJECTED,
    RETURNED,
    UVA,
    WHY,
    assessed,
    recorded,
)

REPLACED = ReviewCancelled(**ABOUT, revision=1, reason="replaced")
[APPROVED] = decide(REVIEW, LOCKED, ApproveProposal(revision=1, reasons=WHY, approved_on=date(2026, 1, 2)))
[REGISTERED] = decide(APPROVAL, [], RegisterApproval(project_id=historical_id(UVA), project=UVA))
SECOND = assessed(2, LONGER, before=COFFEE)


def fold(projection: Projection, facts: Sequence[Fact], stream: str = "review-p1") -> Document:
    document = projection.fold(stream, None, [recorded(fact, i + 1, stream) for i, fact in enumerate(facts)])
    assert document is not None
    return document


@pytest.mark.parametrize(
    ("facts", "status", "revision"),
    [
        (ASSESSED, "assessed", 1),
        ([*ASSESSED, OPENED], "opened", 1),
        ([*ASSESSED, OPENED, REPLACED], "assessed", 1),
        ([*ASSESSED, OPENED, *SECOND, REPLACED], "assessed", 2),
        (LOCKED, "confirmed", 1),
        ([*LOCKED, APPROVED], "approved", 1),
        ([*LOCKED, REJECTED], "rejected", 1),
        ([*LOCKED, RETURNED], "returned", 1),
        ([*LOCKED, RETURNED, *SECOND], "assessed", 2),
        ([*ASSESSED, ENDED], "ended", 1),
        ([*ASSESSED, OPENED, ENDED, ReviewCancelled(**ABOUT, revision=1, reason="withdrawn")], "ended", 1),
    ],
)
def test_a_review_says_where_it_stands(facts: Sequence[Fact], status: str, revision: int) -> None:
    document = fold(REVIEWS, facts)
    assert (document["status"], document["revision"]) == (status, revision)
    assert document["events"] == [f"review-p1-{i + 1}" for i in range(len(facts))]


def test_a_review_says_what_the_rules_found() -> None:
    document = fold(REVIEWS, ASSESSED)
    assert (document["proposal_id"], document["country"], document["reference"]) == ("p1", "CO", "CO-1")
    assert (document["typology"], document["declared"], document["mismatch"]) == (
        "simple_network",
        "simple_network",
        False,
    )
    assert (document["verdict"], document["referred"]) == ("pass", False)
    assert float(document["confidence"]) > 0
    assert document["policy"] == {"version": REF.version, "hash": REF.hash}
    assert document["recorded"] == document["updated"] == NOW.isoformat()


def test_a_decision_is_kept_with_its_reasons_its_day_and_its_event() -> None:
    document = fold(REVIEWS, [*LOCKED, RETURNED, *SECOND])
    assert [d["outcome"] for d in document["decisions"]] == ["returned"]
    assert document["decisions"][0] | {"recorded": ""} == {
        "outcome": "returned",
        "revision": 1,
        "reasons": WHY,
        "actor": "tester",
        "event": "review-p1-6",
        "time": NOW.isoformat(),
        "recorded": "",
    }
    assert fold(REVIEWS, [*LOCKED, APPROVED])["approved_on"] == "2026-01-02"


def test_the_detail_adds_findings_changes_and_history() -> None:
    document = fold(DETAIL, [*ASSESSED, OPENED, *SECOND, REPLACED])
    assert {k: document[k] for k in fold(REVIEWS, [*ASSESSED, OPENED, *SECOND, REPLACED])}
    assert document["classification"]["rows"][0]["explanation"]["pt"]
    assert [check["code"] for check in document["screening"]["checks"]]
    assert any("60" in change["en"] for change in document["changes"])
    assert [entry["type"] for entry in document["history"]][3:5] == ["review.opened.v1", "assessment.started.v1"]
    assert document["history"][-1]["reason"] == "replaced"


def test_approvals_policies_and_submissions() -> None:
    approval = fold(APPROVALS, [REGISTERED], f"approval-{historical_id(UVA)}")
    assert (approval["project_id"], approval["historical"], approval["fund_amount"]) == (historical_id(UVA), True, None)
    assert fold(APPROVALS, [*LOCKED, APPROVED])["project_id"] == "p1"
    published = PolicyPublished(policy=REF, effective=date(2000, 1, 1), text=POLICY_TEXT)
    policy = fold(POLICIES, [published], f"policy-{REF.version}")
    assert (policy["version"], policy["effective"], policy["text"]) == (REF.version, "2000-01-01", POLICY_TEXT)
    submission = fold(SUBMISSIONS, [*ASSESSED, *SECOND])
    assert Proposal.model_validate_json(submission["proposal"]) == LONGER
    assert submission["policy"] == REF.version


def test_a_review_that_does_not_begin_with_its_first_event_is_refused() -> None:
    """It is parked, and an operator sees it, instead of half a document that no one would notice."""
    with pytest.raises(ValueError, match="first event"):
        fold(REVIEWS, [OPENED])


@pytest.mark.parametrize("seed", range(10))
def test_streams_may_arrive_in_any_order_and_in_any_batches(seed: int) -> None:
    streams: dict[str, Sequence[Fact]] = {
        "review-p1": [*LOCKED, APPROVED],
        "review-p2": [*LOCKED, RETURNED, *SECOND],
        "review-p3": [*ASSESSED, OPENED, ENDED],
        f"approval-{historical_id(UVA)}": [REGISTERED],
        f"policy-{REF.version}": [PolicyPublished(policy=REF, effective=date(2000, 1, 1), text=POLICY_TEXT)],
    }
    whole = {s: [recorded(fact, i + 1, s) for i, fact in enumerate(facts)] for s, facts in streams.items()}
    expected = kept([event for events in whole.values() for event in events], [])
    generator = random.Random(seed)
    left = {stream: list(events) for stream, events in whole.items()}
    mixed: list[Recorded] = []
    while left:
        stream = generator.choice(sorted(left))
        mixed.append(left[stream].pop(0))
        if not left[stream]:
            del left[stream]
    assert kept(mixed, sorted(generator.sample(range(len(mixed)), 4))) == expected


def kept(events: Sequence[Recorded], cuts: Sequence[int]) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    edges = [0, *cuts, len(events)]
    for begin, end in pairwise(edges):
        for projection in KEPT:
            for key, own in projection.sort(events[begin:end]).items():
                name = f"{projection.collection}/{key}"
                after = projection.fold(key, documents.get(name), own)
                if after is not None:
                    documents[name] = after
    return documents


def test_the_longest_reasons_of_a_hundred_returns_fit_into_one_document() -> None:
    longest = dict.fromkeys(("es", "pt", "en"), "\U0001f600" * 1_000)
    reasons = [why.given() for why in Answer.model_validate({"revision": 1, "reasons": [longest] * 10}).reasons]
    returned = [ProposalReturned(**ABOUT, revision=n, reasons=reasons) for n in range(1, 101)]
    assert len(bson.encode(fold(REVIEWS, [*ASSESSED, *returned]))) < 15_000_000
