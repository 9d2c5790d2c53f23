"""What intake's doors answer: receipts, findings, proposals in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from services.intake.decider import State
from shared.contracts.values import PolicyRef
from shared.execute import Outcome
from shared.http import FieldError, Language, Problem
from shared.http.wording import detail
from shared.programme.checks import check
from shared.programme.classify import classify
from shared.programme.findings import Classification, Screening
from shared.programme.policy import Policy
from shared.programme.proposal import Proposal
from shared.programme.screen import screen, typology_for
from shared.programme.spoken import SpokenFindings, findings_in, spoken
from shared.programme.taxids import replace_tax_ids

LARGEST = 600_000
"""Bytes of `recorded_size`: what evaluation records of a proposal at once, with its findings or reasons, must fit into
one commit of 950,000."""
TOO_LARGE = {
    "es": "con esta parte, la mayor, la propuesta ocupa {size} bytes en el registro; caben {limit}",
    "pt": "com esta parte, a maior, a proposta ocupa {size} bytes no registro; cabem {limit}",
    "en": "with this part, its largest, the proposal takes {size} bytes in the record; at most {limit} are taken",
}
ATTACH = {
    "es": "dé cantidades en vez de listas largas, abrevie los textos, y adjunte los anexos como documentos",
    "pt": "dê quantidades em vez de listas longas, abrevie os textos, e anexe os anexos como documentos",
    "en": "give counts in place of long lists, shorten its texts, and attach what is long as documents",
}


class Findings(BaseModel):
    """What the machine checks find under `policy`; both are None while no policy has arrived from evaluation."""

    policy: PolicyRef | None
    findings: SpokenFindings | None


class Receipt(BaseModel):
    """What an order came to; `repeated` if it had been carried out before, under the same key."""

    proposal_id: str
    reference: str
    status: str
    revision: int
    version: int
    events: list[str]
    repeated: bool
    check: Findings | None = None


class Reason(BaseModel):
    """An answer from evaluation; `event` is the id of the fact that brought it."""

    outcome: str
    revision: int
    reasons: list[str]
    event: str
    recorded: str


class Assessment(BaseModel):
    """How evaluation saw a revision, and what changed since the revision before."""

    revision: int
    policy: PolicyRef
    findings: SpokenFindings | None
    changes: list[str]


class Listed(BaseModel):
    """A proposal in a list."""

    proposal_id: str
    reference: str
    country: str
    office: str
    title: str
    declared_typology: str
    executing_agency: str
    status: str
    revision: int
    recorded: str
    updated: str

    @classmethod
    def of(cls, document: Mapping[str, Any], language: Language) -> Listed:
        """The proposal that a document of the read model tells of."""
        return cls.model_validate({**document, "title": spoken(document["title"], language)})


class Shown(Listed):
    """A proposal, whole: its current revision, the answers that came back, how evaluation saw it, and its facts."""

    reasons: list[Reason]
    assessment: Assessment | None
    withdrawn_because: str | None = None
    events: list[str]
    proposal: dict[str, Any]


def receipt(outcome: Outcome[State], findings: Findings | None = None) -> Receipt:
    """What an order came to."""
    state = outcome.state
    return Receipt(
        proposal_id=state.proposal_id,
        reference=state.reference,
        status=state.status,
        revision=state.revision,
        version=outcome.version,
        events=[event.id for event in outcome.events],
        repeated=outcome.repeated,
        check=findings,
    )


def shown(document: Mapping[str, Any], language: Language) -> Shown:
    """The proposal in the caller's language."""
    reasons = [
        answer | {"reasons": [spoken(text, language) for text in answer["reasons"]]} for answer in document["reasons"]
    ]
    texts = {"title": spoken(document["title"], language), "reasons": reasons}
    return Shown.model_validate({**document, **texts, "assessment": _assessment(document["assessment"], language)})


def _assessment(document: Mapping[str, Any] | None, language: Language) -> Assessment | None:
    if document is None:
        return None
    findings = None
    if "classification" in document and "screening" in document:
        classification = Classification.model_validate(document["classification"])
        findings = findings_in(language, classification, Screening.model_validate(document["screening"]))
    return Assessment(
        revision=document["revision"],
        policy=PolicyRef.model_validate(document["policy"]),
        findings=findings,
        changes=[spoken(text, language) or "" for text in document.get("changes", [])],
    )


def find(proposal: Proposal, policy: Policy | None, language: Language) -> Findings:
    """The same findings that evaluation will make under this policy, by the same functions."""
    if policy is None:
        return Findings(policy=None, findings=None)
    classification = classify(proposal, policy)
    screening = screen(proposal, policy, typology_for(classification.declared, classification.typology))
    return Findings(
        policy=PolicyRef(version=policy.version, hash=policy.hash),
        findings=findings_in(language, classification, screening),
    )


def recorded_sizes(proposal: Proposal) -> dict[str, int]:
    """Bytes of each part as events have it: with every field, and references for tax ids.

    The places count three times: an approval repeats each in its cluster, whose key spells it once more.
    """
    recorded = replace_tax_ids(proposal, lambda *_: "t-" + "0" * 20)
    sizes = {name: len(to_json(part)) + len(name) + 4 for name, part in recorded}
    return sizes | {"places": 3 * sizes["places"]}


def must_add_up(proposal: Proposal, at: str, language: Language) -> None:
    """Raises a problem with a pointer to each part that does not fit another; `at` is where the proposal stands."""
    sizes = recorded_sizes(proposal)
    if (size := sum(sizes.values())) > LARGEST:
        wrong, fix = (text[language].format(size=size, limit=LARGEST) for text in (TOO_LARGE, ATTACH))
        largest = max(sizes, key=lambda part: sizes[part])
        found = FieldError(pointer=f"{at}/{largest}", rule="proposal.size", detail=wrong, fix=fix)
        raise Problem(422, "validation", detail("validation", language, count=1), errors=[found])
    errors = [
        FieldError(
            pointer=at + finding.pointer,
            rule=finding.rule,
            detail=finding.texts[language],
            fix=finding.fix[language],
        )
        for finding in check(proposal)
    ]
    if errors:
        raise Problem(422, "validation", detail("validation", language, count=len(errors)), errors=errors)
