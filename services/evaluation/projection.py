"""What evaluation keeps to be read: reviews, approvals, policies, and what back-tests run over. Pure.

`REVIEWS` is the row of a list; `DETAIL` the same with findings and history, folded from the stream when asked for.
"""

from __future__ import annotations

from typing import Any

from shared.contracts import Recorded
from shared.contracts import evaluation as events
from shared.projection import Document, Projection


def review(document: Document | None, event: Recorded) -> Document | None:
    """A review: its proposal's current revision, what the rules found, where it stands, and every decision."""
    match event.fact:
        case events.AssessmentStarted() as fact:
            first = {"recorded": event.recorded.isoformat(), "decisions": [], "events": []}
            return _seen((document or first) | _revision(fact), event)
        case events.ProposalClassified(classification=found):
            known = found.model_dump(include={"typology", "runner_up", "confidence", "mismatch"})
            return _seen(_known(document) | known | {"referred": found.referred is not None}, event)
        case events.EligibilityScreened(screening=screening):
            return _seen(_known(document) | {"verdict": screening.verdict}, event)
        case events.ReviewOpened():
            return _seen(_known(document) | {"status": "opened", "opened_by": event.event.actor}, event)
        case events.ReviewConfirmed():
            return _seen(_known(document) | {"status": "confirmed"}, event)
        case events.ReviewCancelled():
            known = _known(document)
            return _seen(known | ({"status": "assessed"} if known["status"] == "opened" else {}), event)
        case events.AssessmentEnded():
            return _seen(_known(document) | {"status": "ended"}, event)
        case events.ProjectApproved(approved_on=day) as fact:
            return _decided(document, event, "approved", fact) | {"approved_on": day.isoformat()}
        case events.ProposalRejected() as fact:
            return _decided(document, event, "rejected", fact)
        case events.ProposalReturned() as fact:
            return _decided(document, event, "returned", fact)
        case _:
            return document


def detail(document: Document | None, event: Recorded) -> Document | None:
    """A review, whole: with the findings in all languages, what changed, and who did what and when."""
    after = review(document, event)
    if after is None:
        return None
    history = [*(document or {}).get("history", []), _entry(event)]
    match event.fact:
        case events.ProposalClassified() as fact:
            after |= {"classification": fact.classification.model_dump(mode="json"), "changes": fact.changes}
        case events.EligibilityScreened() as fact:
            found = {"screening": fact.screening.model_dump(mode="json")}
            after |= found | {"changes": [*after.get("changes", []), *fact.changes]}
    return after | {"history": history}


def approval(document: Document | None, event: Recorded) -> Document | None:
    """An approved project, with its terms, as it was approved."""
    match event.fact:
        case events.ProjectApproved() as fact:
            stamp = {"event": event.event.id, "actor": event.event.actor, "recorded": event.recorded.isoformat()}
            return fact.model_dump(mode="json") | stamp
        case _:
            return document


def policy(document: Document | None, event: Recorded) -> Document | None:
    """A published policy."""
    match event.fact:
        case events.PolicyPublished() as fact:
            return {
                "version": fact.policy.version,
                "hash": fact.policy.hash,
                "effective": fact.effective.isoformat(),
                "text": fact.text,
                "event": event.event.id,
                "recorded": event.recorded.isoformat(),
            }
        case _:
            return document


def submission(document: Document | None, event: Recorded) -> Document | None:
    """A proposal's newest revision and the policy that it was assessed under; `proposal` is its JSON text."""
    match event.fact:
        case events.AssessmentStarted() as fact:
            return {
                "proposal_id": fact.proposal_id,
                "policy": fact.policy.version,
                "proposal": fact.proposal.model_dump_json(exclude_none=True),
            }
        case _:
            return document


def _known(document: Document | None) -> Document:
    if document is None:
        raise ValueError("the stream does not begin with its first event")
    return document


def _revision(fact: events.AssessmentStarted) -> Document:
    return {
        "proposal_id": fact.proposal_id,
        "country": fact.country,
        "reference": fact.reference,
        "revision": fact.revision,
        "status": "assessed",
        "title": fact.proposal.title.given(),
        "executing_agency": fact.proposal.executing_agency.name,
        "declared": fact.proposal.declared_typology,
        "policy": fact.policy.model_dump(),
        "opened_by": None,
        "approved_on": None,
    }


def _seen(document: Document, event: Recorded) -> Document:
    events_ = [*document["events"], event.event.id]
    return document | {"updated": event.recorded.isoformat(), "events": events_}


def _decided(
    document: Document | None,
    event: Recorded,
    outcome: str,
    fact: events.ProjectApproved | events.ProposalRejected | events.ProposalReturned,
) -> Document:
    known = _known(document)
    decision: dict[str, Any] = {
        "outcome": outcome,
        "revision": fact.revision,
        "reasons": fact.reasons,
        "actor": event.event.actor,
        "event": event.event.id,
        "time": event.event.time.isoformat(),
        "recorded": event.recorded.isoformat(),
    }
    return _seen(known | {"status": outcome, "decisions": [*known["decisions"], decision]}, event)


def _entry(event: Recorded) -> dict[str, Any]:
    entry = {
        "event": event.event.id,
        "type": event.event.type,
        "revision": getattr(event.fact, "revision", None),
        "actor": event.event.actor,
        "time": event.event.time.isoformat(),
        "recorded": event.recorded.isoformat(),
    }
    return entry | ({"reason": event.fact.reason} if isinstance(event.fact, events.ReviewCancelled) else {})


def _reviews(event: Recorded) -> str | None:
    return event.stream if event.stream.startswith("review-") else None


REVIEWS = Projection("reviews", review, _reviews)
DETAIL = Projection("reviews", detail, _reviews)
APPROVALS = Projection("approvals", approval, of=(events.ProjectApproved,))
POLICIES = Projection("policies", policy, of=(events.PolicyPublished,))
SUBMISSIONS = Projection("submissions", submission, of=(events.AssessmentStarted,))
KEPT = [REVIEWS, APPROVALS, POLICIES, SUBMISSIONS]
