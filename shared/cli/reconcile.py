"""`reconcile`: store = topics = read models, proved log by log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.cli import show, work
from shared.cli.agreement import LogAgreement, Place, State, compare, miscounted, worst
from shared.cli.client import Client
from shared.cli.command import Result, Session, command
from shared.cli.places import SERVICES
from shared.cli.show import Step

PERSONA = "auditor"
PAUSE = 0.5
COLOURS: dict[State, str] = {"equal": "green", "behind": "yellow", "unequal": "red"}


@dataclass(frozen=True)
class Found:
    """What one look at all services found; `moved`: events came in meanwhile, so that differences prove nothing."""

    logs: list[LogAgreement]
    differences: list[str]
    moved: bool = False

    @property
    def state(self) -> State:
        """The worst of all."""
        figures: State = "equal" if not self.differences else "behind" if self.moved else "unequal"
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
        found = examine(session, step)
        while found.state != "equal" and time.monotonic() < deadline:
            step(session.say(f"state-{found.state}"), sum(log.state == "equal" for log in found.logs), len(found.logs))
            time.sleep(PAUSE)
            found = examine(session, step)
    if session.json:
        logs = [asdict(log) | {"state": log.state} for log in found.logs]
        show.as_json({"state": found.state, "logs": logs, "differences": found.differences})
    else:
        _tell(session, found)
    return found.state == "equal"


def examine(session: Session, step: Step) -> Found:
    """Look once; the read models' own proofs are asked for only when all logs agree."""
    logs = look(session.client)
    if worst(log.state for log in logs) != "equal":
        return Found(logs, [])
    told = list(differences(session, logs, step))
    moved = bool(told) and [log.hash for log in logs] != [log.hash for log in look(session.client)]
    return Found(logs, told, moved)


def look(client: Client) -> list[LogAgreement]:
    """Compare logs, topics and positions, once. The stores' heads come first: what is behind them is not ahead."""
    logs = [log for name in SERVICES for log in _logs(client, name)]
    positions = {name: client.get(name, "/admin/positions", PERSONA)["items"] for name in SERVICES}
    return compare(logs, positions)


def _logs(client: Client, service: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(service, "/admin/logs", PERSONA, {"events": True})["items"]
    return items


def differences(session: Session, logs: list[LogAgreement], step: Step) -> Iterator[str]:
    """In what the read models differ from the record, in words: each service proves its own, in one snapshot."""
    for service in SERVICES:
        proved = work.run(session, service, "/admin/proofs", PERSONA, {}, step, service)
        for name, found in proved.items():
            yield from (f"{service} {name}: {text}" for text in found["differences"])
            yield from miscounted(f"{service}/{name}", found["events"], logs)


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
