"""What the rules say of a proposal: results that go into events as they are."""

from __future__ import annotations

from typing import Literal

from shared.programme.text import Part
from shared.programme.vocabulary import Orientation, Typology

Verdict = Literal["pass", "refer", "fail", "unknown"]
Explanation = dict[str, str]
"""A text per language (es, pt, en)."""


class RowFinding(Part):
    """One row of the typology table: the points it gives to each typology, why, and from which facts.

    `facts` are RFC 6901 JSON pointers into the proposal. `known` is False if the proposal does not say.
    """

    row: str
    known: bool
    points: dict[Typology, int]
    explanation: Explanation
    facts: list[str]


class Classification(Part):
    """The typology that a proposal's facts add up to. `typology` is None where it is referred to a person.

    `confidence` is the winner's lead over the runner-up as a share of the points that could be had, 0 to 1, as text.
    """

    typology: Typology | None
    runner_up: Typology | None
    confidence: str
    points: dict[Typology, int]
    rows: list[RowFinding]
    declared: Typology | None
    mismatch: bool
    orientation: Orientation | None = None
    referred: Explanation | None = None


class Check(Part):
    """One machine check: its verdict, the bound and the bound's origin, the facts used, and how to fix it."""

    code: str
    verdict: Verdict
    explanation: Explanation
    bound: str | None = None
    origin: str | None = None
    facts: list[str] = []
    fix: Explanation | None = None


class Screening(Part):
    """All machine checks. A `fail` proposes; a person decides."""

    verdict: Verdict
    checks: list[Check]
