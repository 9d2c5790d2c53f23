"""What evaluation's doors answer about reviews: receipts, and reviews in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.evaluation.decider import State
from shared.contracts.values import PolicyRef
from shared.execute import Outcome
from shared.http import Language
from shared.programme.findings import Classification, Screening
from shared.programme.spoken import SpokenFindings, findings_in, spoken


class Receipt(BaseModel):
    """What an order came to; `repeated` if it had been carried out before, under the same key."""

    proposal_id: str
    reference: str
    status: str
    revision: int
    version: int
    events: list[str]
    repeated: bool


class Listed(BaseModel):
    """A review in a list. `typology` is the computed one, `verdict` that of the screening; neither decides anything."""

    proposal_id: str
    reference: str
    country: str
    title: str
    executing_agency: str
    status: str
    revision: int
    declared: str
    typology: str | None = None
    runner_up: str | None = None
    confidence: str | None = None
    mismatch: bool = False
    referred: bool = False
    verdict: str | None = None
    policy: PolicyRef
    opened_by: str | None = None
    approved_on: date | None = None
    recorded: str
    updated: str

    @classmethod
    def of(cls, document: Mapping[str, Any], language: Language) -> Listed:
        """The review that a document of the read model tells of."""
        return cls.model_validate({**document, "title": spoken(document["title"], language)})


class Decided(BaseModel):
    """A decision: who made it (an opaque id), when, and why; `event` is the fact that holds it."""

    outcome: str
    revision: int
    reasons: list[str]
    actor: str
    event: str
    time: str
    recorded: str


class Happening(BaseModel):
    """A fact of the review's history."""

    event: str
    type: str
    revision: int | None
    actor: str
    time: str
    recorded: str
    reason: str | None = None


class Shown(Listed):
    """A review, whole: what the rules found and why, what changed since the revision before, decisions, history."""

    findings: SpokenFindings
    changes: list[str]
    decisions: list[Decided]
    history: list[Happening]


def receipt(outcome: Outcome[State]) -> Receipt:
    """What an order came to."""
    about = {name: getattr(outcome.state, name) for name in ("proposal_id", "reference", "status", "revision")}
    events = [event.id for event in outcome.events]
    return Receipt(**about, version=outcome.version, events=events, repeated=outcome.repeated)


def shown(document: Mapping[str, Any], language: Language) -> Shown:
    """The review in the caller's language."""
    classification = Classification.model_validate(document["classification"])
    screening = Screening.model_validate(document["screening"])
    texts = {
        "title": spoken(document["title"], language),
        "findings": findings_in(language, classification, screening),
        "changes": [spoken(text, language) for text in document["changes"]],
        "decisions": [
            decision | {"reasons": [spoken(text, language) for text in decision["reasons"]]}
            for decision in document["decisions"]
        ],
    }
    return Shown.model_validate({**document, **texts})
