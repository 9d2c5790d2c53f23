"""What changed between two results of the rules, in words: for a revision, and for a changed policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.programme.findings import Classification, RowFinding, Screening
from shared.programme.vocabulary import Typology
from shared.programme.words import LANGUAGES, Explanation, label, say


def compare(
    previous: Classification, current: Classification, policies: tuple[str, str] | None = None
) -> list[Explanation]:
    """What changed in the classification and why, in three languages; an empty list if nothing did.

    `policies` are the versions of the policies that the two were made under: another one is told even if it leaves
    the classification as it was, since it may be the reason for what changed in the screening.
    """
    changes: list[Explanation] = []
    rows = list(_rows(previous, current))
    if previous.typology != current.typology:
        before, after = _typology(previous.typology), _typology(current.typology)
        names = [row.label for _, row in rows]
        changes.append(say("change", "typology", before=before, after=after, rows=_named_rows(names)))
    if current.referred is not None and previous.referred != current.referred:
        changes.append(current.referred)
    for field, kind in (("declared", "typology"), ("orientation", "orientation")):
        was, becomes = getattr(previous, field), getattr(current, field)
        if was != becomes:
            changes.append(say("change", field, before=_named(kind, was), after=_named(kind, becomes)))
    if previous.confidence != current.confidence:
        changes.append(say("change", "confidence", before=previous.confidence, after=current.confidence))
    changes += [_row(was, row) for was, row in rows]
    if policies is not None and policies[0] != policies[1]:
        changes.insert(0, say("change", "policy", before=policies[0], after=policies[1]))
    return changes


def compare_screenings(previous: Screening, current: Screening) -> list[Explanation]:
    """Which checks have another verdict and why, in three languages. A check that is new counts from unknown.

    A check that is no longer made is told, whatever its verdict was.
    """
    earlier = {check.code: check for check in previous.checks}
    changes = []
    for check in current.checks:
        was = earlier.get(check.code)
        before = was.verdict if was is not None else "unknown"
        if before != check.verdict:
            words = {"before": label("verdict", before), "after": label("verdict", check.verdict)}
            said = was.explanation if was is not None else say("screening", "source_silent")
            changes.append(say("change", "check", title=check.title, was=said, why=check.explanation, **words))
    made = {check.code for check in current.checks}
    for was in previous.checks:
        if was.code not in made:
            words = {"title": was.title, "before": label("verdict", was.verdict), "was": was.explanation}
            changes.append(say("change", "check_gone", **words))
    return changes


def _rows(previous: Classification, current: Classification) -> Iterator[tuple[RowFinding | None, RowFinding]]:
    """The rows with other points or answers, beside what they were."""
    earlier = {row.row: row for row in previous.rows}
    for row in current.rows:
        was = earlier.get(row.row)
        if was is None or was.points != row.points or was.answers != row.answers:
            yield was, row


def _row(was: RowFinding | None, row: RowFinding) -> Explanation:
    case = "row_same_points" if was is not None and was.points == row.points else "row"
    return say(
        "change",
        case,
        label=row.label,
        before=_points(was.points) if was is not None else _nothing(),
        after=_points(row.points),
        was=was.explanation if was is not None else say("classification", "unknown"),
        why=row.explanation,
    )


def _named_rows(names: list[Explanation]) -> Explanation:
    if not names:
        return say("change", "no_rows")
    return {language: ", ".join(name[language] for name in names) for language in LANGUAGES}


def _nothing() -> Explanation:
    """'Unknown', in three languages."""
    return say("change", "nothing")


def _typology(typology: str | None) -> Explanation:
    return label("typology", typology) if typology else say("change", "referred")


def _named(kind: str, code: str | None) -> Explanation:
    return label(kind, code) if code else _nothing()


def _points(points: Mapping[Typology, int]) -> str:
    return "/".join(str(value) for value in points.values())
