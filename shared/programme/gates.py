"""The machine checks of the selection criteria: from facts to verdicts. Numbers only, no words.

Whatever the source does not say is `unknown`, never `fail`. The bounds are the policy's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from shared.programme.facts import Facts, Money, Promised
from shared.programme.findings import Verdict
from shared.programme.policy import Policy
from shared.programme.policy_base import Bands
from shared.programme.quotient import Percentage, quotient_of


@dataclass(slots=True)
class Judgement:
    """A check's verdict; `case` names its sentence and `values` fill it; `value` was measured against `bound`.

    `origin` is the bound's or the rule's, and `further_origins` those of what else it rests on.
    """

    code: str
    verdict: Verdict
    case: str
    facts: list[str] = field(default_factory=list)
    value: Fraction | Percentage | Decimal | int | str | None = None
    bound: Decimal | int | str | None = None
    origin: str | None = None
    values: dict[str, object] = field(default_factory=dict)
    warning: dict[str, object] | None = None
    further_origins: tuple[str, ...] = ()


def unknown(
    code: str,
    facts: list[str] | None = None,
    case: str = "source_silent",
    bound: Decimal | int | str | None = None,
    origin: str | None = None,
) -> Judgement:
    """The verdict where the source is silent."""
    return Judgement(code, "unknown", case, facts or [], bound=bound, origin=origin)


def market(f: Facts, policy: Policy) -> Judgement:
    """An indicator for each firm-level effect promised (deck: "tangible impact").

    It fails where no result that promises an effect has an indicator that improves, and nothing else measures the
    effect; an indicator that does not say what it measures may. Any other gap goes to a person, since the deck asks for
    an indicator per effect, not for one of everything.
    """
    judgement = _market(f.results or (), policy)
    judgement.origin = policy.criteria.market_prospects.origin
    if judgement.verdict != "unknown":  # which effects are promised is the policy's reading of the results
        judgement.further_origins = (policy.results.impact_origin,)
    return judgement


def _market(results: Sequence[Promised], policy: Policy) -> Judgement:
    code = "market_prospects"
    if not results:
        return unknown(code)
    promising: dict[str, list[Promised]] = {}
    for result in results:
        for effect in policy.results.rows[result.code].effects:
            promising.setdefault(effect, []).append(result)
    measured = dict.fromkeys(effect for result in results for effect in result.measured)
    missing = tuple(effect for effect in promising if effect not in measured)
    if bare := [i for i, result in enumerate(results) if not result.improves]:
        any_effect = any(result.unsaid for result in results)
        unimproved = any(not any(result.improves for result in promising[effect]) for effect in missing)
        nothing = unimproved and not any_effect
        verdict = _otherwise(code, policy) if nothing else "refer"
        facts = [f"/results/{i}/indicators" for i in bare]
        return Judgement(code, verdict, "no_indicator", facts, values={"results": tuple(results[i].code for i in bare)})
    facts = [f"/results/{i}/indicators" for i in range(len(results))]
    if missing:
        return Judgement(code, "refer", "unmeasured", facts, values={"effects": missing})
    if not measured:
        return Judgement(code, "refer", "none_measured", facts)
    return Judgement(code, "pass", "pass", facts, values={"effects": tuple(promising) or tuple(measured)})


def firms_counterpart(f: Facts, policy: Policy) -> Judgement:
    """The firms' own counterpart is more than nothing (deck: they cover part of the costs)."""
    code, facts, rule = "firms_counterpart", ["/counterpart"], policy.counterpart
    if f.money is None or f.money.firms is None:
        return unknown(code, bound=rule.firms_above, origin=rule.firms_origin)
    enough = f.money.firms > rule.firms_above
    verdict = "pass" if enough else _otherwise(code, policy)
    case = "pass" if enough else "short" if f.money.firms else "nothing"
    values: dict[str, object] = {"currency": f.money.currency}
    return Judgement(code, verdict, case, facts, f.money.firms, rule.firms_above, rule.firms_origin, values)


def counterpart_share(f: Facts, policy: Policy) -> Judgement:
    """The counterpart's share of the total, in percent, is at or above the policy's minimum."""
    return _share("counterpart_share", f.money, policy.counterpart.minimum_share, policy)


def counterpart_cash(f: Facts, policy: Policy) -> Judgement:
    """The share that the counterpart in cash alone has in the total is at or above the policy's minimum."""
    return _share("counterpart_cash", f.money, policy.counterpart.minimum_cash_share, policy)


