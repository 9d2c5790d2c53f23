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
from shared.programme.policy_parts import Bands
from shared.programme.proposal import ExpectedResult, Indicator
from shared.programme.quotient import quotient_of


@dataclass(slots=True)
class Judgement:
    """A check's verdict; `case` names its sentence and `values` fill it; `value` was measured against `bound`."""

    code: str
    verdict: Verdict
    case: str
    facts: list[str] = field(default_factory=list)
    value: Fraction | Decimal | int | str | None = None
    bound: Decimal | int | str | None = None
    origin: str = "deck"
    values: dict[str, object] = field(default_factory=dict)
    warning: dict[str, object] | None = None


def unknown(code: str, facts: list[str] | None = None, case: str = "source_silent") -> Judgement:
    """The verdict where the source is silent."""
    return Judgement(code, "unknown", case, facts or [])


def market(f: Facts, policy: Policy) -> Judgement:
    """An indicator per promised result, and one for each firm-level effect promised (deck: "tangible impact")."""
    code = "market_prospects"
    if not f.results:
        return unknown(code)
    bare = [i for i, result in enumerate(f.results) if not any(map(_improves, result.indicators))]
    if bare:
        codes = tuple(f.results[i].code for i in bare)
        facts = [f"/results/{i}/indicators" for i in bare]
        return Judgement(code, _otherwise(code, policy), "no_indicator", facts, values={"results": codes})
    promised = dict.fromkeys(effect for r in f.results for effect in policy.results.rows[r.code].effects)
    measured = _measured(f.results)
    missing = tuple(effect for effect in promised if effect not in measured)
    facts = [f"/results/{i}/indicators" for i in range(len(f.results))]
    if missing:
        return Judgement(code, "refer", "unmeasured", facts, values={"effects": missing})
    if not measured:
        return Judgement(code, "refer", "none_measured", facts)
    return Judgement(code, "pass", "pass", facts, values={"effects": tuple(promised) or tuple(measured)})


def _improves(indicator: Indicator) -> bool:
    up = indicator.direction == "up"
    return indicator.target > indicator.baseline if up else indicator.target < indicator.baseline


def _measured(results: tuple[ExpectedResult, ...]) -> dict[str, None]:
    return dict.fromkeys(i.effect for r in results for i in r.indicators if i.effect is not None and _improves(i))


def firms_counterpart(f: Facts, policy: Policy) -> Judgement:
    """The firms' own counterpart is more than nothing (deck: they cover part of the costs)."""
    code = "firms_counterpart"
    if f.money is None:
        return unknown(code)
    if f.money.firms > 0:
        return Judgement(code, "pass", "pass", ["/counterpart"], f.money.firms, 0)
    return Judgement(code, _otherwise(code, policy), "short", ["/counterpart"], f.money.firms, 0)


def counterpart_share(f: Facts, policy: Policy) -> Judgement:
    """The counterpart's share of the total, in percent, is at or above the policy's minimum."""
    return _share("counterpart_share", f.money, policy.counterpart.minimum_share, policy)


def counterpart_cash(f: Facts, policy: Policy) -> Judgement:
    """The share that the counterpart in cash alone has in the total is at or above the policy's minimum."""
    return _share("counterpart_cash", f.money, policy.counterpart.minimum_cash_share, policy)


def _share(code: str, money: Money | None, least: Decimal, policy: Policy) -> Judgement:
    if money is None or money.total == 0:
        return unknown(code)
    part = money.cash if code == "counterpart_cash" else money.counterpart
    # compared without a division, so that nothing is rounded
    enough = part * 100 >= least * money.total
    facts = ["/counterpart", "/budget/fund_amount"]
    share = Fraction(part) * 100 / Fraction(money.total)
    verdict = "pass" if enough else _otherwise(code, policy)
    return Judgement(code, verdict, "pass" if enough else "short", facts, share, least, policy.counterpart.origin)


def critical_mass(f: Facts, policy: Policy) -> Judgement:
    """The sector's firms in the locality, against the policy's bands."""
    code = "critical_mass_firms"
    if f.firms is None:
        return unknown(code, ["/beneficiaries/firms"])
    return _banded(code, f.firms, policy.critical_mass, ["/beneficiaries/firms"])


def quotient(f: Facts, policy: Policy) -> Judgement:
    """The location quotient against the policy's bands; a small locality adds a warning and changes no verdict."""
    code, facts = "location_quotient", ["/beneficiaries/specialisation"]
    if f.specialisation is None:
        return unknown(code, facts)
    value = quotient_of(f.specialisation)
    if value is None:
        return unknown(code, facts, f"{code}.undefined")
    judgement = _banded(code, value, policy.location_quotient, facts)
    small = policy.location_quotient.small_locality
    if f.population is not None and f.population < small:
        judgement.warning = {"population": f.population, "bound": small}
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
    code = "experience"
    if f.sme_projects is None or f.network_projects is None:
        return unknown(code)
    executed, least = f.sme_projects + f.network_projects, policy.commitments.sme_projects
    facts = ["/executing_agency/sme_projects", "/executing_agency/network_projects"]
    enough = executed >= least
    verdict = "pass" if enough else _otherwise(code, policy)
    values: dict[str, object] = {"networks": f.network_projects}
    case = "pass" if enough else "short"
    return Judgement(code, verdict, case, facts, executed, least, policy.commitments.origin, values)


def leadership(f: Facts, policy: Policy) -> Judgement:
    """Committed local and national entities."""
    code, rule = "leadership", policy.commitments
    if f.local_entities is None or f.national_entities is None:
        return unknown(code)
    enough = f.local_entities >= rule.local_entities and f.national_entities >= rule.national_entities
    values: dict[str, object] = {
        "local": f.local_entities,
        "national": f.national_entities,
        "local_bound": rule.local_entities,
        "national_bound": rule.national_entities,
    }
    value, bound = f"{f.local_entities} + {f.national_entities}", f"{rule.local_entities} + {rule.national_entities}"
    verdict = "pass" if enough else _otherwise(code, policy)
    return Judgement(code, verdict, "pass" if enough else "short", ["/entities"], value, bound, rule.origin, values)


def _otherwise(code: str, policy: Policy) -> Verdict:
    return policy.checks[code].otherwise or "refer"
