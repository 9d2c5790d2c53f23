"""`reconcile`: store = topics = read models, proved from the first event on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.cli import show, work
from shared.cli.agreement import LogAgreement, Place, State, compare, miscounted, overtaken, worst
from shared.cli.client import Client
from shared.cli.command import Result, Session, command
from shared.cli.places import SERVICES
from shared.cli.show import Step

PERSONA = "auditor"
PAUSE = 0.5
COLOURS: dict[State, str] = {"equal": "green", "behind": "yellow", "unequal": "red"}


@dataclass(frozen=True)
class Found:
    """What one look at all services found.

    `differences` are certain. `counts` differ too, but prove nothing if events came in meanwhile: `moved`.
    """

    logs: list[LogAgreement]
    differences: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    moved: bool = False

    @property
    def state(self) -> State:
        """The worst of all."""
        counts: State = "equal" if not self.counts else "behind" if self.moved else "unequal"
        proofs: State = "unequal" if self.differences else "equal"
        return worst([proofs, counts, *(log.state for log in self.logs)])

    @property
    def settled(self) -> bool:
        """Whether waiting changes nothing."""
        return self.state == "equal" or bool(self.differences)


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    examples = ["trama reconcile", "trama reconcile --wait 30", "trama reconcile --tails", "trama reconcile --json"]
    command(app, "reconcile", examples)(reconcile)


def reconcile(
    session: Session,
    wait: Annotated[float, typer.Option(min=0, help="seconds to wait until everything has caught up")] = 0.0,
    tails: Annotated[bool, typer.Option("--tails", help="compare only where each copy ends, and counts: fast")] = False,
) -> Result:
    """Prove that store, topics and read models hold the same, by count and by hash, from the first event on.

    Every hash of stores and topics is computed anew, every document of the read models compared with its events. With
    --tails only the ends and counts are compared. Exit code 0 if all is equal, 1 if something is behind (after --wait)
    or unequal.
    """
    deadline = time.monotonic() + wait
    with show.progress(session.json) as step:
        found = examine(session, step, tails)
        while not found.settled and time.monotonic() < deadline:
            step(session.say(f"state-{found.state}"), sum(log.state == "equal" for log in found.logs), len(found.logs))
            time.sleep(PAUSE)
            found = examine(session, step, tails)
    if session.json:
        logs = [asdict(log) | {"state": log.state} for log in found.logs]
        told = {"state": found.state, "compared": "tails" if tails else "all", "logs": logs}
        show.as_json(told | {"differences": [*found.differences, *found.counts]})
    else:
        _tell(session, found, tails)
    return found.state == "equal"


def examine(session: Session, step: Step, tails: bool = False) -> Found:
    """Look once; the whole proofs (unless `tails`) are asked for only when all logs end alike."""
    logs = look(session.client)
    if any(place.n > log.n for log in logs for place in log.places):
        logs = overtaken(logs, look(session.client))
    if tails or worst(log.state for log in logs) != "equal":
        return Found(logs)
    certain, counts = list(faults(session, step)), list[str]()
    for name, proved in read_models(session, step):
        certain += [f"{name}: {text}" for text in proved["differences"]]
        counts += miscounted(name, proved["events"], logs)
    moved = bool(counts) and [log.hash for log in logs] != [log.hash for log in look(session.client)]
    return Found(logs, certain, counts, moved)


def look(client: Client) -> list[LogAgreement]:
    """Compare logs, topics and positions, once. The stores' heads come first: what is behind them is not ahead."""
    logs = [log for name in SERVICES for log in _logs(client, name)]
    positions = {name: client.get(name, "/admin/positions", PERSONA)["items"] for name in SERVICES}
    return compare(logs, positions)


def _logs(client: Client, service: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(service, "/admin/logs", PERSONA, {"events": True})["items"]
    return items


def faults(session: Session, step: Step) -> Iterator[str]:
    """What does not fit in the stores and the topics, each read from its beginning."""
    for service in SERVICES:
        for found in work.run(session, service, "/admin/verifications", PERSONA, {}, step, service):
            yield from (found[part] for part in ("bad", "topic_bad") if found[part])


def read_models(session: Session, step: Step) -> Iterator[tuple[str, Any]]:
    """Each read model, as service/name, and its proof: each service proves its own."""
    for service in SERVICES:
        proved = work.run(session, service, "/admin/proofs", PERSONA, {}, step, service)
        yield from ((f"{service}/{name}", found) for name, found in proved.items())


def _tell(session: Session, found: Found, tails: bool) -> None:
    heads = ("log", "commits", "events", "hash", *(session.say(f"col-{n}") for n in ("place", "at", "state")))
    rows = [row for log in found.logs for row in _rows(session, log)]
    show.table(None, heads, rows, right=(1, 2, 5))
    for text in [*found.differences, *found.counts]:
        show.line(session.say("differs", text=text))
    console = show.out()
    skipped = sum(place.skipped for log in found.logs for place in log.places)
    if skipped:
        console.print(escape(session.say("skipped", count=skipped)))
    commits, events = sum(log.n for log in found.logs), sum(log.events or 0 for log in found.logs)
    key = "reconciled-tails" if tails and found.state == "equal" else f"reconciled-{found.state}"
    text = session.say(key, logs=len(found.logs), commits=commits, events=events)
    console.print(f"[bold {COLOURS[found.state]}]{escape(text)}[/]")


def _rows(session: Session, log: LogAgreement) -> Iterator[tuple[object, ...]]:
    head: tuple[object, ...] = (log.log, log.n, log.events, log.hash[:12])
    for place in log.places:
        yield (*head, place.name, place.n, _state(session, place))
        head = ("", "", "", "")


def _state(session: Session, place: Place) -> str:
    text = session.say(f"state-{place.state}")
    return f"{text}: {place.says}" if place.says else text
