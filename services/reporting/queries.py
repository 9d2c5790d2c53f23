"""What reporting answers from its own read model and journal; each answer is of one moment (a snapshot)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from services.reporting import journal
from services.reporting.model import Model, current
from services.reporting.portfolio import SHOWN, Cursor, Project, begun, behind, project
from services.reporting.report import Cut, Report, Reporter
from services.reporting.totals import Total
from shared.mongo import Document, Session, patiently
from shared.parking import counts
from shared.roles import Reach
from shared.service import Service

T = TypeVar("T")
PLACE = {"country": "country", "cluster": "places.clusters.key"}
"""Where a sheet has the keys of a kind."""


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

    async def work(session: Session) -> tuple[list[list[Total]], Seen]:
        model = await current(service.database, session)
        keys = await model.find_keys(kind, {"figures": {"$ne": []}} | query, after, limit, session)
        totals = await model.find_totals({"kind": kind, "key": {"$in": keys}} | query, session)
        return [[t for t in totals if t["key"] == key] for key in keys], await seen(service, session)

    return await _at_one_moment(service, work)


async def live_one(service: Service, kind: str, key: str, query: Document) -> tuple[list[Total], Seen]:
    """The totals of one key that `query` finds; none if nothing was ever told of it."""

    async def work(session: Session) -> tuple[list[Total], Seen]:
        model = await current(service.database, session)
        return await model.find_totals({"kind": kind, "key": key} | query, session), await seen(service, session)

    return await _at_one_moment(service, work)


async def reports(
    service: Service, kind: str, query: Document, cut: Cut, after: str, limit: int
) -> tuple[list[Report], Seen]:
    """The reports of up to `limit` keys behind the key `after`, within what `query` finds; keys with figures only.

    Read are only the sheets of the keys that may be shown.
    """

    async def work(session: Session) -> tuple[list[Report], Seen]:
        model, at = await current(service.database, session), after
        found: list[Report] = []
        while len(found) < limit:
            keys = await model.find_keys(kind, query, at, limit - len(found), session)
            if not keys:
                break
            found += (await _reported(model, kind, keys, query, cut, session)).values()
            at = keys[-1]
        return found, await seen(service, session)

    return await _at_one_moment(service, work)


async def report(service: Service, kind: str, key: str, query: Document, cut: Cut) -> tuple[Report | None, Seen]:
    """The report of one key, from the sheets that `query` finds; None if it has no figures."""

    async def work(session: Session) -> tuple[Report | None, Seen]:
        model = await current(service.database, session)
        found = await _reported(model, kind, [key], query, cut, session)
        return found.get(key), await seen(service, session)

    return await _at_one_moment(service, work)


async def _reported(
    model: Model, kind: str, keys: list[str], query: Document, cut: Cut, session: Session
) -> dict[str, Report]:
    reporter = Reporter(kind, cut, frozenset(keys))
    async for sheet in model.each_sheet({PLACE[kind]: {"$in": keys}} | query, session):
        reporter.take(sheet)
    return reporter.reports()


async def projects(
    service: Service, query: Document, cut: Cut, after: Cursor | None, limit: int
) -> tuple[list[Project], int, Seen]:
    """Up to `limit` projects behind `after`, in the order of their approval, and how many there are on all pages."""
    wanted = {"$and": [query, begun(cut)]}

    async def work(session: Session) -> tuple[list[Project], int, Seen]:
        model = await current(service.database, session)
        sheets = await model.find_projects({"$and": [wanted, behind(after)]}, SHOWN, limit, session)
        found = [told for sheet in sheets if (told := project(sheet, cut)) is not None]
        count = await service.database[model.sheets].count_documents(wanted, session=session)
        return found, count, await seen(service, session)

    return await _at_one_moment(service, work)


async def known_cluster(service: Service, key: str, query: Document) -> Document | None:
    """Any sheet among those that `query` finds that names the cluster, for its country; None if none ever did."""

    async def work() -> Document | None:
        model: Model = await current(service.database)
        return await service.database[model.sheets].find_one({PLACE["cluster"]: key} | query, {"country": 1})

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
