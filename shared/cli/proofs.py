"""`verify` and `rebuild`: the record proved, and read models made anew from it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from shared.cli import show, work
from shared.cli.command import Result, Session, command
from shared.cli.places import SERVICES, Service

AUDITOR, OPERATOR = "auditor", "operator"


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    command(app, "verify", ["trama verify", "trama verify intake", "trama verify intake --log intake-2 --json"])(verify)
    command(app, "rebuild", ["trama rebuild reporting figures"])(rebuild)


def verify(
    session: Session,
    service: Annotated[Service | None, typer.Argument(help="only this service's logs", show_default=False)] = None,
    log: Annotated[str | None, typer.Option(help="only this log of the service")] = None,
) -> Result:
    """Prove the record: every commit's position, version, types and hash, and every record of the topics the same way.

    Exit code 1 names the first bad commit of a log, or the first record of its topic that does not follow.
    """
    if log and not service:
        raise typer.BadParameter("name the service too: trama verify SERVICE --log LOG", param_hint="--log")
    proved: list[dict[str, Any]] = []
    with show.progress(session.json) as step:
        for name in [service.value] if service else SERVICES:
            order = {"log": log} if log else {}
            proved += work.run(session, name, "/admin/verifications", AUDITOR, order, step, name)
    shown = [found for found in proved if found["topic"] or found["n"] or found["bad"]]
    if session.json:
        show.as_json(shown)
    else:
        heads = ("log", "commits", "events", "hash", "topic at", "result")
        rows = ([f["log"], f["n"], f["events"], f["hash"][:12], f["topic_n"], _result(session, f)] for f in shown)
        show.table(None, heads, rows, right=(1, 2, 4))
    return not any(found["bad"] or found["topic_bad"] for found in shown)


def _result(session: Session, found: dict[str, Any]) -> str:
    if reasons := [found[part] for part in ("bad", "topic_bad") if found[part]]:
        return session.say("broken", reason="; ".join(reasons))
    return session.say("proved-behind", behind=found["behind"]) if found["behind"] else session.say("proved")


def rebuild(
    session: Session,
    service: Annotated[Service, typer.Argument(help="whose read model", show_default=False)],
    projection: Annotated[str, typer.Argument(help="the read model", show_default=False)],
) -> Result:
    """Build a read model anew from the record; the old one keeps serving until the new one has caught up."""
    with show.progress(session.json) as step:
        order = {"projection": projection}
        result = work.run(session, service.value, "/admin/rebuilds", OPERATOR, order, step, f"{service} {projection}")
    if session.json:
        show.as_json(result)
    else:
        show.line(session.say("rebuilt", service=service.value, projection=projection))
        for name, value in (result or {}).items() if isinstance(result, dict) else ():
            show.line(f"  {name}: {value}")
    return None
