"""`reconcile`: store = topics = read models, proved log by log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.cli import show
from shared.cli.agreement import LogAgreement, Place, State, compare, worst
from shared.cli.client import Client
from shared.cli.command import Result, Session, command
from shared.cli.places import SERVICES

PERSONA = "auditor"
PAUSE = 0.5
FIGURE = ("name", "group", "currency", "shared_by")
"""What tells one figure of a key from another."""
COLOURS: dict[State, str] = {"equal": "green", "behind": "yellow", "unequal": "red"}


@dataclass(frozen=True)
class Found:
    """What one look at all services found."""

    logs: list[LogAgreement]
    differences: list[str]

    @property
    def state(self) -> State:
        """The worst of all."""
        figures: State = "unequal" if self.differences else "equal"
        return worst([figures, *(log.state for log in self.logs)])


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    command(app, "reconcile", ["trama reconcile", "trama reconcile --wait 30", "trama reconcile --json"])(reconcile)


def reconcile(
    session: Session,
    wait: Annotated[float, typer.Option(min=0, help="seconds to wait until everything has caught up")] = 0.0,
) -> Result:
    """Prove that store, topics and read models hold the same, by count and by hash, log by log.

    Exit code 0 if all is equal, 1 if something is behind (after --wait) or unequal.
    """
    deadline = time.monotonic() + wait
    with show.progress(session.json) as step:
        found = look(session.client)
        while found.state != "equal" and time.monotonic() < deadline:
            step(session.say(f"state-{found.state}"), sum(log.state == "equal" for log in found.logs), len(found.logs))
            time.sleep(PAUSE)
            found = look(session.client)
    if session.json:
        logs = [asdict(log) | {"state": log.state} for log in found.logs]
        show.as_json({"state": found.state, "logs": logs, "differences": found.differences})
    else:
        _tell(session, found)
    return found.state == "equal"


def look(client: Client) -> Found:
    """Compare everything, once. The stores' heads are read first: what is behind them is behind, not ahead."""
    logs = [log for name in SERVICES for log in _logs(client, name)]
    positions = {name: client.get(name, "/admin/positions", PERSONA)["items"] for name in SERVICES}
    agreements = compare(logs, positions)
    settled = all(agreement.state == "equal" for agreement in agreements)
    return Found(agreements, list(differences(client)) if settled else [])


def _logs(client: Client, service: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(service, "/admin/logs", PERSONA, {"events": True})["items"]
    return items


def differences(client: Client) -> Iterator[str]:
    """In which figures reporting's live totals differ from what its record adds up to, in words."""
    for kind in ("countries", "clusters"):
        live, derived = _figures(client, f"/{kind}"), _figures(client, f"/reports/{kind}")
        for name in sorted({*live, *derived}):
            if live.get(name) != derived.get(name):
                yield f"{name}: {live.get(name, '-')} live, {derived.get(name, '-')} from the record"


def _figures(client: Client, path: str) -> dict[str, str]:
    return {
        " ".join(str(part) for part in (item["key"], *(figure[f] for f in FIGURE)) if part is not None): figure["value"]
        for item in client.everything("reporting", path, PERSONA)
        for figure in item["figures"]
    }


def _tell(session: Session, found: Found) -> None:
    heads = ("log", "commits", "events", "hash", *(session.say(f"col-{n}") for n in ("place", "at", "state")))
    rows = [row for log in found.logs for row in _rows(session, log)]
    show.table(None, heads, rows, right=(1, 2, 5))
    for text in found.differences:
        show.line(session.say("differs", text=text))
    console = show.out()
    skipped = sum(place.skipped for log in found.logs for place in log.places)
    if skipped:
        console.print(escape(session.say("skipped", count=skipped)))
    commits, events = sum(log.n for log in found.logs), sum(log.events or 0 for log in found.logs)
    text = session.say(f"reconciled-{found.state}", logs=len(found.logs), commits=commits, events=events)
    console.print(f"[bold {COLOURS[found.state]}]{escape(text)}[/]")


def _rows(session: Session, log: LogAgreement) -> Iterator[tuple[object, ...]]:
    head: tuple[object, ...] = (log.log, log.n, log.events, log.hash[:12])
    for place in log.places:
        yield (*head, place.name, place.n, _state(session, place))
        head = ("", "", "", "")


def _state(session: Session, place: Place) -> str:
    text = session.say(f"state-{place.state}")
    return f"{text}: {place.says}" if place.says else text
