"""Findings in one language, as an office or an evaluator reads them."""

from __future__ import annotations

from collections.abc import Mapping

from shared.programme.findings import Check, Classification, Screening, Verdict
from shared.programme.text import Part
from shared.programme.vocabulary import Orientation, Typology


def spoken(texts: Mapping[str, str] | None, language: str) -> str | None:
    """The text in `language`, else in whichever language there is; None if there is none."""
    if not texts:
        return None
    return texts.get(language) or next(iter(texts.values()))


class SpokenRow(Part):
    """A row of the typology table: the points it gives, why, and from which facts (pointers)."""

    row: str
    label: str
    points: dict[Typology, int]
    known: bool
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
    """A classification and a screening in one language. A `fail` proposes; a person decides."""

    typology: Typology | None
    declared: Typology | None
    confidence: str
    runner_up: Typology | None
    points: dict[Typology, int]
    referred: str | None
    mismatch: str | None
    orientation: Orientation | None
    rows: list[SpokenRow]
    verdict: Verdict
    checks: list[SpokenCheck]


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
        rows=[
            SpokenRow(
                row=row.row,
                label=spoken(row.label, language) or row.row,
                points=row.points,
                known=row.known,
                explanation=spoken(row.explanation, language) or "",
                facts=row.facts,
            )
            for row in classification.rows
        ],
        verdict=screening.verdict,
        checks=[_check(check, language) for check in screening.checks],
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
