"""The machine checks of the selection criteria: from facts to verdicts. Numbers only, no words.

Whatever the source does not say is `unknown`, never `fail`. The bounds are the policy's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from shared.programme.facts import Facts, Money
from shared.programme.findings import Verdict
from shared.programme.policy import Policy
from shared.programme.policy_base import Bands
from shared.programme.quotient import Percentage, quotient_of


@dataclass(slots=True)
class Judgement:
    """A check's verdict; `case` names its sentence and `values` fill it; `value` was measured against `bound`."""

    code: str
    verdict: Verdict
    case: str
    facts: list[str] = field(default_factory=list)
    value: Fraction | Percentage | Decimal | int | str | None = None
    bound: Decimal | int | str | None = None
    origin: str | None = None
    values: dict[str, object] = field(default_factory=dict)
    warning: dict[str, object] | None = None


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

    A result without one fails only where it promises such an effect; any other goes to a person, since the deck asks
    for an impact on the firms, not for an indicator of everything.
    """
    code, origin = "market_prospects", policy.criteria.market_prospects.origin
    if not f.results:
        return unknown(code, origin=origin)
    bare = [i for i, result in enumerate(f.results) if not result.improves]
    if bare:
        codes = tuple(f.results[i].code for i in bare)
        facts = [f"/results/{i}/indicators" for i in bare]
        promises = any(policy.results.rows[result].effects for result in codes)
        verdict = _otherwise(code, policy) if promises else "refer"
        return Judgement(code, verdict, "no_indicator", facts, origin=origin, values={"results": codes})
    promised = dict.fromkeys(effect for r in f.results for effect in policy.results.rows[r.code].effects)
    measured = dict.fromkeys(effect for r in f.results for effect in r.measured)
    missing = tuple(effect for effect in promised if effect not in measured)
    facts = [f"/results/{i}/indicators" for i in range(len(f.results))]
    if missing:
        return Judgement(code, "refer", "unmeasured", facts, origin=origin, values={"effects": missing})
    if not measured:
        return Judgement(code, "refer", "none_measured", facts, origin=origin)
    values: dict[str, object] = {"effects": tuple(promised) or tuple(measured)}
    return Judgement(code, "pass", "pass", facts, origin=origin, values=values)


def firms_counterpart(f: Facts, policy: Policy) -> Judgement:
    """The firms' own counterpart is more than nothing (deck: they cover part of the costs)."""
    code, facts, rule = "firms_counterpart", ["/counterpart"], policy.counterpart
    if f.money is None:
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
    if money is None or money.total == 0:
        return unknown(code, bound=least, origin=origin)
    part = money.cash if code == "counterpart_cash" else money.counterpart
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
    return _banded(code, f.firms, bands, ["/beneficiaries/firms"])


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
    """Executed projects with small firms; a network project is one of them (deck; it lifts the human score)."""
    code, least, origin = "experience", policy.commitments.sme_projects, policy.commitments.origin
    if f.sme_projects is None or f.network_projects is None:
        return unknown(code, bound=least, origin=origin)
    executed = f.sme_projects + f.network_projects
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
