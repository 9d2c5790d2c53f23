"""The live figures: per country and per cluster, and per log, what all sheets add up to. Pure.

Each log has totals of its own, so that no two partitions write the same document; whoever reads adds them up. The
revision counts the events that changed something: it is the same however the events were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypedDict

from services.reporting.figures import EXACT, exact
from services.reporting.projection import evolve
from services.reporting.sheet import Change, Figure, Places, Sheet, Target
from shared.contracts.base import Recorded


class Naming(TypedDict):
    """What a project calls a cluster: its names for people, and the event that began the project."""

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
    named: list[Naming]
    figures: list[list[Any]]


Figures = dict[Figure, Decimal]


@dataclass
class Delta:
    """What some events change for one key; `named` what projects call it now, by the event that began them.

    None stands for a project that has left the cluster.
    """

    country: str
    revision: int = 0
    named: dict[str, Naming | None] = field(default_factory=dict)
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
            _add(deltas, after, changes, _renamed(before, after))
    return deltas


def merge(deltas: dict[Target, Delta], more: Mapping[Target, Delta]) -> None:
    """Add what later events change to `deltas`."""
    for target, delta in more.items():
        known = deltas.setdefault(target, Delta(delta.country))
        known.revision += delta.revision
        known.named |= delta.named
        add(known.figures, delta.figures)


def total_id(target: Target, log: str) -> str:
    """The `_id` of a key's totals from one log."""
    return f"{target.kind}:{target.key}:{log}"


def settle(total: Total | None, target: Target, log: str, delta: Delta) -> Total:
    """The totals after `delta`."""
    figures = figures_of([total]) if total else {}
    add(figures, delta.figures)
    named: dict[str, Naming | None] = {naming["event"]: naming for naming in total["named"]} if total else {}
    named |= delta.named
    return Total(
        _id=total_id(target, log),
        kind=target.kind,
        key=target.key,
        log=log,
        country=delta.country,
        revision=(total["revision"] if total else 0) + delta.revision,
        named=sorted((naming for naming in named.values() if naming), key=_began),
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


def names_of(places: Sequence[Places]) -> dict[Target, Naming]:
    """What a project with these versions of its places calls the clusters of the last one."""
    if not places:
        return {}
    began = places[0]
    return {
        Target("cluster", cluster["key"]): Naming(
            recorded=began["recorded"], event=began["event"], place=cluster["place"], sector=cluster["sector"]
        )
        for cluster in places[-1]["clusters"]
    }


def first_named(names: Iterable[Naming]) -> Naming | None:
    """A cluster is called what that project calls it which began first, by when it was recorded, of those in it."""
    return min(names, key=_began, default=None)


def name_of(totals: Iterable[Total]) -> tuple[str | None, dict[str, str] | None]:
    """Place and sector of a cluster, from its totals of all logs; None, None for a country."""
    found = first_named(naming for total in totals for naming in total["named"])
    return (found["place"], found["sector"]) if found else (None, None)


def _began(naming: Naming) -> tuple[str, str]:
    return naming["recorded"], naming["event"]


def _renamed(before: Sheet | None, after: Sheet) -> dict[Target, Naming | None]:
    if before is not None and after["places"] is before["places"]:
        return {}
    was, now = names_of(before["places"] if before else []), names_of(after["places"])
    return {target: now.get(target) for target in {*was, *now} if was.get(target) != now.get(target)}


def _add(
    deltas: dict[Target, Delta], sheet: Sheet, changes: list[Change], renamed: Mapping[Target, Naming | None]
) -> None:
    touched = {change.target for change in changes}.union(renamed)
    for target in touched:
        if target not in deltas:
            deltas[target] = Delta(sheet["country"])
        deltas[target].revision += 1
    for target, figure, by in changes:
        figures = deltas[target].figures
        figures[figure] = EXACT.add(figures.get(figure, Decimal(0)), by)
    for target, naming in renamed.items():
        deltas[target].named[sheet["places"][0]["event"]] = naming
