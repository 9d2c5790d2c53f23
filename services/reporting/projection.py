"""What every stream adds to the figures, one sheet per stream: pure.

A sheet keeps each entry with all its versions: the first is what its event said, later ones are corrections. So one
sheet serves any `as_of` and any `known_at`. A stream lies in one log, and so does its sheet: in whatever order logs and
streams arrive, the sheets end the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from functools import lru_cache

from services.reporting.figures import exact, parts, tells
from services.reporting.sheet import (
    Change,
    Entry,
    Figure,
    Named,
    Places,
    Sheet,
    Target,
    Terms,
    Version,
    each_once,
    effects,
)
from shared.contracts.base import Recorded
from shared.contracts.monitoring import FigureCorrected, PlaceCorrected, ProjectStarted
from shared.contracts.values import Cluster
from shared.eventstore.commit import iso
from shared.programme.clusters import clusters_of, owned

_moment = lru_cache(1_024)(iso)  # the events of a commit, and of a group of commits, share it


class Uncorrectable(ValueError):
    """A correction names an event that gave no such amount."""


def corrects(event: Recorded) -> bool:
    """Whether `event` changes what earlier ones have added, so that its sheet is needed whole."""
    return isinstance(event.fact, FigureCorrected | PlaceCorrected)


def counts(event: Recorded) -> bool:
    """Whether `event` has anything to do with figures."""
    return tells(event.fact) or corrects(event)


def evolve(sheet: Sheet | None, event: Recorded) -> tuple[Sheet | None, list[Change]]:
    """The sheet after `event`, and what that changes in the figures; raises `Uncorrectable`.

    Unless it `corrects`, the sheet may come without the entries that it has: then only the new ones are in the result.
    """
    if isinstance(event.fact, FigureCorrected):
        return _with_figure(sheet, event, event.fact)
    if isinstance(event.fact, PlaceCorrected):
        return _with_places(sheet, event, event.fact)
    found = _entries(event)
    if not found:
        return sheet, []
    before = sheet or _opened(event)
    new = list(each_once(found, before["counted"]))
    counted = [*before["counted"], *(entry["once"] for entry in new if entry["once"] is not None)]
    after: Sheet = {**before, "counted": counted, "entries": [*before["entries"], *found]}
    return after, [change for entry in new for change in effects(after, entry)]


def _entries(event: Recorded) -> list[Entry]:
    found = parts(event.fact)
    if not found:
        return []
    name, recorded, day = event.event.id, _moment(event.recorded), _day(event)
    return [
        {
            "name": part.name,
            "group": part.group,
            "at": part.at,
            "once": part.once,
            "day": day,
            "versions": [{"event": name, "recorded": recorded, "currency": part.currency, "value": part.value}],
        }
        for part in found
    ]


def _day(event: Recorded) -> str:
    """A project begins on the day of its approval, whenever that was brought in."""
    if isinstance(event.fact, ProjectStarted):
        return event.fact.approved_on.isoformat()
    return event.event.time.astimezone(UTC).date().isoformat()


def _opened(event: Recorded) -> Sheet:
    fact = event.fact
    terms, places = None, []
    if isinstance(fact, ProjectStarted):
        terms = Terms(
            project_id=fact.project_id,
            reference=fact.reference,
            title=fact.title,
            executing_agency=fact.executing_agency,
            approved_on=fact.approved_on.isoformat(),
            historical=fact.historical,
            typology=fact.typology,
        )
        elsewhere = [i for i, place in enumerate(fact.places) if not clusters_of(fact.country, [place])]
        places = [_places(event, fact.country, fact.clusters, elsewhere)]
    country: str = fact.country  # type: ignore[attr-defined]
    return Sheet(_id=event.stream, log=event.log, country=country, terms=terms, places=places, counted=[], entries=[])


def _places(event: Recorded, country: str, clusters: Iterable[Cluster], elsewhere: list[int]) -> Places:
    """A cluster is one of the project's country, whatever its key: figures of two countries are never added up."""
    named = [Named(key=owned(country, c.key), place=c.place, sector=dict(c.sector)) for c in clusters]
    return Places(event=event.event.id, recorded=_moment(event.recorded), clusters=named, elsewhere=elsewhere)


def _with_figure(sheet: Sheet | None, event: Recorded, fact: FigureCorrected) -> tuple[Sheet, list[Change]]:
    if sheet is None:
        raise Uncorrectable(f"{event.stream}: nothing was told that {event.event.id} could correct")
    at = _corrected(sheet, fact)
    before = sheet["entries"][at]
    currency, value = fact.becomes.currency, exact(fact.becomes.value)
    version = Version(event=event.event.id, recorded=_moment(event.recorded), currency=currency, value=value)
    entry: Entry = {**before, "versions": [*before["versions"], version]}
    entries = [*sheet["entries"][:at], entry, *sheet["entries"][at + 1 :]]
    after: Sheet = {**sheet, "entries": entries}
    return after, _net([(effects(sheet, before), -1), (effects(after, entry), 1)])


def _corrected(sheet: Sheet, fact: FigureCorrected) -> int:
    for i, entry in enumerate(sheet["entries"]):
        if entry["at"] == fact.figure and entry["versions"][0]["event"] == fact.corrects:
            return i
    raise Uncorrectable(f"{sheet['_id']}: the event {fact.corrects} gave no amount at {fact.figure}")


def _with_places(sheet: Sheet | None, event: Recorded, fact: PlaceCorrected) -> tuple[Sheet, list[Change]]:
    if sheet is None:
        raise Uncorrectable(f"{event.stream}: nothing was told that {event.event.id} could correct")
    country, known = sheet["country"], sheet["places"][-1]["elsewhere"] if sheet["places"] else []
    elsewhere = [i for i in known if i != fact.index]
    if not clusters_of(country, [fact.becomes]):
        elsewhere.append(fact.index)
    after: Sheet = {**sheet, "places": [*sheet["places"], _places(event, country, fact.clusters, elsewhere)]}
    entries = list(each_once(sheet["entries"]))
    before = [change for entry in entries for change in effects(sheet, entry)]
    return after, _net([(before, -1), ((c for entry in entries for c in effects(after, entry)), 1)])


def _net(sides: Iterable[tuple[Iterable[Change], int]]) -> list[Change]:
    """The sum per figure; what stays as it was is left out."""
    net: dict[tuple[Target, Figure], Decimal] = {}
    for changes, sign in sides:
        for target, figure, by in changes:
            net[target, figure] = net.get((target, figure), Decimal(0)) + sign * by
    return [Change(*key, by) for key, by in net.items() if by]
