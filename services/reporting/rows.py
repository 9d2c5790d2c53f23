"""A row of a feed to headquarters: the latest state of a key, as a CloudEvent. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from services.reporting.figures import exact
from services.reporting.totals import Total, figures_of, name_of
from shared.contracts.base import CloudEvent
from shared.contracts.reporting import ClusterReported, CountryReported, Figure

Reported = CountryReported | ClusterReported


@dataclass(frozen=True)
class Feed:
    """One of the streams to headquarters: the rows of one kind of key, on the compacted topic `reporting.<name>`."""

    name: str
    kind: str
    fact: type[Reported]

    @property
    def topic(self) -> str:
        """The topic that the rows go to."""
        return f"reporting.{self.name}"


COUNTRIES = Feed("countries", "country", CountryReported)
CLUSTERS = Feed("clusters", "cluster", ClusterReported)
FEEDS = {feed.name: feed for feed in (COUNTRIES, CLUSTERS)}


class Row(TypedDict):
    """`revision` rises with every change of the key, `seq` with every change of the feed.

    `content` is what the row tells; `basis` the generation and revision of the totals that it was made from; `text` the
    event's JSON text, None once the key is gone.
    """

    _id: str
    feed: str
    key: str
    country: str
    seq: int
    revision: int
    basis: list[int]
    content: dict[str, Any]
    text: str | None


@dataclass(frozen=True)
class Moment:
    """What the totals have seen: the last event of each log as `n.index`, and when the newest was recorded."""

    positions: Mapping[str, str]
    newest: datetime


def row_id(feed: Feed, key: str) -> str:
    """The `_id` of a key's row."""
    return f"{feed.name}:{key}"


def advance(
    feed: Feed, key: str, totals: Sequence[Total], generation: int, before: Row | None, seq: int, moment: Moment
) -> Row | None:
    """The key's row now; its `seq` is the given one if it has changed, else the one before; None if there is none."""
    basis = [generation, sum(total["revision"] for total in totals)]
    content = _content(totals)
    if before is None:
        return _row(feed, key, totals[0]["country"], seq, 1, basis, content, moment) if content["figures"] else None
    if before["content"] == content:
        return {**before, "basis": basis}
    return _row(feed, key, before["country"], seq, before["revision"] + 1, basis, content, moment)


def forgotten(feed: Feed, key: str, told: int, before: Row | None, seq: int) -> Row:
    """The row of a key of which followers were `told` a revision that the database does not know: gone, and newer.

    The next look at the key's figures makes a row of a still higher revision; if there are none, it stays gone.
    """
    # a country's key is its code, a cluster's begins with it
    country = before["country"] if before else key[:2].upper()
    nothing: dict[str, Any] = {"figures": []}
    return Row(
        _id=row_id(feed, key),
        feed=feed.name,
        key=key,
        country=country,
        seq=seq,
        revision=told + 1,
        basis=[0, 0],
        content=nothing,
        text=None,
    )


def _content(totals: Sequence[Total]) -> dict[str, Any]:
    sums = figures_of(totals)
    if not sums:
        return {"figures": []}
    place, sector = name_of(totals)
    named = {"place": place, "sector": sector} if place is not None else {}
    return {"figures": [[*f, exact(sums[f])] for f in sorted(sums, key=lambda figure: figure.order)], **named}


def _row(
    feed: Feed,
    key: str,
    country: str,
    seq: int,
    revision: int,
    basis: list[int],
    content: dict[str, Any],
    moment: Moment,
) -> Row:
    return Row(
        _id=row_id(feed, key),
        feed=feed.name,
        key=key,
        country=country,
        seq=seq,
        revision=revision,
        basis=basis,
        content=content,
        text=_text(feed, key, country, revision, content, moment) if content["figures"] else None,
    )


def _text(feed: Feed, key: str, country: str, revision: int, content: dict[str, Any], moment: Moment) -> str:
    figures = [
        Figure(name=name, group=group, currency=currency, shared_by=shared_by, value=Decimal(value))
        for name, group, currency, shared_by, value in content["figures"]
    ]
    told = {name: content[name] for name in ("place", "sector") if name in content}
    fact = feed.fact(
        key=key, country=country, revision=revision, figures=figures, positions=dict(moment.positions), **told
    )
    name = f"{feed.name}-{key}-{revision}"
    event = CloudEvent[Reported](
        id=name,
        source="/reporting",
        type=fact.type,
        subject=key,
        time=moment.newest,
        dataschema=f"/schemas/{fact.type}.json",
        sequence=f"{revision:010d}",
        correlationid=name,
        actor="service:reporting",
        data=fact,
    )
    return event.model_dump_json(exclude={"causationid", "traceparent"})
