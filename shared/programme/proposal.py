"""What a proposal holds. The one model behind the JSON Schema, the OpenAPI, the template and the form.

The model gives shapes; the arithmetic that must hold between parts is in `shared.programme.checks`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.text import (
    AgencyId,
    Amount,
    Country,
    Currency,
    Id,
    Line,
    Measure,
    Part,
    Percent,
    Prose,
    Subdivision,
    Texts,
)

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Promoter(Part):
    """Who promotes the project; `kind` is the typology table's."""

    name: Line
    kind: v.PromoterKind


class Executed(Part):
    """A project that the agency has executed; years as yyyy."""

    title: Line
    first_year: Annotated[int, Field(ge=1900, le=2200)]
    last_year: Annotated[int, Field(ge=1900, le=2200)]
    funder: Line | None = None
    evidence: Line | None = None


class Agency(Part):
    """The executing agency and its experience with small firms and with networks of them.

    `agency_id` is the id by which the token of the agency's people names it: they may report on the project.
    `tax_ref` is the opaque id under which intake's directory keeps the tax id.
    """

    name: Line
    country: Country
    agency_id: AgencyId | None = None
    tax_id: Line | None = None
    tax_ref: Id | None = None
    sme_projects: Annotated[list[Executed], Field(max_length=200)] = []
    network_projects: Annotated[list[Executed], Field(max_length=200)] = []


class Entity(Part):
    """An entity that the agency convened, and what it committed itself to."""

    name: Line
    scope: Literal["local", "national"]
    nature: Literal["public", "private", "mixed"]
    commitment: Prose
    evidence: Line | None = None
    pledge: Amount | None = None


class Firm(Part):
    """A beneficiary firm; `role` is its part in a vertical network."""

    name: Line
    size: v.SizeClass
    role: Line | None = None
    sector: Line | None = None
    tax_id: Line | None = None
    tax_ref: Id | None = None


class Group(Part):
    """A group of a network: its firms by name, or how many they are."""

    name: Line
    firms: Annotated[list[Firm], Field(max_length=2_000)] = []
    count: Count | None = None


class Specialisation(Part):
    """Counts for the location quotient: the sector's and all, in the locality and in the reference region."""

    basis: Literal["employment", "establishments"]
    locality: Line
    region: Line
    local_sector: Count
    local_total: Count
    region_sector: Count
    region_total: Count


class Beneficiaries(Part):
    """Who benefits: groups for a network; for a cluster the firms of the sector in the locality."""

    groups: Annotated[list[Group], Field(max_length=200)] = []
    firms: Count | None = None
    trade_association: Line | None = None
    specialisation: Specialisation | None = None


class Locality(Part):
    """A place and its sector: by ISIC Rev. 4 code, by its name as given, or both."""

    name: Line
    subdivision: Subdivision | None = None
    population: Count | None = None
    sector: Texts
    isic: Annotated[str, Field(pattern=r"^[A-U]?[0-9]{0,4}$", min_length=1, max_length=5)] | None = None


class Term(Part):
    """When the project starts, as planned, and how many months it takes."""

    start: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
    months: Annotated[int, Field(ge=1, le=240)]


class UsedArea(Part):
    """A support area and its share of the budget, in percent."""

    code: v.SupportArea
    share: Percent


class Indicator(Part):
    """An indicator with its baseline and its target, each at a date; `effect` is the firm-level effect it measures."""

    id: Id
    name: Line
    unit: Line
    baseline: Measure
    baseline_date: date
    target: Measure
    target_date: date
    direction: Literal["up", "down"]
    disaggregation: Line | None = None
    effect: v.Effect | None = None


class ExpectedResult(Part):
    """A promised result and its indicators."""

    code: v.ResultCode
    indicators: Annotated[list[Indicator], Field(max_length=100)] = []


class Activity(Part):
    """An activity; dates are inclusive; `responsible` an organisation, or a person's opaque id."""

    id: Id
    area: v.SupportArea
    title: Texts
    start: date
    end: date
    responsible: Line | None = None


class Milestone(Part):
    """A milestone, what proves it, and the tranche it releases."""

    id: Id
    title: Texts
    due: date
    proof: Line
    tranche: Annotated[int, Field(ge=0, le=50)] | None = None


class Tranche(Part):
    """A part of the fund's money; number 0 is released by the prior conditions."""

    number: Annotated[int, Field(ge=0, le=50)]
    amount: Amount


class BudgetLine(Part):
    """An amount for a cost item in a year, and who pays it."""

    item: v.CostItem
    year: Annotated[int, Field(ge=1900, le=2200)]
    source: v.Source
    amount: Amount


class Budget(Part):
    """The budget in one currency: what the fund gives, its tranches, and the lines of all sources."""

    currency: Currency
    fund_amount: Amount
    tranches: Annotated[list[Tranche], Field(max_length=51)]
    lines: Annotated[list[BudgetLine], Field(max_length=2_000)]


class CounterpartPledge(Part):
    """A promised contribution; one in kind states how it was valued."""

    id: Id
    contributor: v.Contributor
    kind: v.ContributionKind
    amount: Amount
    valuation_method: Line | None = None
    schedule: Line | None = None


class AttachedDocument(Part):
    """A document by its title and the SHA-256 of its bytes (hex)."""

    kind: v.DocumentKind
    title: Line
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Proposal(Part):
    """A complete proposal, as an office submits it. Its `reference` is given by intake."""

    country: Country
    office: Line
    language: v.Language
    declared_typology: v.Typology
    orientation: v.Orientation | None = None
    title: Texts
    summary: Texts
    strategic_axis: Prose
    promoter: Promoter
    executing_agency: Agency
    entities: Annotated[list[Entity], Field(max_length=100)] = []
    beneficiaries: Beneficiaries
    places: Annotated[list[Locality], Field(max_length=200)] = []
    term: Term
    support_areas: Annotated[list[UsedArea], Field(min_length=1, max_length=16)]
    results: Annotated[list[ExpectedResult], Field(min_length=1, max_length=12)]
    activities: Annotated[list[Activity], Field(max_length=500)]
    milestones: Annotated[list[Milestone], Field(max_length=200)]
    budget: Budget
    counterpart: Annotated[list[CounterpartPledge], Field(max_length=200)] = []
    documents: Annotated[list[AttachedDocument], Field(max_length=200)] = []
