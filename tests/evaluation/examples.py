"""What the tests of evaluation speak about: two proposals, the policy, and the facts of a review."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from services.evaluation.commands import AssessRevision
from shared.contracts import Fact, Recorded
from shared.contracts import evaluation as events
from shared.contracts.values import PolicyRef
from shared.programme.changes import compare, compare_screenings
from shared.programme.classify import classify
from shared.programme.historical import HistoricalProject, HistoricalProjects
from shared.programme.policy import parse_policy
from shared.programme.proposal import Proposal
from shared.programme.screen import screen, typology_for
from shared.testing import NOW, event

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "shared" / "programme" / "examples"
POLICY_TEXT = (ROOT / "services/evaluation/policies/2000-01-01.default.yaml").read_text()
POLICY = parse_policy(POLICY_TEXT)
REF = PolicyRef(version=POLICY.version, hash=POLICY.hash)


def proposal(name: str) -> Proposal:
    """One of the two example proposals."""
    return Proposal.model_validate_json((EXAMPLES / name).read_bytes(), extra="forbid")


def historical() -> list[HistoricalProject]:
    """The five approved projects."""
    return HistoricalProjects.model_validate_json((EXAMPLES / "approved-projects.json").read_bytes()).projects


COFFEE = proposal("network-coffee-co.json")
FURNITURE = proposal("cluster-furniture-br.json")
LONGER = COFFEE.model_copy(update={"term": COFFEE.term.model_copy(update={"months": 60})})
UVA = historical()[0]
ABOUT = {"proposal_id": "p1", "country": "CO"}
WHY = [{"en": "the budget is unclear"}]


def assess(revision: int = 1, source: Proposal = COFFEE) -> AssessRevision:
    """The order that a submitted or revised proposal leads to."""
    classification = classify(source, POLICY)
    typology = typology_for(source.declared_typology, classification.typology)
    return AssessRevision(
        **ABOUT,
        revision=revision,
        reference="CO-1",
        proposal=source,
        policy=REF,
        classification=classification,
        screening=screen(source, POLICY, typology),
    )


def assessed(revision: int = 1, source: Proposal = COFFEE, before: Proposal | None = None) -> list[events.ReviewFact]:
    """What that order leads to, `before` being the proposal of the revision before."""
    now = assess(revision, source)
    was = assess(revision - 1, before) if before else None
    about = ABOUT | {"revision": revision, "policy": REF}
    changes = compare(was.classification, now.classification) if was else []
    rescreened = compare_screenings(was.screening, now.screening) if was else []
    return [
        events.AssessmentStarted(**about, reference="CO-1", proposal=source),
        events.ProposalClassified(**about, classification=now.classification, changes=changes),
        events.EligibilityScreened(**about, screening=now.screening, changes=rescreened),
    ]


OPENED = events.ReviewOpened(**ABOUT, revision=1)
CONFIRMED = events.ReviewConfirmed(**ABOUT, revision=1)
ENDED = events.AssessmentEnded(**ABOUT, revision=1)
REJECTED = events.ProposalRejected(**ABOUT, revision=1, reasons=WHY)
RETURNED = events.ProposalReturned(**ABOUT, revision=1, reasons=WHY)
ASSESSED = assessed()
LOCKED = [*ASSESSED, OPENED, CONFIRMED]


def recorded(fact: Fact, number: int = 1, stream: str = "review-p1", at: datetime = NOW) -> Recorded:
    """The fact as the log holds it, alone in its commit."""
    envelope = event(fact, number, at, stream).model_copy(update={"id": f"{stream}-{number}"})
    return Recorded(envelope, "evaluation-0", number, 0, 1, number, f"command-{number}", at, "", "")
