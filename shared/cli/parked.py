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
Id = Annotated[
    str,
    typer.Argument(metavar="SERVICE/ID", help="as `trama parked list` shows it", show_default=False),
]
EXAMPLE = "reporting/figures-projects:monitoring-2:17:0"


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Events that failed by themselves, and wait for an operator.")
    command(group, "list", ["trama parked list", "trama parked list reporting --json"])(list_)
    command(group, "show", [f"trama parked show {EXAMPLE}"])(show_)
    command(group, "retry", [f"trama parked retry {EXAMPLE}"])(retry)
    command(group, "skip", [f'trama parked skip {EXAMPLE} --reason "entered twice, see note 12"'])(skip)
    app.add_typer(group, name="parked")


def list_(
    session: Session,
    service: Annotated[Service | None, typer.Argument(help="only this service's", show_default=False)] = None,
    subscription: Annotated[str | None, typer.Option(help="only those of this subscription")] = None,
) -> Result:
    """List what is parked, and what waits behind it. Exit code 1 if there is anything."""
    query = {"subscription": subscription}
    found: list[dict[str, Any]] = [
        {**item, "id": f"{name}/{item['id']}"}
        for name in ([service.value] if service else SERVICES)
        for item in session.client.everything(name, "/admin/parked", READER, query)
    ]
    if session.json:
        show.as_json(found)
    elif found:
        heads = ("id", "status", "stream", "type", "since", "error")
        show.table(None, heads, ([str(item[name] or "")[:500] for name in heads] for item in found))
    else:
        show.line(session.say("nothing-parked"))
    return not found


def show_(session: Session, id: Id) -> Result:
    """Show a parked event: the error, where it stands, and its text."""
    service, path = _place(id)
    found = session.client.get(service, path, READER)
    if session.json:
        show.as_json(found)
        return None
    for name, value in found.items():
        if value is not None:
            show.line(f"{name:<13} {value}")
    return None


def retry(session: Session, id: Id) -> Result:
    """Try a parked event once more, and then those that wait behind it. Exit code 1 if it fails again."""
    return _act(session, id, "retry", {})


def skip(
    session: Session,
    id: Id,
    reason: Annotated[str, typer.Option(help="why; it is recorded", prompt=True, show_default=False)],
) -> Result:
    """Pass over a parked event for good, with a reason that is recorded; those behind it go on."""
    return _act(session, id, "skip", {"reason": reason})


def _place(id: str) -> tuple[str, str]:
    """The service, and the path of the event there."""
    service, slash, name = id.partition("/")
    if service not in SERVICES or not slash or not name:
        raise typer.BadParameter(f"write it like {EXAMPLE}: the service first", param_hint="SERVICE/ID")
    return service, f"/admin/parked/{quote(name, safe='')}"


def _act(session: Session, id: str, what: str, body: dict[str, str]) -> Result:
    service, path = _place(id)
    asked = session.client.order(service, f"{path}/{what}", OPERATOR, body, uuid.uuid4().hex)
    left = _wait(session, service, path, asked["attempts"])
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
