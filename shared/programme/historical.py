"""Projects of the past as their source tells of them: what it does not say is None, never a made-up value."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.text import AgencyId, Amount, Country, Currency, Line, Part, Prose, Subdivision, Texts


class SourcedMoney(Part):
    """An amount and where it is known from."""

    currency: Currency
    value: Amount
    origin: Line | None = None


class Territory(Part):
    """A place by the name that the source gives it."""

    name: Line
    subdivision: Subdivision | None = None
    note: Prose | None = None


class HistoricalLocality(Part):
    """A sector and its territory."""

    sector: Texts
    territory: Territory

    @property
    def name(self) -> str:
        """The territory's name, as a proposal's locality has it."""
        return self.territory.name

    @property
    def subdivision(self) -> str | None:
        """The territory's ISO 3166-2 code, as a proposal's locality has it."""
        return self.territory.subdivision


class HistoricalProject(Part):
    """An approved project of the past."""

    country: Country
    approved_on: date
    title: Texts
    executing_agency: Line
    agency_id: AgencyId | None = None
    localities: Annotated[list[HistoricalLocality], Field(max_length=200)]
    fund_amount: SourcedMoney | None = None
    counterpart_amount: SourcedMoney | None = None
    firms: Annotated[int, Field(ge=0)] | None = None
    typology: v.Typology | None = None


class HistoricalProjects(Part):
    """The file of approved projects."""

    source: Prose
    projects: list[HistoricalProject]
