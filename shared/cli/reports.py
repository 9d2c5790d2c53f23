"""`report`: figures per country, per cluster, and the portfolio, as of any day and as known at any time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import typer

from shared.cli import show
from shared.cli.client import Query
from shared.cli.command import Result, Session, command
from shared.cli.words import texts
from shared.programme.words import labels

PERSONA = "headquarters"
COUNTRY = re.compile("[A-Z]{2}")
"""ISO 3166-1 alpha-2; a cluster's key is in small letters."""
GROUPS = {"projects_by_typology": "typology", "contributions_": "contribution", "results_": "result"}
"""How the names of figures begin that are counted by a code of the programme's, and the kind of code."""


class Kind(StrEnum):
    """What is reported on."""

    COUNTRY = "country"
    CLUSTER = "cluster"
    PORTFOLIO = "portfolio"


PATHS = {Kind.COUNTRY: "/reports/countries", Kind.CLUSTER: "/reports/clusters", Kind.PORTFOLIO: "/reports/portfolio"}


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    examples = [
        "trama report country", "trama report country BR --as-of 2003-12-31 --events", "trama report cluster BR --json",
        "trama report portfolio --as-of 2001-12-31", "trama report country --known-at 2026-01-31T12:00:00Z",
    ]  # fmt: skip
    command(app, "report", examples)(report)


def report(
    session: Session,
    kind: Annotated[Kind, typer.Argument(help="what to report on", show_default=False)],
    key: Annotated[
        str | None, typer.Argument(help="one country or cluster, or one country's clusters", show_default=False)
    ] = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="what happened up to the end of this day")] = None,
    known_at: Annotated[str | None, typer.Option(metavar="TIME", help="only what was recorded by this time")] = None,
    events: Annotated[bool, typer.Option("--events", help="show the ids of the events behind each figure")] = False,
) -> Result:
    """Show the figures of each country or cluster, or the projects one by one, with how fresh they are.

    For clusters and the portfolio KEY may be a country. --as-of counts what happened up to then, as known now,
    corrections included.
    """
    query: Query = {"as_of": as_of, "known_at": known_at}
    if kind is Kind.PORTFOLIO:
        found = _all(session, kind, {**query, "country": key})
        _finish(session, found, lambda: _portfolio(session, found, events))
        return None
    if key and not (kind is Kind.CLUSTER and COUNTRY.fullmatch(key)):
        found = _one(session, kind, key, query)
    else:
        found = _all(session, kind, {**query, "country": key} if key else query)
    _finish(session, found, lambda: _items(session, found, events))
    return None


def _one(session: Session, kind: Kind, key: str, query: Query) -> dict[str, Any]:
    found = session.client.get("reporting", f"{PATHS[kind]}/{quote(key, safe='')}", PERSONA, query)
    bounds = {name: found.pop(name) for name in ("as_of", "known_at", "seen")}
    return bounds | {"items": [found]}


def _all(session: Session, kind: Kind, query: Query) -> dict[str, Any]:
    """All pages as one; the bounds and freshness of the first."""
    page: dict[str, Any] = session.client.get("reporting", PATHS[kind], PERSONA, query)
    listed = "projects" if kind is Kind.PORTFOLIO else "items"
    whole, after = page, page.pop("next")
    while after is not None:
        page = session.client.get("reporting", PATHS[kind], PERSONA, {**query, "after": after})
        whole[listed] += page[listed]
        after = page["next"]
    return whole


def _finish(session: Session, found: Mapping[str, Any], tell: Callable[[], None]) -> None:
    if session.json:
        show.as_json(found)
        return
    tell()
    if not (found.get("items") or found.get("projects")):
        show.line(session.say("report-nothing"))
    as_of, known_at = found["as_of"] or session.say("report-today"), found["known_at"] or session.say("report-now")
    show.line(session.say("report-bounds", as_of=as_of, known_at=known_at))
    seen = found["seen"]
    positions = " ".join(f"{log}@{place}" for log, place in sorted(seen["positions"].items()))
    newest, behind, held = seen["newest_recorded"] or "-", seen["behind"], seen["held_back"]
    show.line(session.say("report-seen", positions=positions or "-", newest=newest, behind=behind, held=held))


def _items(session: Session, found: Mapping[str, Any], events: bool) -> None:
    for item in found["items"]:
        _figures(session, item, events)


def _figures(session: Session, item: Mapping[str, Any], events: bool) -> None:
    sector = in_language(session, item.get("sector"))
    title = "  ".join(str(part) for part in (item["key"], item.get("place"), sector) if part)
    names = ("report-figure", "report-value", "report-currency", "report-shared", "report-events")
    rows = (_row(session, figure, events) for figure in item["figures"])
    show.table(title, [session.say(name) for name in names], rows, right=(1, 3), whole=(2,))


def _row(session: Session, figure: Mapping[str, Any], events: bool) -> list[object]:
    shared = figure["shared_by"] if figure["shared_by"] > 1 else ""
    behind = "\n".join(figure["events"]) if events else len(figure["events"])
    return [label(session, figure), figure["value"], figure["currency"] or "", shared, behind]


def label(session: Session, figure: Mapping[str, Any]) -> str:
    """A figure's name for people, with its group."""
    key = f"figure-{figure['name']}"
    name = session.say(key) if key in texts() else str(figure["name"])
    return f"{name}: {_group(session, figure)}" if figure.get("group") else name


def _group(session: Session, figure: Mapping[str, Any]) -> str:
    """What the figure is counted by, in words where it is a code of the programme's."""
    name, group = str(figure["name"]), str(figure["group"])
    kind = next((kind for start, kind in GROUPS.items() if name.startswith(start)), None)
    if kind is None:
        return group
    return labels(kind)[group][session.language] if group in labels(kind) else session.say("report-unknown")


def _portfolio(session: Session, found: Mapping[str, Any], events: bool) -> None:
    columns = ("approved", "country", "project", "agency", "typology", "clusters", "fund", "firms", "events")
    unknown = session.say("report-unknown")
    rows = (_project(session, project, events, unknown) for project in found["projects"])
    if found["projects"]:
        show.table(None, [session.say(f"report-{name}") for name in columns], rows, right=(6, 7), whole=(0,))
    show.line(session.say("report-count", count=found["count"]))


def _project(session: Session, project: Mapping[str, Any], events: bool, unknown: str) -> Sequence[object]:
    title = in_language(session, project["title"])
    fund, firms, typology = project["fund_amount"], project["firms"], project["typology"]
    return (
        project["approved_on"],
        project["country"],
        f"{title} ({session.say('report-cancelled')})" if project["cancelled"] else title,
        project["executing_agency"],
        labels("typology")[typology][session.language] if typology in labels("typology") else typology or unknown,
        "\n".join(cluster["key"] for cluster in project["clusters"]),
        f"{fund['value']} {fund['currency']}" if fund else unknown,
        unknown if firms is None else firms,
        "\n".join(project["events"]) if events else len(project["events"]),
    )


def in_language(session: Session, found: Mapping[str, str] | None) -> str | None:
    """A text in the user's language, else in whichever there is."""
    return (found.get(session.language) or next(iter(found.values()), None)) if found else None
