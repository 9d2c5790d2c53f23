"""What changed between two results of the rules, in words: for a revision, and for a changed policy."""

from __future__ import annotations

from collections.abc import Mapping

from shared.programme.findings import Classification, Screening
from shared.programme.vocabulary import Typology
from shared.programme.words import Explanation, label, say


def compare(previous: Classification, current: Classification) -> list[Explanation]:
    """What changed in the classification and why, in three languages; an empty list if nothing did."""
    changes: list[Explanation] = []
    if previous.typology != current.typology:
        before, after = _typology(previous.typology), _typology(current.typology)
        changes.append(say("change", "typology", before=before, after=after))
    if previous.declared != current.declared:
        before, after = _named("typology", previous.declared), _named("typology", current.declared)
        changes.append(say("change", "declared", before=before, after=after))
    if previous.orientation != current.orientation:
        before, after = _named("orientation", previous.orientation), _named("orientation", current.orientation)
        changes.append(say("change", "orientation", before=before, after=after))
    if previous.confidence != current.confidence:
        changes.append(say("change", "confidence", before=previous.confidence, after=current.confidence))
    earlier = {row.row: row for row in previous.rows}
    for row in current.rows:
        was = earlier.get(row.row)
        if was is None or was.points != row.points or was.answers != row.answers:
            points = _points(was.points) if was is not None else _nothing()
            why = {"why": row.explanation, "label": row.label}
            changes.append(say("change", "row", before=points, after=_points(row.points), **why))
    return changes


def compare_screenings(previous: Screening, current: Screening) -> list[Explanation]:
    """Which checks have another verdict and why, in three languages. A check that is new counts from unknown."""
    earlier = {check.code: check.verdict for check in previous.checks}
    return [
        say(
            "change",
            "check",
            title=check.title,
            before=label("verdict", earlier.get(check.code, "unknown")),
            after=label("verdict", check.verdict),
            why=check.explanation,
        )
        for check in current.checks
        if earlier.get(check.code, "unknown") != check.verdict
    ]


def _nothing() -> Explanation:
    """'Unknown', in three languages."""
    return say("change", "nothing")


def _typology(typology: str | None) -> Explanation:
    return label("typology", typology) if typology else say("change", "referred")


def _named(kind: str, code: str | None) -> Explanation:
    return label(kind, code) if code else _nothing()


def _points(points: Mapping[Typology, int]) -> str:
    return "/".join(str(value) for value in points.values())
