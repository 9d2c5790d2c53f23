"""The seven rows of the typology table: from facts to the policy's answers and their points. Numbers only, no words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from shared.programme.axis import hear
from shared.programme.facts import ZERO, Facts
from shared.programme.policy import Policy
from shared.programme.policy_rules import ANSWERS
from shared.programme.quotient import Percentage
from shared.programme.vocabulary import Typology

TYPOLOGIES: tuple[Typology, ...] = get_args(Typology)
Values = dict[str, object]


@dataclass(slots=True)
class RowJudgement:
    """What a row gives: each answer with the values of its text, the points per typology, the facts used.

    `silent` names the sentence where there is no answer, and `denied` the words that the facts only deny.
    """

    row: str
    known: bool
    answers: list[tuple[str, Values]] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    points: tuple[int, int, int] = (0, 0, 0)
    silent: str = "unknown"
    denied: str = ""


def judge_rows(facts: Facts, policy: Policy) -> list[RowJudgement]:
    """All seven rows, in the table's order."""
    judged = [judge(facts, policy) for judge in _JUDGES]
    for judgement in judged:
        judgement.points = _points(judgement, policy)
    return judged


def maximum(row: str, policy: Policy) -> int:
    """The most points that a row can give to a typology."""
    return int(getattr(policy.classification.rows, row).maximum)


def _points(judgement: RowJudgement, policy: Policy) -> tuple[int, int, int]:
    row = getattr(policy.classification.rows, judgement.row)
    simple = complex_ = cluster = 0
    for code, _ in judgement.answers:
        points = row.answers[code].points
        simple += points.simple_network
        complex_ += points.complex_network
        cluster += points.cluster
    return min(simple, row.maximum), min(complex_, row.maximum), min(cluster, row.maximum)


def _promoter(f: Facts, policy: Policy) -> RowJudgement:
    if f.promoter is None:
        return RowJudgement("promoter", known=False)
    return RowJudgement("promoter", True, [(f.promoter, {"kind": f.promoter})], ["/promoter/kind"])


def _firms(f: Facts, policy: Policy) -> RowJudgement:
    answers: list[tuple[str, Values]] = []
    facts: list[str] = []
    if f.declared in ("simple_network", "complex_network") and f.firms and not (f.sizes or _of_a_sector(f)):
        # a network's own firms, of which nobody says how they are grouped
        return RowJudgement("firms", known=False, silent="firms_ungrouped")
    if f.firms != 0 and (f.firms or (not f.sizes and _of_a_sector(f))):  # 0: no firm beside those of the groups
        if f.sizes is None:
            # A historical count does not say whether it counts a group's firms or a sector's.
            return RowJudgement("firms", known=False)
        answers.append(("cluster", {"firms": f.firms, "groups": 0, "sizes": ""}))
        facts.append("/beneficiaries/firms" if f.firms is not None else "/beneficiaries")
    if f.sizes:
        networks = _networks(f, policy)
        if networks is None and not answers:
            return RowJudgement("firms", known=False)
        answers += networks or []
        facts += [f"/beneficiaries/groups/{i}" for i in range(len(f.sizes))]
    silent = "firms_none" if f.firms == 0 else "unknown"
    return RowJudgement("firms", bool(answers), answers, facts, silent=silent)


def _of_a_sector(f: Facts) -> bool:
    return bool(f.association or f.specialisation)


def _networks(f: Facts, policy: Policy) -> list[tuple[str, Values]] | None:
    sizes = [size for size in f.sizes or () if size is not None]
    if len(sizes) < len(f.sizes or ()):
        return None
    values: Values = {"firms": sum(sizes), "groups": len(sizes), "sizes": ", ".join(map(str, sizes))}
    fitting = [name for name in ("simple_network", "complex_network") if fits(name, sizes, policy)]
    return [(name, values) for name in fitting or ["outside"]]


