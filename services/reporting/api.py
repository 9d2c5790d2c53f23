"""Reporting's doors: live figures, reports of any past day, the events behind them."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends

from services.reporting import queries, sources
from services.reporting.parameters import AfterKey, AfterProject, Bounds, OneCountry
from services.reporting.portfolio import Cursor
from services.reporting.replies import (
    Figures,
    Freshness,
    Journalled,
    Live,
    LiveOne,
    LivePage,
    Portfolio,
    PortfolioProject,
    ReportOne,
    ReportPage,
    bounded,
)
from services.reporting.report import Cut, Report
from services.reporting.sheet import Target
from shared.http import Language, allow, language, not_found
from shared.paging import Limit
from shared.programme.text import Country
from shared.roles import Caller
from shared.service import Here, Service

router = APIRouter(tags=["reports"])
Reader = Annotated[Caller, allow("report.read")]
Speaks = Annotated[Language, Depends(language)]


@router.get("/countries", summary="The figures of each country as they stand")
async def list_countries(caller: Reader, here: Here, after: AfterKey = "", limit: Limit = 50) -> LivePage:
    """Those within the caller's reach, by their code."""
    return await _live(here, caller, "country", None, after, limit)


@router.get("/countries/{cc}", summary="The figures of a country as they stand")
async def read_country(caller: Reader, here: Here, cc: Country) -> LiveOne:
    """A country of which nothing is known has no figures."""
    caller.require("report.read", country=cc)
    totals, seen = await queries.live_one(here, "country", cc, {"country": cc})
    found = Live.of(totals) if totals else Live(key=cc, country=cc, figures=[])
    return LiveOne(**dict(found), seen=Freshness.of(seen))


@router.get("/clusters", summary="The figures of each cluster as they stand")
async def list_clusters(
    caller: Reader, here: Here, country: OneCountry = None, after: AfterKey = "", limit: Limit = 50
) -> LivePage:
    """Those within the caller's reach, by their key."""
    return await _live(here, caller, "cluster", country, after, limit)


@router.get("/clusters/{key}", summary="The figures of a cluster as they stand")
async def read_cluster(caller: Reader, here: Here, speaks: Speaks, key: str) -> LiveOne:
    """A cluster that a correction has emptied has no figures."""
    totals, seen = await queries.live_one(here, "cluster", key, queries.within(caller.reach("report.read"), None))
    if not totals:
        raise not_found(speaks)
    return LiveOne(**dict(Live.of(totals)), seen=Freshness.of(seen))


@router.get("/reports/countries", summary="A report on each country")
async def report_countries(
    caller: Reader, here: Here, cut: Bounds, after: AfterKey = "", limit: Limit = 50
) -> ReportPage:
    """As of a past day and as known at a past time, with the ids of the events behind every figure."""
    return await _reports(here, caller, "country", None, cut, after, limit)


@router.get("/reports/countries/{cc}", summary="A report on a country")
async def report_country(caller: Reader, here: Here, cut: Bounds, cc: Country) -> ReportOne:
    """As of a past day and as known at a past time, with the ids of the events behind every figure."""
    caller.require("report.read", country=cc)
    return await _report(here, "country", cc, cc, cut)


@router.get("/reports/clusters", summary="A report on each cluster")
async def report_clusters(
    caller: Reader, here: Here, cut: Bounds, country: OneCountry = None, after: AfterKey = "", limit: Limit = 50
) -> ReportPage:
    """As of a past day and as known at a past time, with the ids of the events behind every figure."""
    return await _reports(here, caller, "cluster", country, cut, after, limit)


@router.get("/reports/clusters/{key}", summary="A report on a cluster")
async def report_cluster(caller: Reader, here: Here, cut: Bounds, speaks: Speaks, key: str) -> ReportOne:
    """As of a past day and as known at a past time, with the ids of the events behind every figure."""
    known = await queries.known_cluster(here, key, queries.within(caller.reach("report.read"), None))
    if known is None:
        raise not_found(speaks)
    return await _report(here, "cluster", key, known["country"], cut)


@router.get("/reports/portfolio", summary="The projects one by one")
async def report_portfolio(
    caller: Reader,
    here: Here,
    cut: Bounds,
    country: OneCountry = None,
    after: AfterProject = None,
    limit: Limit = 50,
) -> Portfolio:
    """As of a past day and as known at a past time, in the order of their approval."""
    query = queries.within(caller.reach("report.read"), country)
    found, count, seen = await queries.projects(here, query, cut, after, limit + 1)
    shown = [PortfolioProject.model_validate(project) for project in found[:limit]]
    last = Cursor(found[limit - 1]["approved_on"], found[limit - 1]["project_id"]) if len(found) > limit else None
    return Portfolio(**bounded(cut, seen), count=count, projects=shown, next=str(last) if last else None)


@router.get("/events/{id}", summary="An event as it was recorded")
async def read_event(caller: Reader, here: Here, speaks: Speaks, id: str) -> Journalled:
    """From the journal, with all that its hash is made from; for those who may read it at its own service too."""
    found = await queries.event(here, id)
    if found is None:
        raise not_found(speaks)
    sources.require(caller, sources.action_of(found))
    if not sources.may_read(caller, "report.read", found):
        raise not_found(speaks)
    return Journalled.model_validate({**found, "id": found["_id"], "event": json.loads(found["text"])})


async def _live(here: Service, caller: Caller, kind: str, country: str | None, after: str, limit: int) -> LivePage:
    query = queries.within(caller.reach("report.read"), country)
    found, seen = await queries.live(here, kind, query, after, limit + 1)
    items = [Live.of(totals) for totals in found[:limit]]
    return LivePage(items=items, next=items[-1].key if len(found) > limit else None, seen=Freshness.of(seen))


async def _reports(
    here: Service, caller: Caller, kind: str, country: str | None, cut: Cut, after: str, limit: int
) -> ReportPage:
    query = queries.within(caller.reach("report.read"), country)
    found, seen = await queries.reports(here, kind, query, cut, after, limit + 1)
    items = [Figures.of(report) for report in found[:limit]]
    return ReportPage(**bounded(cut, seen), items=items, next=items[-1].key if len(found) > limit else None)


async def _report(here: Service, kind: str, key: str, country: str, cut: Cut) -> ReportOne:
    found, seen = await queries.report(here, kind, key, {"country": country}, cut)
    report = found or Report(Target(kind, key), country)
    return ReportOne(**dict(Figures.of(report)), **bounded(cut, seen))
