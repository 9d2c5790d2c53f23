"""The arithmetic that must hold between the parts of a proposal ("Arithmetic that must hold" in the proposal's page).

Budget by source = fund amount and pledges; tranches add up to the fund amount; milestones and activities lie inside the
term; shares add up to 100; every tranche but number 0 has at least one milestone; ids are unique and every reference
points to something. Each breach is a `Finding` in Spanish, Portuguese and English with a JSON pointer to the field.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from shared.programme.proposal import Proposal, Term
from shared.programme.text import Part
from shared.programme.words import Explanation, label, say


class Finding(Part):
    """A breach: where (RFC 6901 pointer into the proposal), which rule, what is wrong and how to fix it."""

    pointer: str
    rule: str
    texts: Explanation
    fix: Explanation


def check(proposal: Proposal) -> list[Finding]:
    """All breaches, in the order of the rules; an empty list if the arithmetic holds."""
    return [finding for rule in _RULES for finding in rule(proposal)]


def last_day(term: Term) -> date:
    """The last day of the term: `months` calendar months from its start, that day included, so one day less."""
    return months_after(term.start, term.months) - timedelta(days=1)


def months_after(start: date, months: int) -> date:
    """The same day `months` later, or the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _finding(pointer: str, rule: str, **values: object) -> Finding:
    return Finding(
        pointer=pointer,
        rule=rule,
        texts=say("arithmetic", rule, **values),
        fix=say("arithmetic", f"{rule}.fix", **values),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _budget(p: Proposal) -> Iterator[Finding]:
    lines, currency = p.budget.lines, p.budget.currency
    by_fund = _sum(line.amount for line in lines if line.source == "fund")
    if by_fund != p.budget.fund_amount:
        values = {"found": by_fund, "expected": p.budget.fund_amount, "currency": currency}
        yield _finding("/budget/lines", "budget_fund", difference=abs(by_fund - p.budget.fund_amount), **values)
    for source in ("executing_agency", "beneficiary_firms", "local_government", "others"):
        paid = _sum(line.amount for line in lines if line.source == source)
        pledged = _sum(pledge.amount for pledge in p.counterpart if pledge.contributor == source)
        if paid != pledged:
            values = {"found": paid, "expected": pledged, "currency": currency}
            who = label("contributor", source)
            yield _finding("/budget/lines", "budget_pledges", source=who, difference=abs(paid - pledged), **values)


def _tranches(p: Proposal) -> Iterator[Finding]:
    total = _sum(tranche.amount for tranche in p.budget.tranches)
    if total != p.budget.fund_amount:
        values = {"found": total, "expected": p.budget.fund_amount, "currency": p.budget.currency}
        yield _finding("/budget/tranches", "tranches_total", difference=abs(total - p.budget.fund_amount), **values)
    released = {milestone.tranche for milestone in p.milestones}
    for i, tranche in enumerate(p.budget.tranches):
        if tranche.number and tranche.number not in released:
            yield _finding(f"/budget/tranches/{i}", "tranche_without_milestone", number=tranche.number)


def _dates(p: Proposal) -> Iterator[Finding]:
    first, last = p.term.start, last_day(p.term)
    dates = [(f"/milestones/{i}/due", m.due) for i, m in enumerate(p.milestones)]
    for i, activity in enumerate(p.activities):
        dates += [(f"/activities/{i}/start", activity.start), (f"/activities/{i}/end", activity.end)]
        if activity.end < activity.start:
            yield _finding(f"/activities/{i}/end", "ends_before_start", start=activity.start, end=activity.end)
    for pointer, day in dates:
        if not first <= day <= last:
            yield _finding(pointer, "outside_term", date=day, first=first, last=last)
    for i, line in enumerate(p.budget.lines):
        if not first.year <= line.year <= last.year:
            pointer = f"/budget/lines/{i}/year"
            yield _finding(pointer, "year_outside_term", year=line.year, first=first.year, last=last.year)


def _indicators(p: Proposal) -> Iterator[Finding]:
    for r, result in enumerate(p.results):
        for i, indicator in enumerate(result.indicators):
            if indicator.target_date <= indicator.baseline_date:
                pointer = f"/results/{r}/indicators/{i}/target_date"
                start, end = indicator.baseline_date, indicator.target_date
                yield _finding(pointer, "indicator_dates", start=start, end=end)


def _shares(p: Proposal) -> Iterator[Finding]:
    total = _sum(area.share for area in p.support_areas)
    if total != 100:
        yield _finding("/support_areas", "shares_total", found=total, difference=abs(total - 100))


def _unique(p: Proposal) -> Iterator[Finding]:
    indicators = [
        (f"/results/{r}/indicators/{i}/id", indicator.id)
        for r, result in enumerate(p.results)
        for i, indicator in enumerate(result.indicators)
    ]
    yield from _repeated(indicators)
    yield from _repeated((f"/activities/{i}/id", a.id) for i, a in enumerate(p.activities))
    yield from _repeated((f"/milestones/{i}/id", m.id) for i, m in enumerate(p.milestones))
    yield from _repeated((f"/counterpart/{i}/id", c.id) for i, c in enumerate(p.counterpart))
    yield from _repeated((f"/budget/tranches/{i}/number", str(t.number)) for i, t in enumerate(p.budget.tranches))
    yield from _repeated((f"/results/{i}/code", result.code) for i, result in enumerate(p.results))
    yield from _repeated((f"/support_areas/{i}/code", area.code) for i, area in enumerate(p.support_areas))
    yield from _repeated((f"/beneficiaries/groups/{i}/name", g.name) for i, g in enumerate(p.beneficiaries.groups))


def _repeated(ids: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for pointer, name in ids:
        if name in seen:
            yield _finding(pointer, "duplicate", id=name)
        seen.add(name)


def _references(p: Proposal) -> Iterator[Finding]:
    tranches = {tranche.number for tranche in p.budget.tranches}
    for i, milestone in enumerate(p.milestones):
        if milestone.tranche is not None and milestone.tranche not in tranches:
            yield _finding(f"/milestones/{i}/tranche", "dangling_tranche", number=milestone.tranche)
    areas = {area.code for area in p.support_areas}
    for i, activity in enumerate(p.activities):
        if activity.area not in areas:
            yield _finding(f"/activities/{i}/area", "dangling_area", code=activity.area)
    for i, place in enumerate(p.places):
        if place.subdivision is not None and not place.subdivision.startswith(f"{p.country}-"):
            pointer = f"/places/{i}/subdivision"
            yield _finding(pointer, "foreign_subdivision", code=place.subdivision, country=p.country)


def _beneficiaries(p: Proposal) -> Iterator[Finding]:
    if p.declared_typology == "cluster" and p.orientation is not None:
        yield _finding("/orientation", "orientation_of_cluster")
    for i, group in enumerate(p.beneficiaries.groups):
        if group.firms and group.count is not None and group.count != len(group.firms):
            pointer = f"/beneficiaries/groups/{i}/count"
            yield _finding(pointer, "count_differs", count=group.count, listed=len(group.firms))
    counts = p.beneficiaries.specialisation
    if counts is not None:
        base = "/beneficiaries/specialisation"
        for where, part, whole in (
            ("local", counts.local_sector, counts.local_total),
            ("region", counts.region_sector, counts.region_total),
        ):
            if part > whole:
                yield _finding(f"{base}/{where}_sector", "part_exceeds_whole", part=part, whole=whole)


def _pledges(p: Proposal) -> Iterator[Finding]:
    for i, pledge in enumerate(p.counterpart):
        if pledge.kind == "in_kind" and pledge.valuation_method is None:
            yield _finding(f"/counterpart/{i}/valuation_method", "valuation_missing", id=pledge.id)


_RULES: tuple[Callable[[Proposal], Iterator[Finding]], ...] = (
    _budget,
    _tranches,
    _dates,
    _indicators,
    _shares,
    _unique,
    _references,
    _beneficiaries,
    _pledges,
)
