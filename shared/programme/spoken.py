"""Findings in one language, as an office or an evaluator reads them."""

from __future__ import annotations

from collections.abc import Mapping

from shared.programme.findings import Check, Classification, RowFinding, Screening, Verdict
from shared.programme.text import Part
from shared.programme.vocabulary import Orientation, Typology
from shared.programme.words import Explanation, label, say


def spoken(texts: Mapping[str, str] | None, language: str) -> str | None:
    """The text in `language`, else in whichever language there is; None if there is none."""
    if not texts:
        return None
    return texts.get(language) or next(iter(texts.values()))


class SpokenRow(Part):
    """A row of the typology table: the points it gives, where they come from, why, and from which facts (pointers)."""

    row: str
    label: str
    points: dict[Typology, int]
    origin: str | None
    known: bool
    explanation: str
    facts: list[str]


class SpokenOrientation(Part):
    """A row of the orientation table for networks: which one it points to, why, and from which facts (pointers)."""

    row: str
    points_to: Orientation | None
    explanation: str
    facts: list[str]


class SpokenCheck(Part):
    """A machine check: verdict, what was measured, the bound and where it comes from, and how to fix it."""

    code: str
    title: str
    verdict: Verdict
    explanation: str
    value: str | None
    bound: str | None
    origin: str | None
    fix: str | None
    warning: str | None
    facts: list[str]


class SpokenFindings(Part):
    """A classification and a screening in one language. A `fail` proposes; a person decides.

    `screened_for` is the typology that the checks were made for. `mismatch` and `orientation_mismatch` say that what
    was declared does not follow from the facts.
    """

    typology: Typology | None
    declared: Typology | None
    confidence: str
    runner_up: Typology | None
    points: dict[Typology, int]
    referred: str | None
    mismatch: str | None
    orientation: Orientation | None
    orientation_declared: Orientation | None
    orientation_mismatch: str | None
    orientation_rows: list[SpokenOrientation]
    rows: list[SpokenRow]
    screened_for: Typology | None
    verdict: Verdict
    checks: list[SpokenCheck]


def orientation_mismatch(found: Classification) -> Explanation | None:
    """That the declared orientation is not the one that the facts point to, in three languages; None if it is."""
    if not found.orientation_mismatch or found.orientation is None or found.orientation_declared is None:
        return None
    declared, computed = (label("orientation", code) for code in (found.orientation_declared, found.orientation))
    return say("orientation", "mismatch", declared=declared, computed=computed)


def findings_in(language: str, classification: Classification, screening: Screening) -> SpokenFindings:
    """Both findings in `language` (es, pt or en)."""
    return SpokenFindings(
        typology=classification.typology,
        declared=classification.declared,
        confidence=classification.confidence,
        runner_up=classification.runner_up,
        points=classification.points,
        referred=spoken(classification.referred, language),
        mismatch=spoken(classification.mismatch_explanation, language),
        orientation=classification.orientation,
        orientation_declared=classification.orientation_declared,
        orientation_mismatch=spoken(orientation_mismatch(classification), language),
        orientation_rows=[
            SpokenOrientation(
                row=row.row,
                points_to=row.points_to,
                explanation=spoken(row.explanation, language) or "",
                facts=row.facts,
            )
            for row in classification.orientation_rows
        ],
        rows=[_row(row, language) for row in classification.rows],
        screened_for=screening.typology,
        verdict=screening.verdict,
        checks=[_check(check, language) for check in screening.checks],
    )


def _row(row: RowFinding, language: str) -> SpokenRow:
    return SpokenRow(
        row=row.row,
        label=spoken(row.label, language) or row.row,
        points=row.points,
        origin=spoken(row.origin_texts, language) or row.origin,
        known=row.known,
        explanation=spoken(row.explanation, language) or "",
        facts=row.facts,
    )


def _check(check: Check, language: str) -> SpokenCheck:
    return SpokenCheck(
        code=check.code,
        title=spoken(check.title, language) or check.code,
        verdict=check.verdict,
        explanation=spoken(check.explanation, language) or "",
        value=check.value,
        bound=check.bound,
        origin=spoken(check.origin_texts, language) or check.origin,
        fix=spoken(check.fix, language),
        warning=spoken(check.warning, language),
        facts=check.facts,
    )
