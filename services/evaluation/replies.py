"""What evaluation's doors answer: receipts, reviews in the caller's language, policies, back-tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from services.evaluation.decider import State
from shared.contracts.values import PolicyRef
from shared.execute import Outcome
from shared.http import FieldError, Language, Problem
from shared.http.wording import detail
from shared.programme.backtest import Backtest
from shared.programme.findings import Classification, Screening
from shared.programme.policy import Policy, PolicyError
from shared.programme.spoken import SpokenFindings, findings_in, spoken

LINE = {"es": "línea", "pt": "linha", "en": "line"}
SHOWN_FLIPS = 1_000
"""How many flips a back-test shows one by one; the counts are of all."""


class Receipt(BaseModel):
    """What an order came to; `repeated` if it had been carried out before, under the same key."""

    proposal_id: str
    reference: str
    status: str
    revision: int
    version: int
    events: list[str]
    repeated: bool


class Registered(BaseModel):
    """A historical approval and its project's id."""

    project_id: str
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


class Entry(BaseModel):
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
    history: list[Entry]


class ListedPolicy(BaseModel):
    """A published policy; `in_force` if it applies to what is recorded today."""

    version: str
    hash: str
    effective: date
    in_force: bool
    event: str
    recorded: str


class ShownPolicy(BaseModel):
    """A published policy with the text of its file."""

    version: str
    hash: str
    effective: date
    text: str
    event: str
    recorded: str


class Flips(BaseModel):
    """How many proposals of a country and typology (under their own policy) would turn from `before` to `after`."""

    country: str
    typology: str
    what: str
    before: str
    after: str
    count: int


class OneFlip(BaseModel):
    """One proposal that would turn out otherwise, and the rules that make it."""

    proposal_id: str
    country: str
    typology: str
    what: str
    before: str
    after: str
    rules: list[str]


class Tried(BaseModel):
    """A back-test: `rules` counts the flips that each rule makes; `left_out` flips are counted but not shown."""

    policy: PolicyRef
    tried: int
    counts: list[Flips]
    rules: dict[str, int]
    flips: list[OneFlip]
    left_out: int


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


def listed_policies(documents: list[dict[str, Any]], today: date) -> list[ListedPolicy]:
    """The policies, the latest effective one first as the documents are, and which of them is in force."""
    current = next((d["version"] for d in documents if d["effective"] <= today.isoformat()), None)
    return [ListedPolicy.model_validate({**d, "in_force": d["version"] == current}) for d in documents]


def tried(policy: Policy, result: Backtest) -> Tried:
    """A back-test's figures, the most frequent flips first."""
    names = ("country", "typology", "what", "before", "after")
    return Tried(
        policy=PolicyRef(version=policy.version, hash=policy.hash),
        tried=result.tried,
        counts=[Flips(**dict(zip(names, key, strict=True)), count=n) for key, n in result.counts.most_common()],
        rules=dict(result.rules.most_common()),
        flips=[
            OneFlip(proposal_id=flip.id, rules=list(flip.rules), **{name: getattr(flip, name) for name in names})
            for flip in result.flips[:SHOWN_FLIPS]
        ],
        left_out=max(0, len(result.flips) - SHOWN_FLIPS),
    )


def no_policy(error: PolicyError, language: Language) -> Problem:
    """Every problem of a policy's text, with its line and field."""
    errors = [
        FieldError(
            pointer="/text",
            rule="policy",
            detail=f"{LINE[language]} {problem.line}: {problem.field}",
            fix=problem.texts[language],
        )
        for problem in error.problems
    ]
    return Problem(422, "validation", detail("validation", language, count=len(errors)), errors=errors)
