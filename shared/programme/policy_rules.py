"""What must hold across the parts of a policy, beyond the shape of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from shared.programme import vocabulary as v
from shared.programme.policy_parts import PolicyFile, Row, Text

Path = tuple[str | int, ...]

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
    "territory": frozenset({"places"}),
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


def breaches(p: PolicyFile) -> Iterator[tuple[Path, str]]:
    """Where the parts do not fit together: the field's path, and what is allowed."""
    yield from _origins(p)
    for name in ANSWERS:
        yield from _row(name, getattr(p.classification.rows, name))
    yield from _complete(("results", "rows"), set(p.results.rows), get_args(v.ResultCode))
    yield from _complete(("cost_items", "rows"), set(p.cost_items.rows), get_args(v.CostItem))
    yield from _complete(("support_areas",), set(p.support_areas), get_args(v.SupportArea))
    yield from _checks(p)
    total = sum(getattr(p.criteria, name).weight for name in type(p.criteria).model_fields)
    if total != 100:
        yield ("criteria",), f"the weights add up to {total}: they must add up to 100"
    if not p.version.startswith(p.effective.isoformat()):
        yield ("version",), f"must begin with the effective date, {p.effective.isoformat()}"


def _complete(path: Path, given: set[str], wanted: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    for name in wanted:
        if name not in given:
            yield path, f"lacks {name}: exactly these are allowed: {', '.join(wanted)}"
    for name in sorted(given - set(wanted)):
        yield (*path, name), f"is not known: exactly these are allowed: {', '.join(wanted)}"


def _row(name: str, row: Row) -> Iterator[tuple[Path, str]]:
    path: Path = ("classification", "rows", name, "answers")
    yield from _complete(path, set(row.answers), ANSWERS[name])
    for code, answer in row.answers.items():
        yield from _template((*path, code, "text"), answer.text, PLACES[name])


def _template(path: Path, text: Text, allowed: frozenset[str]) -> Iterator[tuple[Path, str]]:
    try:
        strange = sorted(text.places() - allowed)
    except ValueError as error:
        yield path, f"has braces that do not match ({error}): write {{name}}"
        return
    for place in strange:
        yield path, f"uses {{{place}}}; allowed are: {', '.join(f'{{{name}}}' for name in sorted(allowed))}"


def _checks(p: PolicyFile) -> Iterator[tuple[Path, str]]:
    yield from _complete(("checks",), set(p.checks), tuple(CHECKS))
    for code, rule in p.checks.items():
        if code not in CHECKS:
            continue
        if CHECKS[code] and rule.otherwise is None:
            yield ("checks", code), "lacks otherwise: one of pass, refer, fail"
        if not CHECKS[code] and rule.otherwise is not None:
            yield ("checks", code, "otherwise"), "has no place here: this check has verdicts of its own; remove it"
        if rule.criterion is not None and rule.criterion not in type(p.criteria).model_fields:
            allowed = ", ".join(type(p.criteria).model_fields)
            yield ("checks", code, "criterion"), f"is no criterion: allowed are {allowed}"


def _origins(p: PolicyFile) -> Iterator[tuple[Path, str]]:
    rows = [
        (("classification", "rows", name, "origin"), getattr(p.classification.rows, name).origin) for name in ANSWERS
    ]
    criteria = [
        (("criteria", name, field), getattr(getattr(p.criteria, name), field))
        for name in type(p.criteria).model_fields
        for field in ("origin", "weight_origin")
    ]
    parts = (
        "firms",
        "terms",
        "results",
        "cost_items",
        "critical_mass",
        "location_quotient",
        "counterpart",
        "commitments",
    )
    named: list[tuple[Path, str]] = [
        (("classification", "origin"), p.classification.origin),
        (("classification", "main_items", "origin"), p.classification.main_items.origin),
        (("location_quotient", "small_locality_origin"), p.location_quotient.small_locality_origin),
        *[((part, "origin"), getattr(p, part).origin) for part in parts],
        *rows,
        *criteria,
    ]
    for path, origin in named:
        if origin not in p.origins:
            yield path, f"names the origin {origin!r}; allowed are those under origins: {', '.join(p.origins)}"
