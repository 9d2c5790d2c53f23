"""What reporting's doors answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from services.reporting.figures import exact
from services.reporting.queries import Seen, age
from services.reporting.report import Cut, Report
from services.reporting.totals import Total, figures_of, name_of
from shared.contracts.values import Text

T = TypeVar("T")


class Freshness(BaseModel):
    """What an answer has seen, and how fresh that is."""

    positions: dict[str, str] = Field(description="per log the last event's position and index, as `n.index`")
    newest_recorded: datetime | None = Field(description="when the newest event that was seen was recorded")
    age_seconds: float | None = Field(description="how long ago that was")
    behind: int = Field(description="events known to wait in the topics of this process")
    held_back: int = Field(description="events that failed and are parked, and those that wait behind them")

    @classmethod
    def of(cls, seen: Seen) -> Freshness:
        """As a reply."""
        return cls(
            positions=seen.positions,
            newest_recorded=seen.newest,
            age_seconds=age(seen),
            behind=seen.behind,
            held_back=seen.held_back,
        )


class LiveFigure(BaseModel):
    """A figure; `value` is an exact decimal. `shared_by` clusters have it in common; what lies in none is one more."""

    name: str
    group: str | None
    currency: str | None
    shared_by: int
    value: str


class ReportedFigure(LiveFigure):
    """A figure and the ids of the events behind it, in the order in which they were recorded."""

    events: list[str]


class Live(BaseModel):
    """The figures of a country or cluster as they stand; `place` and `sector` are a cluster's."""

    key: str
    country: str
    place: str | None = None
    sector: Text | None = None
    figures: list[LiveFigure]

    @classmethod
    def of(cls, totals: Sequence[Total]) -> Live:
        """The sum over the logs; of at least one."""
        sums = figures_of(totals)
        place, sector = name_of(totals)
        figures = [LiveFigure(**f._asdict(), value=exact(sums[f])) for f in sorted(sums, key=lambda f: f.order)]
        return cls(key=totals[0]["key"], country=totals[0]["country"], place=place, sector=sector, figures=figures)


class LiveOne(Live):
    """One of them, and how fresh it is."""

    seen: Freshness


class Figures(BaseModel):
    """A report on a country or cluster."""

    key: str
    country: str
    place: str | None = None
    sector: Text | None = None
    figures: list[ReportedFigure]

    @classmethod
    def of(cls, report: Report) -> Figures:
        """As a reply."""
        figures = [
            ReportedFigure(**figure._asdict(), value=exact(sum_.value), events=sum_.events)
            for figure, sum_ in report.figures.items()
        ]
        place, sector = (report.named["place"], report.named["sector"]) if report.named else (None, None)
        return cls(key=report.target.key, country=report.country, place=place, sector=sector, figures=figures)


class Bounded(BaseModel):
    """What was asked for, and what the answer has seen."""

    as_of: date | None
    known_at: datetime | None
    seen: Freshness


class ReportOne(Figures, Bounded):
    """A report on one country or cluster."""


class Items(BaseModel, Generic[T]):
    """Some items in the order of their keys; `next` asks for the next page and is None on the last one."""

    items: list[T]
    next: str | None


class LivePage(Items[Live]):
    """Figures as they stand."""

    seen: Freshness


class ReportPage(Items[Figures], Bounded):
    """Reports of countries or clusters."""


class Money(BaseModel):
    """An amount, exact, and its currency (ISO 4217)."""

    currency: str
    value: str


class NamedCluster(BaseModel):
    """A cluster and its names."""

    key: str
    place: str
    sector: Text


class PortfolioProject(BaseModel):
    """A project; what no source tells is null. `events` are the ids of the events behind what is shown."""

    project_id: str
    reference: str | None
    country: str
    title: Text
    executing_agency: str
    approved_on: date
    historical: bool
    typology: str | None
    clusters: list[NamedCluster]
    fund_amount: Money | None
    counterpart_planned: Money | None
    firms: int | None
    cancelled: bool
    events: list[str]


class Portfolio(Bounded):
    """Some of the projects that had begun by then, in the order of their approval; `next` asks for the next page.

    `count` is how many there are on all pages together.
    """

    count: int
    projects: list[PortfolioProject]
    next: str | None


class Journalled(BaseModel):
    """An event as it was recorded: `text` byte for byte as it is hashed, `event` the same parsed; where it stands."""

    id: str
    type: str
    stream: str
    country: str | None
    time: datetime
    recorded: datetime
    log: str
    n: int
    index: int
    count: int
    version: int
    command: str
    hash: str
    text: str
    event: dict[str, Any]


def bounded(cut: Cut, seen: Seen) -> dict[str, Any]:
    """The fields of `Bounded`."""
    return {"as_of": cut.as_of, "known_at": cut.known_at, "seen": Freshness.of(seen)}
