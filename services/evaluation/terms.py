"""What an approval carries on to its followers: the terms and the plan, made from a proposal or a historical project.

What the source does not say stays None. Pure.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from shared.contracts.monitoring import Plan, PlannedActivity, PlannedMilestone, PlannedResult, Pledge
from shared.contracts.values import Cluster, Money, Place, Text
from shared.programme.clusters import ClusterKey, clusters_of, slug
from shared.programme.facts import facts_of
from shared.programme.historical import HistoricalProject, SourcedMoney
from shared.programme.proposal import Proposal


def terms_of_proposal(proposal: Proposal, approved_on: date) -> dict[str, Any]:
    """The terms that an approved proposal says itself; the typology is the declared one, which a person approved."""
    currency = proposal.budget.currency
    counterpart = sum((pledge.amount for pledge in proposal.counterpart), Decimal(0))
    return {
        "country": proposal.country,
        "approved_on": approved_on,
        "historical": False,
        "title": proposal.title.given(),
        "executing_agency": proposal.executing_agency.name,
        "agency_id": proposal.executing_agency.agency_id,
        "typology": proposal.declared_typology,
        "places": [_place(place.sector.given(), place.name, place.subdivision) for place in proposal.places],
        "clusters": [_cluster(key) for key in clusters_of(proposal.country, proposal.places)],
        "fund_amount": Money(currency=currency, value=proposal.budget.fund_amount),
        "counterpart_amount": Money(currency=currency, value=counterpart),
        "firms": firms_of(proposal),
        "plan": plan_of(proposal),
    }


def plan_of(proposal: Proposal) -> Plan:
    """What the project sets out to do, with the ids that the proposal gives."""
    currency = proposal.budget.currency
    return Plan(
        months=proposal.term.months,
        start=proposal.term.start,
        activities=[
            PlannedActivity(id=a.id, title=a.title.given(), area=a.area, start=a.start, end=a.end)
            for a in proposal.activities
        ],
        milestones=[
            PlannedMilestone(id=m.id, title=m.title.given(), due=m.due, tranche=m.tranche) for m in proposal.milestones
        ],
        results=[PlannedResult(code=r.code, indicators=[i.id for i in r.indicators]) for r in proposal.results],
        pledges=[
            Pledge(
                id=p.id,
                contributor=p.contributor,
                kind=p.kind,
                amount=Money(currency=currency, value=p.amount),
                valuation_method=p.valuation_method,
            )
            for p in proposal.counterpart
        ],
    )


def firms_of(proposal: Proposal) -> int | None:
    """How many firms benefit: as given, else the sum over the groups if each says how many it has, else None."""
    facts = facts_of(proposal)
    if facts.firms is not None:
        return facts.firms
    sizes = [size for size in facts.sizes or () if size is not None]
    return sum(sizes) if sizes and len(sizes) == len(facts.sizes or ()) else None


def terms_of_historical(project: HistoricalProject) -> dict[str, Any]:
    """The terms of a historical approval: no plan, and None for what its source does not say."""
    return {
        "country": project.country,
        "proposal_id": None,
        "reference": None,
        "approved_on": project.approved_on,
        "historical": True,
        "title": project.title.given(),
        "executing_agency": project.executing_agency,
        "agency_id": project.agency_id,
        "typology": project.typology,
        "places": [_place(place.sector.given(), place.name, place.subdivision) for place in project.localities],
        "clusters": [_cluster(key) for key in clusters_of(project.country, project.localities)],
        "fund_amount": _money(project.fund_amount),
        "counterpart_amount": _money(project.counterpart_amount),
        "firms": project.firms,
        "plan": Plan(),
    }


def historical_id(project: HistoricalProject) -> str:
    """The project's id, from country, day, title and agency, so that the very same project can't be counted twice.

    Case, accents and punctuation make no difference; the title is its first among es, pt and en. Like
    `co-2000-1f2e3d4c5b6a`.
    """
    title = next(iter(project.title.given().values()))
    facts = [project.country, project.approved_on.isoformat(), _same(title), _same(project.executing_agency)]
    digest = sha256(json.dumps(facts).encode()).hexdigest()[:12]
    return f"{project.country.lower()}-{project.approved_on.year}-{digest}"


def _same(text: str) -> str:
    return slug(text) or text.casefold()


def _money(amount: SourcedMoney | None) -> Money | None:
    return None if amount is None else Money(currency=amount.currency, value=amount.value)


def _place(sector: Text, name: str, subdivision: str | None) -> Place:
    return Place(sector=sector, name=name, subdivision=subdivision)


def _cluster(key: ClusterKey) -> Cluster:
    return Cluster(key=key.key, country=key.country, place=key.place, sector=key.sector)
