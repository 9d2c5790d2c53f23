"""A lean reading of past proposals: only what the rules look at, so that many are read quickly.

A past proposal was checked when it was submitted; here only what is read is checked again. The fields are those of
`shared.programme.proposal`, and a test holds the two together: the same facts come out of both.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic_core import from_json

from shared.programme import vocabulary as v
from shared.programme.historical import HistoricalProject
from shared.programme.parties import Specialisation
from shared.programme.text import Part


class PastPromoter(Part):
    """Who promoted the project."""

    kind: v.PromoterKind


class PastExecuted(Part):
    """A project that the agency had executed."""

    title: str
    first_year: int
    last_year: int


class PastAgency(Part):
    """The projects that the agency had executed."""

    sme_projects: list[PastExecuted] = []
    network_projects: list[PastExecuted] = []


class PastEntity(Part):
    """A convened entity."""

    scope: Literal["local", "national"]


class PastGroup(Part):
    """A group: only the number of its firms is read."""

    firms: list[Any] = []
    count: int | None = None


class PastBeneficiaries(Part):
    """Who benefits."""

    groups: list[PastGroup] = []
    firms: int | None = None
    trade_association: str | None = None
    specialisation: Specialisation | None = None


class PastPlace(Part):
    """A place."""

    name: str
    subdivision: str | None = None
    population: int | None = None


class PastTerm(Part):
    """Months."""

    months: int


class PastArea(Part):
    """A used support area."""

    code: v.SupportArea


class PastIndicator(Part):
    """An indicator."""

    baseline: Decimal
    target: Decimal
    direction: Literal["up", "down"]
    effect: v.Effect | None = None


class PastResult(Part):
    """A promised result."""

    code: v.ResultCode
    indicators: list[PastIndicator] = []


class PastLine(Part):
    """A budget line."""

    item: v.CostItem
    amount: Decimal


class PastBudget(Part):
    """The budget."""

    currency: str
    fund_amount: Decimal
    lines: list[PastLine]


class PastPledge(Part):
    """A counterpart pledge."""

    contributor: v.Contributor
    kind: v.ContributionKind
    amount: Decimal


class PastProposal(Part):
    """A past proposal, as far as the rules look at it."""

    country: str
    declared_typology: v.Typology
    orientation: v.Orientation | None = None
    strategic_axis: str
    promoter: PastPromoter
    executing_agency: PastAgency
    entities: list[PastEntity] = []
    beneficiaries: PastBeneficiaries
    places: list[PastPlace] = []
    term: PastTerm
    support_areas: list[PastArea]
    results: list[PastResult]
    budget: PastBudget
    counterpart: list[PastPledge] = []


def past_of(text: str | bytes) -> PastProposal | HistoricalProject:
    """A past proposal, or an approved project of the past, from its JSON; told apart by `declared_typology`.

    Raises ValueError: pydantic's `ValidationError` names the field that can't be read.
    """
    if b'"declared_typology"' in (text.encode() if isinstance(text, str) else text):
        return PastProposal.model_validate_json(text)
    given = from_json(text)
    is_historical = isinstance(given, dict) and "approved_on" in given
    return (HistoricalProject if is_historical else PastProposal).model_validate(given)
