"""Projects of the past as their source tells of them: what it does not say is None, never a made-up value."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, PydanticKnownError

from shared.programme import vocabulary as v
from shared.programme.text import (
    RECORDED,
    AgencyId,
    Amount,
    Country,
    Currency,
    Day,
    Line,
    Part,
    Prose,
    Subdivision,
    Texts,
)


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


def _countable(firms: int, info: ValidationInfo) -> int:
    if info.context != RECORDED and firms > MOST_FIRMS:
        raise PydanticKnownError("less_than_equal", {"le": MOST_FIRMS})
    return firms


MOST_FIRMS = 1_000_000_000
"""As a proposal's counts: reports add them up, in whole numbers of 8 bytes."""
Firms = Annotated[int, Field(ge=0), AfterValidator(_countable)]
"""How many firms; the published contract knows no upper bound, so what is recorded stays readable."""


class HistoricalProject(Part):
    """An approved project of the past. A locality's subdivision, if given, is one of the project's country."""

    country: Country
    approved_on: Day
    title: Texts
    executing_agency: Line
    agency_id: AgencyId | None = None
    localities: Annotated[list[HistoricalLocality], Field(max_length=200)]
    fund_amount: SourcedMoney | None = None
    counterpart_amount: SourcedMoney | None = None
    firms: Firms | None = None
    typology: v.Typology | None = None

    @field_validator("localities")
    @classmethod
    def _at_home(cls, localities: list[HistoricalLocality], info: ValidationInfo) -> list[HistoricalLocality]:
        # a country that is itself wrong is told as that
        if (country := info.data.get("country")) is not None and (wrong := _foreign(localities, country)):
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return localities


def _foreign(localities: list[HistoricalLocality], country: str) -> list[InitErrorDetails]:
    """An error at each subdivision that is one of another country."""
    says = "'{code}' is not in {country}: use a subdivision of the project's country, or leave it out"
    return [
        InitErrorDetails(
            type=PydanticCustomError("foreign_subdivision", says, {"code": code, "country": country}),
            loc=(i, "territory", "subdivision"),
            input=code,
        )
        for i, locality in enumerate(localities)
        if (code := locality.subdivision) is not None and not code.startswith(f"{country}-")
    ]


class HistoricalProjects(Part):
    """The file of approved projects."""

    source: Prose
    projects: list[HistoricalProject]
