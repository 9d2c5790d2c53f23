"""Figures as of a past day, and as they were known at a past time: pure.

`as_of` counts what happened up to the end of that calendar day (UTC), corrections included; `known_at` takes only what
was recorded by then, corrections too. Every figure tells the events behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from services.reporting.figures import EXACT
from services.reporting.sheet import Entry, Figure, Places, Sheet, Target, Version, each_once, targets
from services.reporting.totals import Naming, first_named, names_of
from shared.eventstore.commit import iso

V = TypeVar("V", Version, Places)


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to which day things happened, and up to which moment they were recorded; None: no bound."""

    as_of: date | None = None
    known_at: datetime | None = None

    def up_to(self, versions: Sequence[V]) -> Sequence[V]:
        """Those of the versions that were recorded by then."""
        if self.known_at is None:
            return versions
        bound = iso(self.known_at)
        return [v for v in versions if v["recorded"] <= bound]

    def known(self, versions: Sequence[V]) -> V | None:
        """The last of the versions that was recorded by then."""
        found = self.up_to(versions)
        return found[-1] if found else None

    def value(self, entry: Entry) -> Version | None:
        """What the entry was worth, None if it does not count."""
        if self.as_of is not None and entry["day"] > self.as_of.isoformat():
            return None
        return self.known(entry["versions"])


ALL = Cut()
"""All that is known now."""


@dataclass
class Sum:
    """A figure's value and the ids of the events behind it, in the order in which they were recorded."""

    value: Decimal = Decimal(0)
    behind: set[tuple[str, str]] = field(default_factory=set)

    @property
    def events(self) -> list[str]:
        """The ids."""
        return [name for _, name in sorted(self.behind)]


@dataclass
class Report:
    """The figures of one country or cluster; `names` is what the projects call it that are counted."""

    target: Target
    country: str
    names: dict[str, Naming] = field(default_factory=dict)
    sums: dict[Figure, Sum] = field(default_factory=dict)

    @property
    def figures(self) -> dict[Figure, Sum]:
        """Those that are not zero, in order."""
        return {f: self.sums[f] for f in sorted(self.sums, key=lambda f: f.order) if self.sums[f].value}

    @property
    def named(self) -> Naming | None:
        """What it is called; None for a country."""
        return first_named(self.names.values())


@dataclass
class Reporter:
    """Takes sheets one by one, in any order, and adds up the reports of one kind: country or cluster.

    Only those of `keys`, if given; without the events behind the figures, unless `told`.
    """

    kind: str
    cut: Cut = ALL
    keys: frozenset[str] | None = None
    told: bool = True
    _reports: dict[Target, Report] = field(default_factory=dict)

    def take(self, sheet: Sheet) -> None:
        """Add a stream's sheet."""
        places = self.cut.up_to(sheet["places"])
        counted = [entry for entry in sheet["entries"] if self.cut.value(entry) is not None]
        counted.sort(key=lambda entry: entry["day"])  # what was said more than once counts from its first day on
        for entry in each_once(counted):
            self._count(sheet, entry, self.cut.up_to(entry["versions"])[-1], places)
        for target, naming in names_of(places).items() if counted else ():
            if target in self._reports:
                self._reports[target].names[naming["event"]] = naming

    def reports(self) -> dict[str, Report]:
        """The reports by key, in order; a key without figures has none."""
        return {t.key: r for t, r in sorted(self._reports.items()) if r.figures}

    def _count(self, sheet: Sheet, entry: Entry, version: Version, places: Sequence[Places]) -> None:
        events = behind(entry, version)
        for target, shared_by in targets(sheet, entry["name"], places[-1] if places else None):
            if target.kind != self.kind or not (self.keys is None or target.key in self.keys):
                continue
            report = self._reports.setdefault(target, Report(target, sheet["country"]))
            figure = Figure(entry["name"], entry["group"], version["currency"], shared_by)
            found = report.sums.setdefault(figure, Sum())
            found.value = EXACT.add(found.value, Decimal(version["value"]))
            if not self.told:
                continue
            found.behind |= events
            if target.kind == "cluster":  # each correction is of one place: the others stand as those before said
                found.behind |= {(known["recorded"], known["event"]) for known in places[1:]}


def behind(entry: Entry, version: Version) -> set[tuple[str, str]]:
    """The events behind a version of an entry, each with when it was recorded."""
    first = entry["versions"][0]
    return {(first["recorded"], first["event"]), (version["recorded"], version["event"])}


def report(sheets: Iterable[Sheet], kind: str, cut: Cut = ALL) -> dict[str, Report]:
    """The reports of all keys of a kind, by key."""
    reporter = Reporter(kind, cut)
    for sheet in sheets:
        reporter.take(sheet)
    return reporter.reports()
