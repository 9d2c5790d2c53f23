"""From the words of a golden case to a proposal: a named base example and what is changed in it.

A change maps the words in `KNOBS` to values in words too, all as text: `{"months": "35", "promoter": "other"}`.
Whatever depends on a change follows it (budget lines, tranches, dates), so that the arithmetic of a proposal holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared.programme.checks import last_day
from shared.programme.historical import HistoricalProject, HistoricalProjects
from shared.programme.policy import Policy, parse_policy
from shared.programme.policy_typology import Points
from shared.programme.proposal import Proposal, Term
from tests.programme.building_money import Document, settle
from tests.programme.building_parts import areas, counts, further_results, groups, places, results

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "shared" / "programme" / "examples"
BASES = {
    "simple network": "network-coffee-co.json",
    "complex network": "network-produce-jm.json",
    "cluster": "cluster-furniture-br.json",
}
POLICY_TEXT = (ROOT / "services" / "evaluation" / "policies" / "2000-01-01.default.yaml").read_text("utf-8")
Change = Mapping[str, Any]


@cache
def default_policy() -> Policy:
    """The programme's default policy."""
    return parse_policy(POLICY_TEXT)


@cache
def _example(name: str) -> str:
    return (EXAMPLES / name).read_text("utf-8")


@cache
def approved_projects() -> list[HistoricalProject]:
    """The five approved projects of the source deck."""
    return HistoricalProjects.model_validate_json(_example("approved-projects.json")).projects


def build(base: str, change: Change | None = None) -> Proposal:
    """The base example with the change. Raises KeyError for words that are not known."""
    document: Document = json.loads(_example(BASES[base]))
    wanted = dict(change or {})
    for words in wanted:
        if words not in KNOBS:
            raise KeyError(f"{words!r} is not one of {', '.join(KNOBS)}")
    for words, knob in KNOBS.items():
        if words in wanted:
            knob(document, wanted[words])
    if "money" in wanted or "cost items" in wanted:
        settle(document, base, wanted.get("money"), wanted.get("cost items"))
    _fit(document)
    return Proposal.model_validate_json(json.dumps(document), extra="forbid")


def _fit(document: Document) -> None:
    """Dates, years and areas that a change has left outside are moved to the nearest that is inside."""
    term = Term.model_validate_json(json.dumps(document["term"]))
    last = last_day(term)
    for part, fields in (("activities", ("start", "end")), ("milestones", ("due",))):
        for thing in document[part]:
            for field in fields:
                thing[field] = min(date.fromisoformat(thing[field]), last).isoformat()
    for line in document["budget"]["lines"]:
        line["year"] = min(line["year"], last.year)
    areas = [area["code"] for area in document["support_areas"]]
    for activity in document["activities"]:
        if activity["area"] not in areas:
            activity["area"] = areas[0]


def _given(words: str) -> str | None:
    return None if words == "none" else words


def _put(*path: str, number: bool = False) -> Callable[[Document, str], None]:
    """A knob that sets one field; `none` takes it away."""

    def knob(document: Document, words: str) -> None:
        for step in path[:-1]:
            document = document[step]
        value = _given(words)
        if value is None:
            document.pop(path[-1], None)
        else:
            document[path[-1]] = int(value) if number else value

    return knob


def _language(document: Document, words: str) -> None:
    document["language"] = words
    for field in ("title", "summary"):
        text = document[field]
        document[field] = {words: text.get(words) or next(iter(text.values()))}


def _projects(field: str) -> Callable[[Document, str], None]:
    def knob(document: Document, words: str) -> None:
        document["executing_agency"][field] = [
            {"title": f"Project {i} ({field})", "first_year": 2015, "last_year": 2017} for i in range(int(words))
        ]

    return knob


def _entities(scope: str) -> Callable[[Document, str], None]:
    def knob(document: Document, words: str) -> None:
        others = [entity for entity in document["entities"] if entity["scope"] != scope]
        entity = {"scope": scope, "nature": "public", "commitment": "Takes part."}
        document["entities"] = others + [entity | {"name": f"Entity {scope} {i}"} for i in range(int(words))]

    return knob


def _later(document: Document, words: Any) -> None:
    """The money is settled after all other changes."""


KNOBS: dict[str, Callable[[Document, Any], None]] = {
    "declared": _put("declared_typology"),
    "orientation": _put("orientation"),
    "language": _language,
    "axis": _put("strategic_axis"),
    "promoter": _put("promoter", "kind"),
    "groups": groups,
    "sector firms": _put("beneficiaries", "firms", number=True),
    "trade association": _put("beneficiaries", "trade_association"),
    "quotient counts": counts,
    "basis": _put("beneficiaries", "specialisation", "basis"),
    "places": places,
    "months": _put("term", "months", number=True),
    "areas": areas,
    "results": results,
    "further results": further_results,
    "small-firm projects": _projects("sme_projects"),
    "network projects": _projects("network_projects"),
    "local entities": _entities("local"),
    "national entities": _entities("national"),
    "money": _later,
    "cost items": _later,
}
"""What a change can be about, and what it does to the example."""


def policy_with(*edits: tuple[str, str]) -> Policy:
    """The default policy with texts of its file replaced, each of which must be there just once."""
    text = POLICY_TEXT
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return parse_policy(text)


def with_maximum(row: str, points: int, policy: Policy | None = None) -> Policy:
    """The policy, the default one if none is given, with another maximum of points for a row."""
    policy = policy or default_policy()
    changed = getattr(policy.classification.rows, row).model_copy(update={"maximum": points})
    rows = policy.classification.rows.model_copy(update={row: changed})
    return policy.model_copy(update={"classification": policy.classification.model_copy(update={"rows": rows})})


def with_points(simple: int, complex_: int, cluster: int) -> Policy:
    """The default policy where every answer of every row gives the same points."""
    points = Points(simple_network=simple, complex_network=complex_, cluster=cluster)
    rules = default_policy().classification
    rows = {
        name: row.model_copy(
            update={"answers": {code: a.model_copy(update={"points": points}) for code, a in row.answers.items()}}
        )
        for name, row in rules.rows
    }
    changed = rules.model_copy(update={"rows": rules.rows.model_copy(update=rows)})
    return default_policy().model_copy(update={"classification": changed})
