"""`demo`: the whole system, and the programme's own history through it."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from typing import Annotated

import typer

from shared.cli import reconcile, reports, show
from shared.cli.command import Result, Session, command
from shared.cli.failure import Code, Failure
from shared.cli.reports import Kind
from shared.cli.story import Story, heading

YEARS = (2000, 2001, 2002, 2003)
READER = "headquarters"
CAUGHT_UP = 60.0
"""Seconds that the read models may take to catch up with the story."""


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    command(app, "demo", ["trama demo", "trama demo --once", "TRAMA_URL=http://localhost:8080 trama demo --once"])(demo)


def demo(
    session: Session, once: Annotated[bool, typer.Option("--once", help="stop when the story is told")] = False
) -> Result:
    """Run the programme's approved projects and two new proposals through all services, and prove the figures.

    Uses the stack that runs on --data or at --url, else starts one here and, without --once, keeps it serving. Told
    again on kept data, the story is the same and nothing is counted twice.
    """
    from deploy.local import state

    if session.json:
        raise Failure(Code.USAGE, "no-json", command="trama demo")
    if session.url or state.running(session.data):
        return tell(session)
    return asyncio.run(_on_own_stack(session, once))


def tell(session: Session) -> bool:
    """Tell the story, show the reports, and prove that stores, topics and read models agree."""
    began = time.monotonic()
    Story(session).tell()
    show.line()
    proved = reconcile.reconcile(session, wait=CAUGHT_UP) is True
    for kind in (Kind.COUNTRY, Kind.CLUSTER):
        heading(session.say(f"story-{kind.value}-heading"))
        reports.report(session, kind)
    heading(session.say("story-portfolio-heading"))
    for year in YEARS:
        day = date(year, 12, 31).isoformat()
        count = session.client.get("reporting", "/reports/portfolio", READER, {"as_of": day})["count"]
        show.line(f"  {session.say('story-portfolio', day=day, count=count)}")
    show.line()
    show.line(session.say("story-told" if proved else "story-unproved", seconds=f"{time.monotonic() - began:.1f}"))
    return proved


async def _on_own_stack(session: Session, once: bool) -> Result:
    from deploy.local.process import StartFailed
    from deploy.local.stack import Stack
    from deploy.local.supervise import Event

    began, told = time.monotonic(), Code.INTERRUPTED

    def on_event(event: Event) -> None:
        if event.what == "died":
            show.err().print(f"{event.name}: {event.detail}", markup=False)

    stack = Stack(session.data, on_event=on_event, say=show.line, handle_signals=True)
    try:
        async with stack:
            show.line(session.say("story-starting", data=stack.data))
            await stack.ready()
            show.line(session.say("story-ready", seconds=f"{time.monotonic() - began:.1f}"))
            try:
                told = Code.OK if await asyncio.to_thread(tell, session) else Code.NO
            finally:
                session.close()
            if not once:
                _where(session, stack.addresses)
                await stack.wait()
    except StartFailed as error:
        raise Failure(Code.UNREACHABLE, "not-started", reason=error) from None
    show.line(session.say("story-stopped"))
    return told


def _where(session: Session, addresses: dict[str, str]) -> None:
    show.line(session.say("story-serving"))
    for name, address in addresses.items():
        show.line(f"  {name:<12} {address}")
    for example in ("trama report country", "trama watch countries", "trama reconcile"):
        show.line(f"  {example} --data {session.data}")
    show.line(session.say("story-stop"))
