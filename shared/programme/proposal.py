"""What a proposal holds. The one model behind the JSON Schema, the OpenAPI, the template and the form.

The model gives shapes; the arithmetic that must hold between parts is in `shared.programme.checks`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.finance import Budget, BudgetLine, CounterpartPledge, Tranche
from shared.programme.parties import (
    Agency,
    Beneficiaries,
    Count,
    Entity,
    Executed,
    Firm,
    Group,
    Locality,
    Promoter,
    Specialisation,
)
from shared.programme.plan import Activity, ExpectedResult, Indicator, Milestone, Term, UsedArea
from shared.programme.text import Country, Line, Part, Prose, Texts

__all__ = [
    "Activity",
    "Agency",
    "AttachedDocument",
    "Beneficiaries",
    "Budget",
    "BudgetLine",
    "Count",
    "CounterpartPledge",
    "Entity",
    "Executed",
    "ExpectedResult",
    "Firm",
    "Group",
    "Indicator",
    "Locality",
    "Milestone",
    "Promoter",
    "Proposal",
    "Specialisation",
    "Term",
    "Tranche",
    "UsedArea",
]


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
