"""The projects one by one, as of a past day and as they were known at a past time: pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict

from services.reporting.report import ALL, Cut
from services.reporting.report import behind as events_behind
from services.reporting.sheet import Named, Sheet, Terms, Version
from shared.eventstore.commit import iso


class Amount(TypedDict):
    """An amount as text, and its currency (ISO 4217)."""

    currency: str | None
    value: str


class Project(Terms):
    """A project as the portfolio shows it; None is what no source tells. `events` are the ids of those behind it."""

    country: str
    clusters: list[Named]
    fund_amount: Amount | None
    counterpart_planned: Amount | None
    firms: int | None
    cancelled: bool
    events: list[str]


class Cursor(NamedTuple):
    """The place of a project in the order of approval."""

    approved_on: str
    project_id: str

    def __str__(self) -> str:
        return "/".join(self)


SHOWN = ("projects_started", "projects_cancelled", "fund_amount", "counterpart_planned", "firms")


def project(sheet: Sheet, cut: Cut = ALL) -> Project | None:
    """The project of a stream; None if the stream is none, or it had not begun by then."""
    counted = {e["name"]: (e, v) for e in sheet["entries"] if e["name"] in SHOWN and (v := cut.value(e))}
    if sheet["terms"] is None or "projects_started" not in counted:
        return None
    places = cut.up_to(sheet["places"])
    events = {pair for entry, version in counted.values() for pair in events_behind(entry, version)}
    events |= {(known["recorded"], known["event"]) for known in places}
    worth = {name: version for name, (_, version) in counted.items()}
    return Project(
        **sheet["terms"],
        country=sheet["country"],
        clusters=places[-1]["clusters"] if places else [],
        fund_amount=_amount(worth.get("fund_amount")),
        counterpart_planned=_amount(worth.get("counterpart_planned")),
        firms=int(worth["firms"]["value"]) if "firms" in worth else None,
        cancelled="projects_cancelled" in worth,
        events=[name for _, name in sorted(events)],
    )


def begun(cut: Cut) -> dict[str, Any]:
    """The part of a query that finds the sheets of the projects that had begun by then."""
    wanted: dict[str, Any] = {"terms.approved_on": {"$gt": ""}}
    if cut.as_of is not None:
        wanted["terms.approved_on"]["$lte"] = cut.as_of.isoformat()
    if cut.known_at is not None:
        wanted["places.0.recorded"] = {"$lte": iso(cut.known_at)}
    return wanted


def behind(after: Cursor | None) -> dict[str, Any]:
    """The part of a query that finds what comes behind a place in the order of approval."""
    if after is None:
        return {}
    day = "terms.approved_on"
    return {"$or": [{day: {"$gt": after.approved_on}}, {day: after.approved_on, "terms.project_id": {"$gt": after[1]}}]}


def portfolio(sheets: Iterable[Sheet], cut: Cut = ALL) -> list[Project]:
    """The projects that had begun by then, in the order of their approval."""
    found = [told for sheet in sheets if (told := project(sheet, cut)) is not None]
    return sorted(found, key=lambda p: (p["approved_on"], p["project_id"]))


def _amount(version: Version | None) -> Amount | None:
    return Amount(currency=version["currency"], value=version["value"]) if version else None