def _share(code: str, money: Money | None, least: Decimal, policy: Policy) -> Judgement:
    origin = policy.counterpart.origin
    part = None if money is None else money.cash if code == "counterpart_cash" else money.counterpart
    if money is None or part is None or money.total == 0:
        return unknown(code, bound=least, origin=origin)
    # compared without a division, so that nothing is rounded
    enough = part * 100 >= least * money.total
    facts = ["/counterpart", "/budget/fund_amount"]
    share = Percentage(part, money.total)
    verdict = "pass" if enough else _otherwise(code, policy)
    values: dict[str, object] = {"part": part, "total": money.total, "currency": money.currency}
    return Judgement(code, verdict, "pass" if enough else "short", facts, share, least, origin, values)


def critical_mass(f: Facts, policy: Policy) -> Judgement:
    """The sector's firms in the locality, against the policy's bands."""
    code, bands = "critical_mass_firms", policy.critical_mass
    if f.firms is None:
        return unknown(code, ["/beneficiaries/firms"], bound=bands.passes, origin=bands.origin)
    judgement = _banded(code, f.firms, bands, ["/beneficiaries/firms"])
    if f.sizes is None and judgement.verdict == "fail":
        # a historical count does not say whether it counts a group's firms or a sector's
        judgement.verdict, judgement.case = "refer", "incomplete"
    return judgement


def quotient(f: Facts, policy: Policy) -> Judgement:
    """The location quotient against the policy's bands; a small locality adds a warning and changes no verdict."""
    code, facts, bands = "location_quotient", ["/beneficiaries/specialisation"], policy.location_quotient
    if f.specialisation is None:
        return unknown(code, facts, bound=bands.passes, origin=bands.origin)
    value = quotient_of(f.specialisation)
    if value is None:
        return unknown(code, facts, f"{code}.undefined", bands.passes, bands.origin)
    judgement = _banded(code, value, bands, facts)
    if f.population is not None and f.population < bands.small_locality:
        judgement.warning = {"population": f.population, "bound": bands.small_locality}
        judgement.facts = [*facts, str(f.population_at)]
    return judgement


def _banded(code: str, value: Fraction | int, bands: Bands, facts: list[str]) -> Judgement:
    verdict: Verdict = "fail"
    if value >= Fraction(bands.passes):
        verdict = "pass"
    elif value >= Fraction(bands.refers):
        verdict = "refer"
    case = {"pass": "pass", "refer": "between", "fail": "short"}[verdict]
    return Judgement(code, verdict, case, facts, value, bands.passes, bands.origin, {"refers": bands.refers})


def experience(f: Facts, policy: Policy) -> Judgement:
    """Executed projects with small firms; a network project is one of them (deck; it lifts the human score).

    A project in both lists counts once.
    """
    code, least, origin = "experience", policy.commitments.sme_projects, policy.commitments.origin
    if f.executed_projects is None:
        return unknown(code, bound=least, origin=origin)
    executed = f.executed_projects
    facts = ["/executing_agency/sme_projects", "/executing_agency/network_projects"]
    enough = executed >= least
    verdict = "pass" if enough else _otherwise(code, policy)
    values: dict[str, object] = {"networks": f.network_projects}
    case = "pass" if enough else "short"
    return Judgement(code, verdict, case, facts, executed, least, origin, values)


def leadership(f: Facts, policy: Policy) -> Judgement:
    """Committed local and national entities."""
    code, rule = "leadership", policy.commitments
    bound = f"{rule.local_entities} + {rule.national_entities}"
    if f.local_entities is None or f.national_entities is None:
        return unknown(code, bound=bound, origin=rule.origin)
    enough = f.local_entities >= rule.local_entities and f.national_entities >= rule.national_entities
    values: dict[str, object] = {
        "local": f.local_entities,
        "national": f.national_entities,
        "local_bound": rule.local_entities,
        "national_bound": rule.national_entities,
    }
    value = f"{f.local_entities} + {f.national_entities}"
    verdict = "pass" if enough else _otherwise(code, policy)
    return Judgement(code, verdict, "pass" if enough else "short", ["/entities"], value, bound, rule.origin, values)


def _otherwise(code: str, policy: Policy) -> Verdict:
    return policy.checks[code].otherwise or "refer"
