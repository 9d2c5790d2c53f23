"""The machine checks that depend on the typology: what it must bring, and what it may expect. No words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from shared.programme import gates
from shared.programme.facts import Facts
from shared.programme.findings import Verdict
from shared.programme.gates import Judgement, unknown
from shared.programme.policy import Policy
from shared.programme.policy_parts import ItemRule
from shared.programme.rows import fits
from shared.programme.vocabulary import ResultCode, Typology


def judge_checks(f: Facts, policy: Policy, typology: Typology | None) -> list[Judgement]:
    """All checks that the typology is subject to. Critical mass is for clusters; without a typology it is unknown."""
    general = [gate(f, policy) for gate in _GENERAL]
    if typology is None:
        return [*general, *(unknown(code, case="typology_open") for code in _OPEN)]
    mass = [gates.critical_mass(f, policy), gates.quotient(f, policy)] if typology == "cluster" else []
    return [*general, *mass, *(gate(f, policy, typology) for gate in _TYPED)]


def _judged(code: str, holds: bool, policy: Policy, facts: list[str], **rest: object) -> Judgement:
    verdict: Verdict = "pass" if holds else policy.checks[code].otherwise or "refer"
    return Judgement(code, verdict, "pass" if holds else "short", facts, **rest)  # type: ignore[arg-type]


def _promoter(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    proper, origin = getattr(policy.promoters, typology), policy.promoters.origin
    if f.promoter is None:
        return unknown("promoter", bound=", ".join(proper), origin=origin)
    return _judged(
        "promoter",
        f.promoter in proper,
        policy,
        ["/promoter/kind"],
        value=f.promoter,
        bound=", ".join(proper),
        origin=origin,
        values={"kind": f.promoter, "typology": typology, "promoter_kinds": tuple(proper)},
    )


def _firms(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    if typology == "cluster":
        return Judgement("firms", "pass", "no_cap", origin=policy.firms.origin)
    bound = getattr(policy.firms, typology)
    between = f"{bound.least}-{bound.most}"
    if not f.sizes or None in f.sizes:
        case = "firms_ungrouped" if f.firms and not f.sizes else "source_silent"
        return unknown("firms", ["/beneficiaries/groups"], case, bound=between, origin=policy.firms.origin)
    sizes = [size for size in f.sizes if size is not None]
    return _judged(
        "firms",
        fits(typology, sizes, policy),
        policy,
        [f"/beneficiaries/groups/{i}" for i in range(len(sizes))],
        value=", ".join(map(str, sizes)),
        bound=between,
        origin=policy.firms.origin,
        values={"total": sum(sizes), "typology": typology, "range": (bound.per, bound.least, bound.most)},
    )


def _term(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    bound = getattr(policy.terms, typology)
    between = f"{bound.least}-{bound.most}"
    if f.months is None:
        return unknown("term", bound=between, origin=policy.terms.origin)
    return _judged(
        "term",
        bound.holds(f.months),
        policy,
        ["/term/months"],
        value=f.months,
        bound=between,
        origin=policy.terms.origin,
        values={"typology": typology, "range": ("months", bound.least, bound.most)},
    )


def _territory(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    least, origin = policy.localities.cluster, policy.localities.origin
    if typology != "cluster":
        return Judgement("territory", "pass", "not_needed", origin=origin)
    if f.places is None:
        return unknown("territory", bound=least, origin=origin)
    return _judged("territory", f.places >= least, policy, ["/places"], value=f.places, bound=least, origin=origin)


def _cost_items(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    rules = policy.cost_items
    if f.items is None or not any(f.items.values()):
        return unknown("cost_items", origin=rules.origin)
    usual = cast(Mapping[str, ItemRule], rules.rows)
    unusual = tuple(item for item, amount in f.items.items() if amount and typology not in usual[item].usual)
    values: dict[str, object] = {"typology": typology, "items": unusual}
    if not unusual:
        return Judgement("cost_items", "pass", "pass", ["/budget/lines"], origin=rules.origin, values=values)
    facts = [pointer for item in unusual for pointer in f.item_lines[item]]
    origin, *others = dict.fromkeys(usual[item].origin for item in unusual)
    further = tuple(others)
    return Judgement(
        "cost_items", rules.unusual, "unusual", facts, origin=origin, values=values, further_origins=further
    )


def _results(f: Facts, policy: Policy, typology: Typology) -> Judgement:
    rules = policy.results
    if not f.results:
        return unknown("results", origin=rules.origin)
    cells = [getattr(rules.rows[result.code], typology) for result in f.results]
    outside = [i for i, cell in enumerate(cells) if cell == "no"]
    doubtful = [i for i, cell in enumerate(cells) if cell.startswith("uncertain")]
    if not outside and not doubtful:
        facts = [f"/results/{i}/code" for i in range(len(cells))]
        return Judgement("results", "pass", "pass", facts, origin=rules.origin, values={"typology": typology})
    case, found = ("outside", outside) if outside else ("uncertain", doubtful)
    verdict: Verdict = rules.outside if outside else rules.uncertain
    return Judgement(
        "results",
        verdict,
        case,
        [f"/results/{i}/code" for i in found],
        origin=rules.origin,
        values={"typology": typology, "results": tuple(f.results[i].code for i in found)},
        warning=_doubts(typology, [f.results[i].code for i in doubtful]) if doubtful else None,
    )


def _doubts(typology: Typology, codes: list[ResultCode]) -> dict[str, object]:
    return {"typology": typology, "results": tuple(codes)}


_GENERAL: tuple[Callable[[Facts, Policy], Judgement], ...] = (
    gates.market,
    gates.firms_counterpart,
    gates.counterpart_share,
    gates.counterpart_cash,
    gates.experience,
    gates.leadership,
)
_TYPED: tuple[Callable[[Facts, Policy, Typology], Judgement], ...] = (
    _promoter,
    _firms,
    _term,
    _territory,
    _cost_items,
    _results,
)
_OPEN = (
    "critical_mass_firms",
    "location_quotient",
    "promoter",
    "firms",
    "term",
    "territory",
    "cost_items",
    "results",
)
