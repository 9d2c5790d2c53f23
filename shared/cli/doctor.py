"""`doctor`: what is wrong, and what to do."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain

import typer
from rich.markup import escape

from shared.cli import checks, show
from shared.cli.command import Result, Session, command
from shared.version import VERSION

MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "failed": "[red]FAILED[/]"}


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    command(app, "doctor", ["trama doctor", "trama doctor --json", "TRAMA_URL=https://trama.example trama doctor"])(
        doctor
    )


def doctor(session: Session) -> Result:
    """Look at this machine, the servers and the services, and say what to do. Exit code 1 if something fails."""
    looked = chain(checks.machine(session.data), checks.servers(session.data), checks.services(session))
    if session.json:
        found = list(looked)
        show.as_json({"version": VERSION, "time": checks.now(), "checks": [asdict(check) for check in found]})
    else:
        found = []
        show.line(f"Trama {VERSION}, {checks.now()}")
        for check in looked:
            found.append(check)
            _tell(check)
    return not any(check.state == "failed" for check in found)


def _tell(check: checks.Check) -> None:
    console = show.out()
    console.print(f"{check.name:<13} {MARKS[check.state]}  {escape(check.found)}")
    for text in check.fix.splitlines():
        console.print(f"{'':<13} -> {escape(text)}")
