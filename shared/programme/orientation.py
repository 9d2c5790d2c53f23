"""Whether a network is horizontal or vertical: firm sizes, stages of the process, relation.

Source: the programme's page, "Network projects": horizontal firms are of similar size and at the same stage; vertical
ones of different size, at different stages, and in a client-supplier relation.
"""

from __future__ import annotations

from typing import get_args

from shared.programme.axis import plain
from shared.programme.facts import Facts
from shared.programme.findings import OrientationRow
from shared.programme.proposal import Firm
from shared.programme.vocabulary import Orientation, SizeClass
from shared.programme.words import LANGUAGES, Explanation, listed, say

_SIZES: tuple[SizeClass, ...] = get_args(SizeClass)


def orient(facts: Facts) -> tuple[Orientation | None, list[OrientationRow]]:
    """The orientation that most of the known rows point to, None for a tie or where nothing is known; and the rows."""
    rows = [_sizes(facts), _stages(facts), _relation(facts)]
    horizontal = sum(row.points_to == "horizontal" for row in rows)
    vertical = sum(row.points_to == "vertical" for row in rows)
    if horizontal == vertical:
        return None, rows
    return ("horizontal" if horizontal > vertical else "vertical"), rows


def _named(facts: Facts) -> list[list[Firm]]:
    return [group.firms for group in facts.groups or () if group.firms]


def _pointers(facts: Facts) -> list[str]:
    return [f"/beneficiaries/groups/{i}/firms" for i, group in enumerate(facts.groups or ()) if group.firms]


def _unknown(row: str) -> OrientationRow:
    return OrientationRow(row=row, points_to=None, explanation=say("orientation", "unknown"), facts=[])


def _sizes(facts: Facts) -> OrientationRow:
    groups = _named(facts)
    if not groups:
        return _unknown("sizes")
    ranks = [{_SIZES.index(firm.size) for firm in firms} for firms in groups]
    # neighbouring classes are similar: the deck gives no number, and a class's edge divides firms that are alike
    spread = any(max(rank) - min(rank) > 1 for rank in ranks)
    points_to: Orientation = "vertical" if spread else "horizontal"
    sizes = _per_group(facts, [listed("size", [_SIZES[i] for i in sorted(rank)]) for rank in ranks])
    text = say("orientation", f"sizes_{points_to}", sizes=sizes)
    return OrientationRow(row="sizes", points_to=points_to, explanation=text, facts=_pointers(facts))


def _stages(facts: Facts) -> OrientationRow:
    groups = _named(facts)
    roles = [[plain(firm.role) for firm in firms if firm.role] for firms in groups]
    if not any(roles) or any(len(given) < len(firms) for given, firms in zip(roles, groups, strict=True)):
        return _unknown("stages")
    differ = any(len(set(given)) > 1 for given in roles)
    points_to: Orientation = "vertical" if differ else "horizontal"
    names = [{plain(firm.role): firm.role for firm in reversed(firms) if firm.role} for firms in groups]
    told = [dict.fromkeys(LANGUAGES, "; ".join(reversed(spelt.values()))) for spelt in names]
    text = say("orientation", f"stages_{points_to}", roles=_per_group(facts, told))
    return OrientationRow(row="stages", points_to=points_to, explanation=text, facts=_pointers(facts))


def _per_group(facts: Facts, told: list[Explanation]) -> Explanation:
    """What is told of each group whose firms are named, with its number where they differ."""
    if all(words == told[0] for words in told):
        return told[0]
    numbers = [i for i, group in enumerate(facts.groups or (), start=1) if group.firms]
    each = [say("orientation", "group", number=n, what=words) for n, words in zip(numbers, told, strict=True)]
    return {language: " / ".join(words[language] for words in each) for language in LANGUAGES}


def _relation(facts: Facts) -> OrientationRow:
    codes = [result.code for result in facts.results or ()]
    wanted, points_to = ["supplier_networks"], "vertical"
    if "supplier_networks" not in codes:
        wanted, points_to = ["joint_purchasing", "joint_promotion"], "horizontal"
    found = [f"/results/{i}/code" for i, code in enumerate(codes) if code in wanted]
    if not found:
        return _unknown("relation")
    text = say("orientation", f"relation_{points_to}")
    return OrientationRow(
        row="relation",
        points_to="vertical" if points_to == "vertical" else "horizontal",
        explanation=text,
        facts=found,
    )
