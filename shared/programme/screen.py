"""Screening: every machine check of the policy with its verdict, facts, bound, origin and fix, in three languages.

The verdicts come from `gates` and `gates_typology`, which know no language; this module puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from shared.programme.facts import facts_of
from shared.programme.findings import Check, Screening, Verdict
from shared.programme.gates import Judgement
from shared.programme.gates_typology import judge_checks
from shared.programme.historical import HistoricalProject
from shared.programme.policy import Policy
from shared.programme.proposal import Proposal
from shared.programme.quotient import Percentage, as_text
from shared.programme.vocabulary import Typology
from shared.programme.words import LANGUAGES, Explanation, label, listed, say


def screen(proposal: Proposal | HistoricalProject, policy: Policy, typology: Typology | None) -> Screening:
    """All machine checks for the typology (see `typology_for`); None where it is not settled.

    A `fail` proposes; a person decides. What the source does not say is `unknown`, never `fail`.
    """
    judged = judge_checks(facts_of(proposal), policy, typology)
    return Screening(
        verdict=worst(judgement.verdict for judgement in judged),
        typology=typology,
        checks=[_check(judgement, policy) for judgement in judged],
    )


def typology_for(declared: Typology | None, computed: Typology | None) -> Typology | None:
    """The typology to screen for: the declared one, which is flagged but not overwritten; else the computed one."""
    return declared or computed


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of all: fail before refer before unknown before pass."""
    found = set(verdicts)
    order: tuple[Verdict, ...] = ("fail", "refer", "unknown")
    return next((verdict for verdict in order if verdict in found), "pass")


def _check(judgement: Judgement, policy: Policy) -> Check:
    rule = policy.checks[judgement.code]
    return Check(
        code=judgement.code,
        title=rule.title.all(),
        criterion=rule.criterion,
        verdict=judgement.verdict,
        explanation=_explanation(judgement),
        value=_number(judgement.value),
        bound=_number(judgement.bound),
        origin=judgement.origin,
        origin_texts=_origins(judgement, policy),
        further_origins=list(judgement.further_origins),
        facts=judgement.facts,
        fix=None if judgement.verdict == "pass" else rule.fix.all(),
        warning=_warning(judgement),
    )


def _origins(judgement: Judgement, policy: Policy) -> Explanation:
    """The names of all its origins in one line; a number computed from none has none."""
    codes = dict.fromkeys([judgement.origin, *judgement.further_origins])
    names = [policy.origins[code].all() for code in codes if code in policy.origins]
    return {language: "; ".join(name[language] for name in names) for language in LANGUAGES} if names else {}


def _explanation(judgement: Judgement) -> Explanation:
    if judgement.verdict == "unknown":
        return say("screening", judgement.case)
    values = {"value": _number(judgement.value), "bound": _number(judgement.bound), **_worded(judgement.values)}
    return say("screening", f"{judgement.code}.{judgement.case}", **values)


def _worded(values: Mapping[str, object]) -> dict[str, object]:
    return {key: worded for name, value in values.items() for key, worded in _in_words(name, value).items()}


def _in_words(name: str, value: object) -> dict[str, object]:
    """The value as the sentences have it: codes by their names, ranges in words, numbers as decimals."""
    if name == "range" and isinstance(value, tuple):
        kind, least, most = value
        return {"bound": say("screening", f"bound.{kind}", least=least, most=most)}
    if isinstance(value, tuple) and not isinstance(value, Percentage):
        return {name: listed(name.removesuffix("s"), value) if value else say("screening", "none")}
    if name in ("kind", "typology"):
        return {name: label({"kind": "promoter_kind"}.get(name, name), str(value))}
    return {name: _number(value)}


def _number(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Percentage):
        value = value.exact
    if isinstance(value, Fraction):
        return as_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _warning(judgement: Judgement) -> Explanation | None:
    if judgement.warning is None:
        return None
    values = _worded(judgement.warning)
    if judgement.code == "location_quotient":
        return say("quotient", "small_locality", **values)
    return say("screening", "results.doubtful", **values)
