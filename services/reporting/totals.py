"""The live figures: per country and per cluster, and per log, what all sheets add up to. Pure.

Each log has totals of its own, so that no two partitions write the same document; whoever reads adds them up. The
revision counts the events that changed something: it is the same however the events were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypedDict

from services.reporting.figures import EXACT, exact
from services.reporting.projection import evolve
from services.reporting.sheet import Change, Figure, Named, Places, Sheet, Target
from shared.contracts.base import Recorded


class Naming(TypedDict):
    """A cluster's names for people, as the first event that named it had them."""

    recorded: str
    event: str
    place: str
    sector: dict[str, str]


class Total(TypedDict):
    """The figures of one key from one log; each as [name, group, currency, shared_by, value], in order, none zero.

    A key that has no figures any more stays, so that its revision goes on rising.
    """

    _id: str
    kind: str
    key: str
    log: str
    country: str
    revision: int
    named: Naming | None
    figures: list[list[Any]]


Figures = dict[Figure, Decimal]


@dataclass
class Delta:
    """What some events change for one key."""

    country: str
    revision: int = 0
    named: Naming | None = None
    figures: Figures = field(default_factory=dict)


def fold(sheets: MutableMapping[str, Sheet], events: Iterable[Recorded]) -> dict[Target, Delta]:
    """Evolve `sheets` (by stream) through `events`, and give what that changes in the totals."""
    deltas: dict[Target, Delta] = {}
    for event in events:
        stream = event.stream
        before = sheets.get(stream)
        after, changes = evolve(before, event)
        if after is not None and after is not before:
            sheets[stream] = after
            _add(deltas, after, changes)
            if before is None or len(after["places"]) != len(before["places"]):
                _name(deltas, after)
    return deltas


def merge(deltas: dict[Target, Delta], more: Mapping[Target, Delta]) -> None:
    """Add what later events change to `deltas`."""
    for target, delta in more.items():
        known = deltas.setdefault(target, Delta(delta.country))
        known.revision += delta.revision
        known.named = first_named(known.named, delta.named)
        add(known.figures, delta.figures)


def total_id(target: Target, log: str) -> str:
    """The `_id` of a key's totals from one log."""
    return f"{target.kind}:{target.key}:{log}"


def settle(total: Total | None, target: Target, log: str, delta: Delta) -> Total:
    """The totals after `delta`."""
    figures = figures_of([total]) if total else {}
    add(figures, delta.figures)
    return Total(
        _id=total_id(target, log),
        kind=target.kind,
        key=target.key,
        log=log,
        country=delta.country,
        revision=(total["revision"] if total else 0) + delta.revision,
        named=first_named(total["named"] if total else None, delta.named),
        figures=[[*figure, exact(figures[figure])] for figure in sorted(figures, key=lambda f: f.order)],
    )


def figures_of(totals: Iterable[Total]) -> Figures:
    """The sums over the logs; a figure that is zero is left out."""
    sums: Figures = {}
    for total in totals:
        add(sums, {Figure(*figure): Decimal(value) for *figure, value in total["figures"]})
    return sums


def add(sums: Figures, more: Figures) -> None:
    """Add `more` to `sums`, exactly."""
    for figure, by in more.items():
        value = EXACT.add(sums.get(figure, Decimal(0)), by)
        if value:
            sums[figure] = value
        else:
            sums.pop(figure, None)


def naming(places: Places, cluster: Named) -> Naming:
    """The names that an event gave to a cluster."""
    return Naming(recorded=places["recorded"], event=places["event"], place=cluster["place"], sector=cluster["sector"])


def first_named(one: Naming | None, other: Naming | None) -> Naming | None:
    """Of two names of the same cluster the one that was recorded first."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda n: (n["recorded"], n["event"]))


def name_of(totals: Iterable[Total]) -> tuple[str | None, dict[str, str] | None]:
    """Place and sector of a cluster, from its totals of all logs; None, None for a country."""
    found: Naming | None = None
    for total in totals:
        found = first_named(found, total["named"])
    return (found["place"], found["sector"]) if found else (None, None)


def _add(deltas: dict[Target, Delta], sheet: Sheet, changes: list[Change]) -> None:
    touched = set()
    for target, figure, by in changes:
        delta = deltas.get(target)
        if delta is None:
            delta = deltas[target] = Delta(sheet["country"])
        delta.figures[figure] = EXACT.add(delta.figures.get(figure, Decimal(0)), by)
        touched.add(target)
    for target in touched:
        deltas[target].revision += 1


def _name(deltas: dict[Target, Delta], sheet: Sheet) -> None:
    for places in sheet["places"][-1:]:
        for cluster in places["clusters"]:
            delta = deltas.get(Target("cluster", cluster["key"]))
            if delta is not None:
                delta.named = first_named(delta.named, naming(places, cluster))
