"""`roles` and `token`: who may do what, and a token to do it with."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli import show
from shared.cli.command import Result, Session, command
from shared.roles import Role, table_rows

HEADS = {"says": "what it does", "writes": "writes"}
WIDE_ENOUGH = 180
MARKS = {"all": "all", "own country": "country", "own agency": "agency", "": ""}


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    command(app, "roles", ["trama roles", "trama roles --role operator", "trama roles --json"])(roles)
    use = 'curl -H "Authorization: Bearer $(trama token auditor)" http://127.0.0.1:8104/reports/countries'
    command(app, "token", ["trama token office-co", use])(token)


def roles(
    session: Session, role: Annotated[Role | None, typer.Option(help="show only what this role may do")] = None
) -> Result:
    """Show who may do what: the table of roles and actions. Needs no service.

    all: everywhere; country: for the caller's own countries; agency: for the projects of the caller's own agency.
    """
    shown = [role] if role else list(Role)
    rows = [row for row in table_rows() if any(row[r.value] for r in shown)]
    if session.json:
        show.as_json(rows)
        return None
    about = ("says", "writes") if show.out().width >= WIDE_ENOUGH else ()
    heads = ["action", *(HEADS[name] for name in about), *(r.value.replace("_", " ") for r in shown)]
    cells = ([r["action"], *(r[name] for name in about), *(MARKS[r[s.value]] for s in shown)] for r in rows)
    show.table(None, heads, cells)
    return None


def token(
    session: Session, persona: Annotated[str, typer.Argument(help="a persona of the local issuer, such as office-co")]
) -> Result:
    """Print a bearer token for a persona of the local stack, valid for an hour."""
    found = session.client.tokens.get(persona)
    if session.json:
        show.as_json({"persona": session.persona or persona, "access_token": found})
    else:
        print(found)
    return None
