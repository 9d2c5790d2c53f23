"""Writes docs/golden-set.md from the golden set: `python -m tests.programme.golden_page`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from shared.programme.words import label
from tests.programme.building import ROOT, default_policy
from tests.programme.golden import ROWS, Case, cases

PAGE = ROOT / "docs" / "golden-set.md"
_OUTCOMES = {
    "tie": "a person decides: tie",
    "low_confidence": "a person decides: low confidence",
    "few_facts": "a person decides: too few facts",
}


def page() -> str:
    """The page: what it is, and a table per topic."""
    return "\n".join([*_head(), *(line for topic in _topics() for line in topic)]) + "\n"


def _head() -> Iterator[str]:
    policy = default_policy()
    minimum = policy.classification.minimum_confidence
    yield "# The golden set"
    yield ""
    yield "Proposals, and what the programme's default policy says of each. Every line is a test"
    yield f"(`tests/programme/test_golden.py`); policy `{policy.version}`. What is expected was reasoned from the"
    yield "programme's page and the policy's numbers, not taken from what the program prints. This page is made from"
    yield "`tests/programme/golden.yaml` by `python -m tests.programme.golden_page`: change the file, not the page."
    yield ""
    yield "How to read it:"
    yield ""
    yield "- **Case** starts from one of three complete examples (`shared/programme/examples/`) or from an approved"
    yield "  project of the past; *changed* says what is different in it. All else is as in the example."
    yield "- **Points** are those of simple network / complex network / cluster, of so many that could be had."
    yield "- **Confidence** is the lead over the runner-up as a share of the points that could be had: *none* is 0,"
    yield f"  *low* is under {minimum}, *fair* is under 0.50, *high* is 0.50 or more. Under {minimum} a person decides."
    yield "- **Findings** are the checks that do not simply pass, and what else a person is shown. A *fail* proposes; a"
    yield "  person decides. *Unknown* means that the source does not say, and never counts as a fail."
    yield ""
    yield f"{len(cases())} cases."


def _topics() -> Iterator[list[str]]:
    for topic, group in groupby(cases(), key=lambda case: case.topic):
        yield [
            "",
            f"## {topic}",
            "",
            "| Case | What it is about | Points | Typology | Confidence | Findings |",
            "|---|---|---|---|---|---|",
            *(_line(case) for case in group),
        ]


def _line(case: Case) -> str:
    cells = (
        f"`{case.id}`",
        f"{case.about}{_changed(case)}",
        f"{'/'.join(map(str, case.points))} of {case.of}",
        _OUTCOMES.get(case.outcome) or label("typology", case.outcome)["en"],
        f"{case.confidence} ({float(case.lead):.2f})",
        "<br>".join(_findings(case)) or "all checks pass",
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _changed(case: Case) -> str:
    if not case.change:
        return f"<br>*{case.base}, unchanged*"
    changes = "; ".join(f"{words}: {_words(value)}" for words, value in case.change.items())
    return f"<br>*{case.base}, changed:* {changes}"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_name(key)} ({_name(inner)})" for key, inner in value.items())
    if isinstance(value, list):
        return " + ".join(map(_name, value))
    return _name(value)


def _name(code: str) -> str:
    return code.replace("_", " ")


def _findings(case: Case) -> Iterator[str]:
    titles = default_policy().checks
    unknown = [code for code, verdict in case.checks.items() if verdict == "unknown"]
    if len(unknown) == len(case.checks):
        yield "every check: unknown"
    else:
        for code, verdict in case.checks.items():
            if verdict != "pass":
                yield f"{titles[code].title.en}: **{verdict}**"
    for code in case.warnings:
        yield f"{titles[code].title.en}: warning"
    if case.mismatch:
        yield "differs from the declared typology"
    if case.orientation_mismatch:
        yield f"found {case.orientation}, declared otherwise"
    if rows := [_name(row) for row in ROWS if not case.rows[row] and case.of]:
        yield f"row not known: {', '.join(rows)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