def fits(typology: str, sizes: list[int], policy: Policy) -> bool:
    """Whether the groups' sizes are those of the network's typology."""
    bound = getattr(policy.firms, typology)
    if bound.per == "project":
        return bool(bound.holds(sum(sizes)))
    return all(bound.holds(size) for size in sizes)


def _impacts(f: Facts, policy: Policy) -> RowJudgement:
    if not f.results:
        return RowJudgement("impacts", known=False)
    rules = policy.results.rows
    found: dict[str, list[int]] = {"limited": [], "deep": [], "broad": []}
    for i, result in enumerate(f.results):
        found[rules[result.code].impact].append(i)
    depth = "broad" if found["broad"] else "deep" if found["deep"] else "limited"
    answer = depth
    if depth == "deep" and all(rules[f.results[i].code].simple_network.startswith("uncertain") for i in found["deep"]):
        answer = "deep_uncertain"
    values: Values = {"results": tuple(f.results[i].code for i in found[depth])}
    return RowJudgement("impacts", True, [(answer, values)], [f"/results/{i}/code" for i in found[depth]])


def _cost_items(f: Facts, policy: Policy) -> RowJudgement:
    total = sum(f.items.values(), ZERO) if f.items else ZERO
    if not f.items or not total:
        return RowJudgement("cost_items", known=False)
    least = policy.classification.main_items.share
    answers: list[tuple[str, Values]] = [
        (item, {"item": item, "share": Percentage(f.items[item], total)})
        for item in ANSWERS["cost_items"]
        if f.items.get(item) and f.items[item] * 100 >= least * total
    ]
    shown = [code for code, _ in answers] or list(f.items)
    facts = [pointer for code in shown for pointer in f.item_lines[code]]
    return RowJudgement("cost_items", True, answers or [("none", {"item": "other", "share": 0})], facts)


def _term(f: Facts, policy: Policy) -> RowJudgement:
    if f.months is None:
        return RowJudgement("term", known=False)
    values: Values = {"months": f.months}
    fitting = [str(typology) for typology in TYPOLOGIES if getattr(policy.terms, typology).holds(f.months)]
    return RowJudgement("term", True, [(name, values) for name in fitting or ["outside"]], ["/term/months"])


def _territory(f: Facts, policy: Policy) -> RowJudgement:
    if f.places is None or f.areas is None:
        return RowJudgement("territory", known=False, silent="territory_incomplete" if f.places else "unknown")
    signs = [sign for sign in policy.fundamental.signs if f.places and _shown(sign, f)]
    if not signs:
        answer = "place" if f.places else "none"
        return RowJudgement("territory", True, [(answer, {"places": f.places, "reason": "none"})], ["/places"])
    measured = signs[0] == "location_quotient"
    shows = "/beneficiaries/specialisation" if measured else f"/support_areas/{f.areas.index(signs[0])}"
    values: Values = {"places": f.places, "reason": "measured" if measured else signs[0]}
    return RowJudgement("territory", True, [("fundamental", values)], ["/places", shows])


def _shown(sign: str, f: Facts) -> bool:
    return f.specialisation is not None if sign == "location_quotient" else sign in (f.areas or ())


def _axis(f: Facts, policy: Policy) -> RowJudgement:
    if f.axis is None:
        return RowJudgement("axis", known=False)
    words = policy.classification.axis_words
    axes = (words.trust, words.profitability, words.shared_vision)
    said = dict(zip(ANSWERS["axis"], hear(f.axis, axes), strict=True))
    answers: list[tuple[str, Values]] = [(code, {"word": it.word}) for code, it in said.items() if it.word is not None]
    denied = [it.denied for it in said.values() if it.denied is not None]
    silent = "axis_denied" if denied else "axis_unread"
    return RowJudgement("axis", bool(answers), answers, ["/strategic_axis"], silent=silent, denied=", ".join(denied))


_JUDGES = (_promoter, _firms, _impacts, _cost_items, _term, _territory, _axis)
