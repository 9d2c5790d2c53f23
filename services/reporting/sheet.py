"""A sheet: all that one stream adds to the figures, every version of it kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple, TypedDict

from services.reporting.figures import OF_THE_PROJECT


class Version(TypedDict):
    """What an entry is worth from when `event` was recorded (UTC, ISO 8601 with milliseconds) on."""

    event: str
    recorded: str
    currency: str | None
    value: str


class Entry(TypedDict):
    """What an event added to the figure `name`; `day` is the UTC day on which it happened.

    `at` is where an amount stands in the event's data, None for a count. Of entries with the same `once` one counts.
    """

    name: str
    group: str | None
    at: str | None
    once: str | None
    day: str
    versions: list[Version]


class Named(TypedDict):
    """A cluster's key and its names for people."""

    key: str
    place: str
    sector: dict[str, str]


class Places(TypedDict):
    """The project's clusters from when `event` was recorded on.

    `elsewhere` are the numbers of its places that lie in no cluster, such as the whole country.
    """

    event: str
    recorded: str
    clusters: list[Named]
    elsewhere: list[int]


class Terms(TypedDict):
    """What a list of projects shows of one."""

    project_id: str
    reference: str | None
    title: dict[str, str]
    executing_agency: str
    approved_on: str
    historical: bool
    typology: str | None


class Sheet(TypedDict):
    """All that one stream adds to the figures of its country and clusters; `terms` only for a project.

    `counted` are the `once` of its entries.
    """

    _id: str
    log: str
    country: str
    terms: Terms | None
    places: list[Places]
    counted: list[str]
    entries: list[Entry]


class Figure(NamedTuple):
    """Which figure; `shared_by` says of how many clusters it is the figure of a common project (1: its own).

    What a project does outside of all clusters counts as one more of them.
    """

    name: str
    group: str | None
    currency: str | None
    shared_by: int

    @property
    def order(self) -> tuple[str, str, str, int]:
        """The order in which figures are told."""
        return self.name, self.group or "", self.currency or "", self.shared_by


class Target(NamedTuple):
    """Whose figure: `kind` is country or cluster."""

    kind: str
    key: str


class Change(NamedTuple):
    """What an event changes in a figure."""

    target: Target
    figure: Figure
    by: Decimal


def effects(sheet: Sheet, entry: Entry) -> Iterator[Change]:
    """What an entry is worth now, in each figure that it is part of."""
    version = entry["versions"][-1]
    value = Decimal(version["value"])
    for target, shared_by in targets(sheet, entry["name"], sheet["places"][-1] if sheet["places"] else None):
        yield Change(target, Figure(entry["name"], entry["group"], version["currency"], shared_by), value)


def each_once(entries: Iterable[Entry], counted: Iterable[str] = ()) -> Iterator[Entry]:
    """Those of the entries that say nothing which was `counted`, or said by one before them."""
    before = set(counted)
    for entry in entries:
        if entry["once"] not in before:
            yield entry
        if entry["once"] is not None:
            before.add(entry["once"])


def targets(sheet: Sheet, name: str, places: Places | None) -> Iterator[tuple[Target, int]]:
    """Whose figures an entry of this name is part of, and by how many it is shared."""
    yield Target("country", sheet["country"]), 1
    if places is None:
        return
    shared_by = 1 if name in OF_THE_PROJECT else len(places["clusters"]) + bool(places["elsewhere"])
    for cluster in places["clusters"]:
        yield Target("cluster", cluster["key"]), shared_by
