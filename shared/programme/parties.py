"""Who takes part in a proposal, and where: promoter, agency, entities, beneficiaries, places."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.text import AgencyId, Amount, Country, Id, Line, Part, Prose, Subdivision, Texts

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
