"""What must hold across the parts of a policy, beyond the shape of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import get_args

from shared.programme import vocabulary as v
from shared.programme.axis import Pattern, words_of
from shared.programme.policy_base import Text
from shared.programme.policy_parts import PolicyFile, Score
from shared.programme.policy_typology import Row

Path = tuple[str | int, ...]
Breach = tuple[Path, str, dict[str, object]]
"""A field's path, the rule (a sentence of the group `policy_problem`), and what fills its places."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "promoter": get_args(v.PromoterKind),
    "firms": ("simple_network", "complex_network", "cluster", "outside"),
    "impacts": ("limited", "deep", "deep_uncertain", "broad"),
    "cost_items": (
        "promoter",
        "group_articulator",
        "joint_activities",
        "feasibility_studies",
        "strategic_planning",
        "common_services",
        "none",
    ),
    "term": ("simple_network", "complex_network", "cluster", "outside"),
    "territory": ("none", "place", "fundamental"),
    "axis": ("trust", "profitability", "shared_vision"),
}
"""The answers that each row of the typology table can have."""

PLACES: dict[str, frozenset[str]] = {
    "promoter": frozenset({"kind"}),
    "firms": frozenset({"firms", "groups", "sizes"}),
    "impacts": frozenset({"results"}),
    "cost_items": frozenset({"item", "share"}),
    "term": frozenset({"months"}),
    "territory": frozenset({"places", "reason"}),
    "axis": frozenset({"word"}),
}
"""The names in braces that the texts of each row may use."""

CHECKS: dict[str, bool] = {
    "market_prospects": True,
    "firms_counterpart": True,
    "counterpart_share": True,
    "counterpart_cash": True,
    "critical_mass_firms": False,
    "location_quotient": False,
    "experience": True,
    "leadership": True,
    "promoter": True,
    "firms": True,
    "term": True,
    "territory": True,
    "cost_items": False,
    "results": False,
}
"""The machine checks, in the order that they are shown; True where the policy gives the verdict `otherwise`."""


def breaches(p: PolicyFile) -> Iterator[Breach]:
    """Where the parts do not fit together."""
    for name in ANSWERS:
        yield from _row(name, getattr(p.classification.rows, name))
    yield from _axis(p)
    yield from _complete(("results", "rows"), p.results.rows, get_args(v.ResultCode))
    yield from _complete(("cost_items", "rows"), p.cost_items.rows, get_args(v.CostItem))
    yield from _complete(("support_areas", "codes"), p.support_areas.codes, get_args(v.SupportArea))
    yield from _criteria(p)
    yield from _checks(p)
    if not p.version.startswith(p.effective.isoformat()):
        yield ("version",), "version_date", {"effective": p.effective.isoformat()}


def unknown_origins(given: Mapping[str, object]) -> Iterator[Breach]:
    """Origins that are named and not given, in a file as it was read, whatever else is wrong there."""
    origins = given.get("origins")
    if not isinstance(origins, dict):
        return
    for path, origin in _origins((), given):
        if origin and origin not in origins:
            yield path, "unknown_origin", {"given": origin, "allowed": ", ".join(origins)}


def _origins(path: Path, part: object) -> Iterator[tuple[Path, str]]:
    if isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, str) and (name == "origin" or name.endswith("_origin")):
                yield (*path, name), value
            yield from _origins((*path, name), value)


def _complete(path: Path, given: Collection[str], wanted: tuple[str, ...]) -> Iterator[Breach]:
    allowed: dict[str, object] = {"allowed": ", ".join(wanted)}
    for name in wanted:
        if name not in given:
            yield path, "lacks", {"name": name, **allowed}
    for name in sorted(set(given) - set(wanted)):
        yield (*path, name), "not_known", allowed
    yield from _once(path, given)


def _once(path: Path, given: Collection[str]) -> Iterator[Breach]:
    for name, count in Counter(iter(given)).items():
        if count > 1:
            yield path, "listed_twice", {"name": name}


def _row(name: str, row: Row) -> Iterator[Breach]:
    path: Path = ("classification", "rows", name, "answers")
    yield from _complete(path, row.answers, ANSWERS[name])
    for code, answer in row.answers.items():
        yield from _template((*path, code, "text"), answer.text, PLACES[name])
    yield from _maximum(name, row)


def _maximum(name: str, row: Row) -> Iterator[Breach]:
    """No answer gives more than the row's maximum, and all answers that can be had together reach it."""
    given = [[getattr(answer.points, typology) for answer in row.answers.values()] for typology in _TYPOLOGIES]
    together = sum if name in _SEVERAL else max
    least, most = max(map(max, given), default=0), max((together(points) for points in given if points), default=0)
    path: Path = ("classification", "rows", name, "maximum")
    if row.answers and row.maximum < least:
        yield path, "at_least", {"given": row.maximum, "ge": least}
    elif row.answers and row.maximum > max(most, 1):
        yield path, "at_most", {"given": row.maximum, "le": most}


def _template(path: Path, text: Text, allowed: frozenset[str]) -> Iterator[Breach]:
    names: dict[str, object] = {"allowed": ", ".join(f"{{{name}}}" for name in sorted(allowed))}
    try:
        strange = sorted(text.places() - allowed)
    except ValueError:
        yield path, "braces", names
        return
    for place in strange:
        yield path, "unknown_place", {"place": f"{{{place}}}", **names}


def _axis(p: PolicyFile) -> Iterator[Breach]:
    """A word tells one axis only, and holds at least one letter or digit before its `*`."""
    words = p.classification.axis_words
    told: dict[Pattern, str] = {}
    for axis in ANSWERS["axis"]:
        for i, text in enumerate(getattr(words, axis)):
            path: Path = ("classification", "axis_words", axis, i)
            pattern = words_of(text)
            if pattern is None:
                yield path, "no_word", {"given": text}
            elif pattern in told:
                yield path, "told_twice", {"given": text, "other": told[pattern]}
            else:
                told[pattern] = axis


def _criteria(p: PolicyFile) -> Iterator[Breach]:
    for name, criterion in p.criteria:
        yield from _complete(("criteria", name, "scale"), criterion.scale, get_args(Score))
    total = sum(criterion.weight for _, criterion in p.criteria)
    if total != 100:
        yield ("criteria",), "weights", {"total": f"{total:f}"}


def _checks(p: PolicyFile) -> Iterator[Breach]:
    yield from _complete(("checks",), p.checks, tuple(CHECKS))
    for code, rule in p.checks.items():
        for name in ("otherwise", "otherwise_origin"):
            given = getattr(rule, name) is not None
            if CHECKS.get(code) is True and not given:
                yield ("checks", code), "lacks_one", {"name": name, "allowed": _ALLOWED[name]}
            if CHECKS.get(code) is False and given:
                yield ("checks", code, name), "own_verdicts", {}
        if rule.criterion is not None and rule.criterion not in type(p.criteria).model_fields:
            yield ("checks", code, "criterion"), "not_known", {"allowed": ", ".join(type(p.criteria).model_fields)}


_SEVERAL = ("firms", "cost_items", "term", "axis")
"""The rows that may have several answers at once."""
_TYPOLOGIES: tuple[str, ...] = get_args(v.Typology)
_ALLOWED = {"otherwise": "refer, fail", "otherwise_origin": "a key of origins"}
