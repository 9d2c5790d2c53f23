"""What reporting answers from its own read model and journal; each answer is of one moment (a snapshot)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from services.reporting import journal
from services.reporting.model import Model, current
from services.reporting.portfolio import Project, project
from services.reporting.report import Cut, Report, Reporter
from services.reporting.totals import Total
from shared.mongo import Document, Session, patiently
from shared.parking import counts
from shared.roles import Reach
from shared.service import Service

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """What an answer has seen: the last event of each log, and how fresh that is.

    `newest` is when the newest event was recorded. `behind` counts the events that are known to wait in the topics,
    `held_back` those that are parked, or wait behind a parked one.
    """

    positions: dict[str, str]
    newest: datetime | None
    behind: int
    held_back: int


def within(reach: Reach, country: str | None) -> Document:
    """The part of a query that keeps to the countries within reach, and to one country if asked for."""
    wanted: list[Document] = [{"country": country}] if country else []
    if not reach.everything:
        wanted.append({"country": {"$in": sorted(reach.countries)}})
    return {"$and": wanted} if wanted else {}


async def live(service: Service, kind: str, query: Document, after: str, limit: int) -> tuple[list[list[Total]], Seen]:
    """The totals of up to `limit` keys behind the key `after`, those of each key together; keys with figures only."""
    match = {"kind": kind, "key": {"$gt": after}, "figures": {"$ne": []}} | query
    pipeline: list[Document] = [
        {"$match": match},
        {"$group": {"_id": "$key"}},
        {"$sort": {"_id": 1}},
        {"$limit": limit},
    ]

    async def work(session: Session) -> tuple[list[list[Total]], Seen]:
        model = await current(service.database, session)
        found = await service.database[model.totals].aggregate(pipeline, session=session).to_list(limit)
        keys = [row["_id"] for row in found]
        totals = await model.find_totals({"kind": kind, "key": {"$in": keys}}, session)
        return [[t for t in totals if t["key"] == key] for key in keys], await seen(service, session)

    return await _at_one_moment(service, work)


async def live_one(service: Service, kind: str, key: str) -> tuple[list[Total], Seen]:
    """The totals of one key; none if nothing was ever told of it."""

    async def work(session: Session) -> tuple[list[Total], Seen]:
        model = await current(service.database, session)
        return await model.find_totals({"kind": kind, "key": key}, session), await seen(service, session)

    return await _at_one_moment(service, work)


async def reports(service: Service, kind: str, query: Document, cut: Cut) -> tuple[dict[str, Report], Seen]:
    """The reports of all keys of the sheets that `query` finds."""

    async def work(session: Session) -> tuple[dict[str, Report], Seen]:
        reporter = Reporter(kind, cut)
        model = await current(service.database, session)
        async for sheet in model.each_sheet(query, session):
            reporter.take(sheet)
        return reporter.reports(), await seen(service, session)

    return await _at_one_moment(service, work)


async def projects(service: Service, query: Document, cut: Cut) -> tuple[list[Project], Seen]:
    """The projects of the sheets that `query` finds, in the order of their approval."""

    async def work(session: Session) -> tuple[list[Project], Seen]:
        model = await current(service.database, session)
        sheets = model.each_sheet({"terms": {"$ne": None}} | query, session)
        found = [told async for sheet in sheets if (told := project(sheet, cut)) is not None]
        return sorted(found, key=lambda p: (p["approved_on"], p["project_id"])), await seen(service, session)

    return await _at_one_moment(service, work)


async def known_cluster(service: Service, key: str) -> Document | None:
    """Any sheet that names the cluster, for its country; None if none ever did."""

    async def work() -> Document | None:
        model: Model = await current(service.database)
        return await service.database[model.sheets].find_one({"places.clusters.key": key}, {"country": 1})

    return await patiently(work)


async def event(service: Service, event_id: str) -> Document | None:
    """An event as the journal has it."""
    return await patiently(lambda: journal.find(service.database, event_id))


async def seen(service: Service, session: Session | None = None) -> Seen:
    """How far the read model is."""
    logs, parked = await asyncio.gather(journal.seen(service.database, session), counts(service.database))
    held = sum(count.parked + count.waiting for count in parked)
    waiting = [await consumer.lag() for consumer in service.consumers]
    return Seen(
        positions={name: ".".join(map(str, document["place"])) for name, document in logs.items()},
        newest=max((document["recorded"] for document in logs.values()), default=None),
        behind=sum(sum(lag.values()) for lag in waiting),
        held_back=held,
    )


def age(found: Seen) -> float | None:
    """Seconds since the newest event was recorded, None if there is none."""
    return None if found.newest is None else max(0.0, (datetime.now(UTC) - found.newest).total_seconds())


async def _at_one_moment(service: Service, work: Callable[[Session], Awaitable[T]]) -> T:
    async def once() -> T:
        async with await service.client.start_session(snapshot=True) as session:
            return await work(session)

    return await patiently(once)
