"""Evaluation's doors to the selection policies: which there are, and what a changed one would change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.evaluation import backtesting, queries
from shared.contracts.values import PolicyRef
from shared.http import FieldError, Language, Problem, allow, json_body, language, not_found
from shared.http.wording import detail
from shared.paging import Page
from shared.programme.backtest import Backtest
from shared.programme.policy import Policy, PolicyError
from shared.programme.policy_time import Published, applies_from, in_force_at
from shared.programme.policy_yaml import LARGEST
from shared.roles import Caller
from shared.service import Here

router = APIRouter(prefix="/policies", tags=["policies"])
Speaks = Annotated[Language, Depends(language)]
LINE = {"es": "línea", "pt": "linha", "en": "line"}
SHOWN_FLIPS = 1_000
"""How many flips a back-test shows one by one; the counts are of all."""


class PolicyText(BaseModel):
    """The text of a policy file (YAML)."""

    text: Annotated[str, Field(max_length=LARGEST)]


class PublishedPolicy(BaseModel):
    """A published policy and the event that published it; `effective` is the day from which it is meant to apply."""

    version: str
    hash: str
    effective: date
    event: str
    recorded: str


class ListedPolicy(PublishedPolicy):
    """A policy in a list; `in_force` if it applies to what is recorded now, `applies_from` since when it would."""

    applies_from: str
    in_force: bool


class ShownPolicy(PublishedPolicy):
    """A policy with the text of its file."""

    text: str


class Flips(BaseModel):
    """How many proposals of a country and typology (under their own policy) would turn from `before` to `after`."""

    country: str
    typology: str
    what: str
    before: str
    after: str
    count: int


class Flip(BaseModel):
    """One proposal that would turn out otherwise, and the rules that make it."""

    proposal_id: str
    country: str
    typology: str
    what: str
    before: str
    after: str
    rules: list[str]


class Tried(BaseModel):
    """A back-test: `rules` counts the proposals that each rule makes flip; `left_out` flips are counted, not shown."""

    policy: PolicyRef
    tried: int
    counts: list[Flips]
    rules: dict[str, int]
    flips: list[Flip]
    left_out: int


@router.get("", summary="The selection policies")
async def list_policies(caller: Annotated[Caller, allow("policy.read")], here: Here) -> Page[ListedPolicy]:
    """All of them, the latest effective one first."""
    return Page(items=_listed(await queries.policies(here), datetime.now(UTC)), next=None)


@router.get("/{version}", summary="A selection policy with its text")
async def read_policy(
    caller: Annotated[Caller, allow("policy.read")], version: str, speaks: Speaks, here: Here
) -> ShownPolicy:
    """As it was published."""
    found = await queries.policy(here, version)
    if found is None:
        raise not_found(speaks)
    return ShownPolicy.model_validate(found)


@router.post("/backtest", summary="Try a policy on all past proposals")
async def backtest_policy(
    caller: Annotated[Caller, allow("policy.backtest")],
    body: Annotated[PolicyText, json_body(PolicyText)],
    speaks: Speaks,
    here: Here,
) -> Tried:
    """Which findings would flip, by which rule, per country and typology. Nothing is written."""
    try:
        return _tried(*await backtesting.run(here, body.text))
    except PolicyError as error:
        raise _no_policy(error, speaks) from None


def _listed(documents: list[dict[str, Any]], now: datetime) -> list[ListedPolicy]:
    published = [
        Published(d["version"], date.fromisoformat(d["effective"]), datetime.fromisoformat(d["recorded"]))
        for d in documents
    ]
    since = {one.version: applies_from(one, published) for one in published}
    current = in_force_at(published, now) if any(moment <= now for moment in since.values()) else None
    return [
        ListedPolicy.model_validate({**d, "applies_from": since[one.version].isoformat(), "in_force": one is current})
        for d, one in zip(documents, published, strict=True)
    ]


def _tried(policy: Policy, result: Backtest) -> Tried:
    names = ("country", "typology", "what", "before", "after")
    return Tried(
        policy=PolicyRef(version=policy.version, hash=policy.hash),
        tried=result.tried,
        counts=[Flips(**dict(zip(names, key, strict=True)), count=n) for key, n in result.counts.most_common()],
        rules=dict(result.rules.most_common()),
        flips=[
            Flip(proposal_id=flip.id, rules=list(flip.rules), **{name: getattr(flip, name) for name in names})
            for flip in result.flips[:SHOWN_FLIPS]
        ],
        left_out=max(0, len(result.flips) - SHOWN_FLIPS),
    )


def _no_policy(error: PolicyError, language: Language) -> Problem:
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
