"""From the points of the seven rows to a typology, or to the reason why a person decides. Numbers only, no words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.programme.policy import Policy
from shared.programme.policy_typology import ClassificationRules
from shared.programme.rows import TYPOLOGIES, RowJudgement, maximum
from shared.programme.vocabulary import Typology

Reason = Literal["few_facts", "no_points", "tie", "low_confidence"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The typology, or None and the `reason`; `first` and `second` lead in points, in that order."""

    typology: Typology | None
    reason: Reason | None
    first: Typology
    second: Typology
    points: dict[Typology, int]
    attainable: int
    confidence: Fraction


def add_up(rows: list[RowJudgement], policy: Policy) -> Outcome:
    """What the rows add up to. Confidence = the lead over the runner-up / the points that could be had."""
    return decide(rows, [maximum(row.row, policy) for row in rows], policy.classification)


def decide(rows: list[RowJudgement], maxima: list[int], rules: ClassificationRules) -> Outcome:
    """What the rows add up to, each with the most points that it could give."""
    totals = {typology: sum(row.points[i] for row in rows) for i, typology in enumerate(TYPOLOGIES)}
    first, second = sorted(TYPOLOGIES, key=lambda typology: -totals[typology])[:2]
    attainable = sum(most for row, most in zip(rows, maxima, strict=True) if row.known)
    lead = totals[first] - totals[second]
    confidence = Fraction(lead, attainable) if attainable else Fraction(0)
    reason: Reason | None = None
    if sum(row.known for row in rows) < rules.minimum_rows:
        reason = "few_facts"
    elif totals[first] == 0:
        reason = "no_points"
    elif lead == 0:
        reason = "tie"
    elif confidence < Fraction(rules.minimum_confidence):
        reason = "low_confidence"
    return Outcome(None if reason else first, reason, first, second, totals, attainable, confidence)
