"""`parked`: events that failed by themselves, to be inspected, retried or skipped by an operator."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from shared.cli import show
from shared.cli.command import Result, Session, command
from shared.cli.failure import Answered
from shared.cli.places import SERVICES, Service

READER, OPERATOR = "auditor", "operator"
PATIENCE = 20.0
"""Seconds that the owner of the event's partition is given to do what was asked."""
Whose = Annotated[Service, typer.Argument(help="whose event", show_default=False)]
Id = Annotated[str, typer.Argument(help="its id, as `trama parked list` shows it", show_default=False)]


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Events that failed by themselves, and wait for an operator.")
    command(group, "list", ["trama parked list", "trama parked list reporting --subscription figures"])(list_)
    command(group, "show", ["trama parked show reporting figures:intake-2:17:0"])(show_)
    command(group, "retry", ["trama parked retry reporting figures:intake-2:17:0"])(retry)
    skip_it = 'trama parked skip reporting figures:intake-2:17:0 --reason "entered twice, see note 12"'
    command(group, "skip", [skip_it])(skip)
    app.add_typer(group, name="parked")


def list_(
    session: Session,
    service: Annotated[Service | None, typer.Argument(help="only this service's", show_default=False)] = None,
    subscription: Annotated[str | None, typer.Option(help="only those of this subscription")] = None,
) -> Result:
    """List what is parked, and what waits behind it. Exit code 1 if there is anything."""
    query = {"subscription": subscription}
    found: list[dict[str, Any]] = [
        {"service": name, **item}
        for name in ([service.value] if service else SERVICES)
        for item in session.client.everything(name, "/admin/parked", READER, query)
    ]
    if session.json:
        show.as_json(found)
    elif found:
        heads = ("service", "id", "status", "stream", "type", "since", "error")
        show.table(None, heads, ([str(item[name] or "")[:500] for name in heads] for item in found))
    else:
        show.line(session.say("nothing-parked"))
    return not found


def show_(session: Session, service: Whose, id: Id) -> Result:
    """Show a parked event: the error, where it stands, and its text."""
    found = session.client.get(service.value, f"/admin/parked/{quote(id, safe='')}", READER)
    if session.json:
        show.as_json(found)
        return None
    for name, value in found.items():
        if value is not None:
            show.line(f"{name:<13} {value}")
    return None


def retry(session: Session, service: Whose, id: Id) -> Result:
    """Try a parked event once more, and then those that wait behind it. Exit code 1 if it fails again."""
    return _act(session, service, id, "retry", {})


def skip(
    session: Session,
    service: Whose,
    id: Id,
    reason: Annotated[str, typer.Option(help="why; it is recorded", prompt=True, show_default=False)],
) -> Result:
    """Pass over a parked event for good, with a reason that is recorded; those behind it go on."""
    return _act(session, service, id, "skip", {"reason": reason})


def _act(session: Session, service: Service, id: str, what: str, body: dict[str, str]) -> Result:
    path = f"/admin/parked/{quote(id, safe='')}"
    asked = session.client.order(service.value, f"{path}/{what}", OPERATOR, body, uuid.uuid4().hex)
    left = _wait(session, service.value, path, asked["attempts"])
    outcome = "done" if left is None else "asked" if left["request"] else "failed"
    if session.json:
        show.as_json({"id": id, "outcome": outcome, "error": left and left["error"]})
    else:
        show.line(session.say(f"parked-{what}-{outcome}", id=id, error=left and left["error"]))
    return outcome == "done"


def _wait(session: Session, service: str, path: str, attempts: int) -> dict[str, Any] | None:
    """None once it is no longer parked, else how it stands after it was tried, or when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found: dict[str, Any] = session.client.get(service, path, OPERATOR)
        except Answered as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            return None
        if not found["request"] or found["attempts"] > attempts or time.monotonic() > deadline:
            return found
        time.sleep(0.2)
