"""The golden set as data: each case of `golden.yaml`, its proposal, and all that is expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from shared.programme.historical import HistoricalProject
from shared.programme.proposal import Proposal
from shared.programme.words import read_texts
from tests.programme.building import approved_projects, build

FILE = Path(__file__).with_name("golden.yaml")
NETWORK_CHECKS = (
    "market_prospects",
    "firms_counterpart",
    "counterpart_share",
    "counterpart_cash",
    "experience",
    "leadership",
    "promoter",
    "firms",
    "term",
    "territory",
    "cost_items",
    "results",
)
CLUSTER_CHECKS = (*NETWORK_CHECKS, "critical_mass_firms", "location_quotient")
ROWS = ("promoter", "firms", "impacts", "cost_items", "term", "territory", "axis")
DECIDED_BY_A_PERSON = ("tie", "low_confidence", "few_facts", "no_points")
_FIELDS = frozenset(
    ("id", "about", "from", "change", "rows", "points", "of", "outcome", "confidence", "checks", "warnings")
) | frozenset(("orientation", "mismatch", "orientation mismatch"))


@dataclass(frozen=True, eq=False)
class Case:
    """A case; `checks` has the verdict of every check and `rows` the answers of every row, empty for one not known."""

    topic: str
    id: str
    about: str
    base: str
    change: dict[str, Any]
    rows: dict[str, list[str]]
    points: tuple[int, int, int]
    of: int
    outcome: str
    confidence: str
    checks: dict[str, str]
    warnings: list[str]
    orientation: str | None
    mismatch: bool
    orientation_mismatch: bool

    @cached_property
    def source(self) -> Proposal | HistoricalProject:
        """The proposal, or the approved project, that the case speaks of."""
        if self.base.startswith("approved project "):
            return approved_projects()[int(self.base.removeprefix("approved project ")) - 1]
        return build(self.base, self.change)

    @property
    def lead(self) -> Fraction:
        """The expected confidence: the lead over the runner-up as a share of the points that could be had."""
        *_, second, first = sorted(self.points)
        return Fraction(first - second, self.of) if self.of else Fraction(0)

    @property
    def band(self) -> str:
        """The band in which the expected confidence lies."""
        if not self.lead:
            return "none"
        return "low" if self.lead < Fraction(1, 10) else "fair" if self.lead < Fraction(1, 2) else "high"

    @property
    def verdict(self) -> str:
        """The verdict of all checks: fail goes before refer, refer before unknown, unknown before pass."""
        return min(self.checks.values(), key=("fail", "refer", "unknown", "pass").index)


@cache
def cases() -> list[Case]:
    """All cases, in the file's order."""
    found: list[Case] = []
    for section in read_texts(FILE.read_text("utf-8")):
        for entry in section["cases"]:
            assert set(entry) <= _FIELDS, f"{entry['id']}: {set(entry) - _FIELDS} is no field of a case"
            found.append(_case(section["topic"], entry, {case.base: case for case in reversed(found)}))
    return found


def _case(topic: str, entry: dict[str, Any], bases: dict[str, Case]) -> Case:
    """The case; what it leaves out is as in the first case of the same example."""
    base, change = entry["from"], entry.get("change", {})
    example = bases.get(base)
    silent = base.startswith("approved project ")
    rows = dict.fromkeys(ROWS, "unknown") if silent else entry.get("rows", {})
    simple, complex_, cluster = map(int, entry["points"].split("/"))
    usual = example.orientation if example else None
    return Case(
        topic=topic,
        id=entry["id"],
        about=entry["about"],
        base=base,
        change=change,
        rows=(example.rows if example else {}) | {row: _answers(answer) for row, answer in rows.items()},
        points=(simple, complex_, cluster),
        of=int(entry.get("of", "21")),
        outcome=entry["outcome"],
        confidence=entry["confidence"],
        checks=dict.fromkeys(_checks(base, change), "unknown" if silent else "pass") | entry.get("checks", {}),
        warnings=entry.get("warnings", []),
        orientation=_orientation(entry["orientation"]) if "orientation" in entry else usual,
        mismatch=entry.get("mismatch") == "yes",
        orientation_mismatch=entry.get("orientation mismatch") == "yes",
    )


def _answers(words: str | list[str]) -> list[str]:
    if isinstance(words, str):
        return [] if words == "unknown" else [words]
    return words


def _orientation(words: str) -> str | None:
    return None if words == "none" else words


def _checks(base: str, change: dict[str, Any]) -> tuple[str, ...]:
    """The checks that are made: two more for a cluster, or where nobody declared what it is."""
    declared = change.get("declared", base)
    return NETWORK_CHECKS if "network" in declared else CLUSTER_CHECKS
