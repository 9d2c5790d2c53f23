"""What the rules say of a proposal: results that go into events as they are."""

from __future__ import annotations

from typing import Literal

from shared.programme.text import Part
from shared.programme.vocabulary import Orientation, Typology
from shared.programme.words import Explanation

Verdict = Literal["pass", "refer", "fail", "unknown"]


class RowFinding(Part):
    """One row of the typology table: the points it gives to each typology, why, and from which facts.

    `facts` are RFC 6901 JSON pointers into the proposal. `known` is False if the proposal does not say; then the row
    gives no points. `answers` are the policy's answers that the facts match; `origin` is the code of the points' source
    and `origin_texts` its name in words.
    """

    row: str
    known: bool
    points: dict[Typology, int]
    explanation: Explanation
    facts: list[str]
    label: Explanation = {}
    answers: list[str] = []
    origin: str | None = None
    origin_texts: Explanation = {}


class OrientationRow(Part):
    """One row of the orientation table for networks: sizes, stages or relation; `points_to` is None if unknown."""

    row: str
    points_to: Orientation | None
    explanation: Explanation
    facts: list[str]


class Classification(Part):
    """The typology that a proposal's facts add up to. `typology` is None where it is referred to a person.

    `confidence` is the winner's lead over the runner-up as a share of the points that could be had, 0 to 1, as text.
    `attainable` are the points that could be had from the rows that are known. `orientation` is that of a network, None
    if it does not follow from the facts. A mismatch with what was declared is flagged and explained, not overwritten.
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
    attainable: int = 0
    mismatch_explanation: Explanation | None = None
    orientation_declared: Orientation | None = None
    orientation_mismatch: bool = False
    orientation_rows: list[OrientationRow] = []


class Check(Part):
    """One machine check: its verdict, the bound and the bound's origin, the facts used, and how to fix it.

    `value` is what was measured; `origin` the code of the bound's source, `origin_texts` its name in words.
    `further_origins` are the codes of what else it rests on, named in `origin_texts` too. `warning` is something a
    person should know that does not change the verdict; `criterion` is the selection criterion served.
    """

    code: str
    verdict: Verdict
    explanation: Explanation
    bound: str | None = None
    origin: str | None = None
    facts: list[str] = []
    fix: Explanation | None = None
    title: Explanation = {}
    value: str | None = None
    warning: Explanation | None = None
    origin_texts: Explanation = {}
    criterion: str | None = None
    further_origins: list[str] = []


class Screening(Part):
    """All machine checks, and the worst of their verdicts. A `fail` proposes; a person decides.

    `typology` is the one that the checks were made for: the declared one, else the computed one, else None.
    """

    verdict: Verdict
    checks: list[Check]
    typology: Typology | None = None
