"""What intake keeps to be read: its proposals, how evaluation saw them, and the policies. Pure."""

from __future__ import annotations

from typing import Any

from shared.contracts import Recorded
from shared.contracts import evaluation as scoring
from shared.contracts import intake as events
from shared.projection import Document, Projection


def proposal(document: Document | None, event: Recorded) -> Document | None:
    """A proposal with its state, its current revision, and every reason that came back."""
    after = _proposal(document, event)
    return None if after is None else after | {"version": event.version}


def _proposal(document: Document | None, event: Recorded) -> Document | None:
    match event.fact:
        case events.ProposalSubmitted() as fact:
            return {
                "proposal_id": fact.proposal_id,
                "country": fact.country,
                "reference": fact.reference,
                "recorded": event.recorded.isoformat(),
                "reasons": [],
                "events": [],
            } | _revision(fact, event)
        case events.ProposalRevised() as fact:
            return _known(document) | _revision(fact, event, _known(document)["events"])
        case events.ProposalWithdrawn(reason=reason):
            return _moved(document, event, "withdrawn") | {"withdrawn_because": reason}
        case events.ProposalLocked():
            return _moved(document, event, "locked")
        case events.ProposalUnlocked(revision=revision, reasons=reasons):
            return _answered(_moved(document, event, "open"), event, "returned", revision, reasons)
        case events.ProposalClosed(revision=revision, outcome=outcome, reasons=reasons):
            return _answered(_moved(document, event, outcome), event, outcome, revision, reasons)
        case _:
            return document


def assessment(document: Document | None, event: Recorded) -> Document | None:
    """How evaluation saw the newest revision that it has assessed."""
    match event.fact:
        case scoring.AssessmentStarted() as fact:
            return {"proposal_id": fact.proposal_id, "revision": fact.revision, "policy": fact.policy.model_dump()}
        case scoring.ProposalClassified() as fact:
            said = {"classification": fact.classification.model_dump(mode="json"), "changes": fact.changes}
            return _known(document) | said
        case scoring.EligibilityScreened() as fact:
            return _known(document) | {"screening": fact.screening.model_dump(mode="json")}
        case _:
            return document


def policy(document: Document | None, event: Recorded) -> Document | None:
    """A published policy, as it is applied at the door."""
    match event.fact:
        case scoring.PolicyPublished() as fact:
            return {
                "version": fact.policy.version,
                "hash": fact.policy.hash,
                "effective": fact.effective.isoformat(),
                "recorded": event.recorded.isoformat(),
                "text": fact.text,
            }
        case _:
            return document


def _known(document: Document | None) -> Document:
    if document is None:
        raise ValueError("the stream does not begin with its first event")
    return document


def _revision(
    fact: events.ProposalSubmitted | events.ProposalRevised, event: Recorded, before: list[str] | None = None
) -> Document:
    proposal = fact.proposal
    return {
        "status": "open",
        "revision": fact.revision,
        "title": proposal.title.given(),
        "office": proposal.office,
        "declared_typology": proposal.declared_typology,
        "executing_agency": proposal.executing_agency.name,
        "updated": event.recorded.isoformat(),
        "events": [*(before or []), event.event.id],
        "proposal": proposal.model_dump(mode="json", exclude_none=True),
    }


def _moved(document: Document | None, event: Recorded, status: str) -> Document:
    known = _known(document)
    seen = {"status": status, "updated": event.recorded.isoformat(), "events": [*known["events"], event.event.id]}
    return known | seen


def _answered(
    document: Document, event: Recorded, outcome: str, revision: int, reasons: list[dict[str, str]]
) -> Document:
    answer: dict[str, Any] = {
        "outcome": outcome,
        "revision": revision,
        "reasons": reasons,
        "event": event.event.id,
        "recorded": event.recorded.isoformat(),
    }
    return document | {"reasons": [*document["reasons"], answer]}


PROPOSALS = Projection("proposals", proposal)
ASSESSMENTS = Projection(
    "assessments",
    assessment,
    of=(scoring.AssessmentStarted, scoring.ProposalClassified, scoring.EligibilityScreened),
)
POLICIES = Projection("policies", policy, of=(scoring.PolicyPublished,))
