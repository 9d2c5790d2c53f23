"""What a back-test found, as evaluation's door gives it, and as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape as plain

from shared.cli import explain
from shared.cli.classify import ref
from shared.programme.backtest import Backtest
from shared.programme.policy import Policy
from shared.programme.words import label

SHOWN = 20
"""Flips that are shown one by one; the counts are of all."""
_FIELDS = ("country", "typology", "what", "before", "after")

__all__ = ["plain", "report", "tell"]


def report(policy: Policy, before: Policy, found: Backtest) -> dict[str, Any]:
    """The figures of a back-test against `before`, the most frequent flips first; all flips, by proposal."""
    return {
        "policy": ref(policy),
        "old": ref(before),
        "tried": found.tried,
        "counts": [{**dict(zip(_FIELDS, key, strict=True)), "count": n} for key, n in found.counts.most_common()],
        "rules": dict(found.rules.most_common()),
        "flips": [
            {"proposal_id": flip.id, **{name: getattr(flip, name) for name in _FIELDS}, "rules": list(flip.rules)}
            for flip in found.flips
        ],
        "left_out": 0,
    }


def tell(found: Mapping[str, Any], policy: Policy, before: Policy | None, language: str) -> None:
    """Print a report: how many flips per country and typology, the rules that make them, and the first ones."""
    flips: Sequence[Mapping[str, Any]] = found["flips"]
    total = len(flips) + found["left_out"]
    explain.text(explain.told("tried", language, tried=found["tried"], flips=total, new=policy.version))
    if before is not None:
        explain.text(explain.told("against", language, old=before.version))
    if not total:
        return
    cells = [[*_cells(row, policy, language), str(row["count"])] for row in found["counts"]]
    explain.table(_heads(language, "country", "typology_name", "what", "before", "after", "count"), cells, right=(5,))
    rules = [[_thing(rule, policy, language), str(count)] for rule, count in found["rules"].items()]
    explain.table(_heads(language, "rule", "count"), rules, right=(1,))
    shown = [
        [plain(str(flip["proposal_id"])), *_cells(flip, policy, language)[2:], _rules(flip, policy, language)]
        for flip in flips[:SHOWN]
    ]
    explain.table(_heads(language, "proposal", "what", "before", "after", "rule"), shown)
    if total > SHOWN:
        explain.text(explain.told("left_out", language, count=total - SHOWN))


def _heads(language: str, *keys: str) -> list[str]:
    return [explain.told(key, language) for key in keys]


def _rules(flip: Mapping[str, Any], policy: Policy, language: str) -> str:
    return ", ".join(_thing(rule, policy, language) for rule in flip["rules"])


def _cells(flip: Mapping[str, Any], policy: Policy, language: str) -> list[str]:
    return [
        plain(str(flip["country"])),
        _value(flip["typology"], language),
        _thing(flip["what"], policy, language),
        _value(flip["before"], language),
        _value(flip["after"], language),
    ]


def _thing(code: str, policy: Policy, language: str) -> str:
    """What flips, or the rule that makes it: a check, a row of the typology table, or a whole."""
    kind, _, name = code.partition(":")
    if kind == "check" and name in policy.checks:
        return plain(policy.checks[name].title.all()[language])
    if kind == "row":
        return plain(getattr(policy.classification.rows, name).label.all()[language])
    wholes = {"typology": "typology_name", "screening": "all_checks", "classification": "thresholds"}
    return explain.told(wholes[code], language) if code in wholes else plain(code)


def _value(code: str, language: str) -> str:
    """A typology or a verdict in words."""
    if code in ("simple_network", "complex_network", "cluster"):
        return label("typology", code)[language]
    if code in ("pass", "refer", "fail", "unknown"):
        return label("verdict", code)[language]
    return explain.told({"referred": "referred", "none": "not_made"}[code], language)
