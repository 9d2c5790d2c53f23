"""A classification and a screening as tables for people, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from shared.cli import show
from shared.programme.findings import Check, Classification, RowFinding, Screening
from shared.programme.rows import TYPOLOGIES
from shared.programme.spoken import orientation_mismatch
from shared.programme.words import label, say

WIDEST = 100
COLOURS = {"pass": "green", "fail": "red", "refer": "yellow", "unknown": "yellow"}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
    """A table of rich text, no wider than `WIDEST` columns or the terminal."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    figures = set(right)
    for number, head in enumerate(heads):
        made.add_column(head, justify="right" if number in figures else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    console = show.out()
    console.print(made, soft_wrap=False, width=min(WIDEST, console.width))


def classification(found: Classification, language: str) -> None:
    """The typology, why a person decides or what does not match, and the points of each row with their reasons."""
    named = [_named("typology", code, language) for code in (found.typology, found.runner_up, found.declared)]
    values = {"typology": named[0], "second": named[1], "declared": named[2], "confidence": found.confidence}
    text(told("typology", language, **values))
    for texts in (found.referred, found.mismatch_explanation):
        if texts:
            text(texts[language])
    heads = [told(key, language) for key in ("row", *TYPOLOGIES, "why")]
    table(heads, [*(_row(row, language) for row in found.rows), _total(found, language)], right=(1, 2, 3))
    origins = dict.fromkeys(row.origin_texts[language] for row in found.rows if row.origin_texts)
    text(told("legend", language, origin="; ".join(origins)))
    if found.orientation_rows:
        values = {
            "found": _named("orientation", found.orientation, language),
            "declared": _named("orientation", found.orientation_declared, language),
        }
        text(told("orientation", language, **values))
        if mismatch := orientation_mismatch(found):
            text(mismatch[language])
        for row in found.orientation_rows:
            text(f"  {row.explanation[language]}")


def screening(found: Screening, language: str) -> None:
    """Each check with its verdict, what was found, where the bound comes from, and what to do."""
    typology, verdict = _named("typology", found.typology, language), label("verdict", found.verdict)[language]
    text(told("screening", language, typology=typology, verdict=verdict))
    heads = [told(key, language) for key in ("verdict", "check", "why")]
    table(heads, [_check(check, language) for check in found.checks])


def told(key: str, language: str, **values: object) -> str:
    """A text of the group `told`, in one language."""
    return say("told", key, **values)[language]


def text(line: str) -> None:
    """A line of the result, folded at `WIDEST` columns."""
    console = show.out()
    console.print(line, markup=False, soft_wrap=False, width=min(WIDEST, console.width))


def _named(kind: str, code: str | None, language: str) -> str:
    return label(kind, code)[language] if code else told("none", language)


def _row(row: RowFinding, language: str) -> list[str]:
    facts = f"\n[dim]{escape(', '.join(row.facts))}[/]" if row.facts else ""
    points = [str(row.points[typology]) for typology in TYPOLOGIES]
    return [escape(row.label[language]), *points, escape(row.explanation[language]) + facts]


def _total(found: Classification, language: str) -> list[str]:
    points = [f"[bold]{found.points[typology]}[/]" for typology in TYPOLOGIES]
    return [f"[bold]{told('total', language, attainable=found.attainable)}[/]", *points, ""]


def _check(check: Check, language: str) -> list[str]:
    lines = [escape(check.explanation[language])]
    if check.origin_texts:
        lines.append(f"[dim]{told('origin', language)}: {escape(check.origin_texts[language])}[/]")
    for key, texts in (("warning", check.warning), ("fix", check.fix)):
        if texts:
            lines.append(f"{told(key, language)}: {escape(texts[language])}")
    if check.verdict != "pass" and check.facts:
        lines.append(f"[dim]{escape(', '.join(check.facts))}[/]")
    verdict = escape(label("verdict", check.verdict)[language])
    return [f"[{COLOURS[check.verdict]}]{verdict}[/]", escape(check.title[language]), "\n".join(lines)]
