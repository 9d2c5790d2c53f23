"""`submit` and `check`: a proposal's document to intake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli import documents, findings, show
from shared.cli.command import Result, Session, command
from shared.cli.failure import Code

File = Annotated[Path, typer.Argument(help="the proposal, JSON or YAML", show_default=False)]
CLOSED = ("withdrawn", "rejected")
"""States that nothing leads out of."""
NO_OFFICE = "office-co"
"""Who asks for a document that names no country: whichever office, the service then says what the document lacks."""


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    command(app, "submit", ["trama submit proposal.yaml", "trama submit proposal.json --key mine-2026-001 --json"])(
        submit
    )
    command(app, "check", ["trama check proposal.yaml", "trama check proposal.json --lang pt"])(check)


def office(document: bytes) -> str:
    """The persona of the local stack that speaks for the document's country."""
    country = documents.country_of(document)
    return f"office-{country.lower()}" if country else NO_OFFICE


def submit(
    session: Session,
    file: File,
    key: Annotated[
        str | None,
        typer.Option(help="idempotency key; by default it follows from the document: repeating doubles nothing"),
    ] = None,
) -> Result:
    """Submit a proposal, and show its reference and what the machine checks find.

    The same document under the same key is one proposal, however often it is submitted. Exit code 5 if that one is
    closed: what is to be submitted anew needs another key.
    """
    document = documents.read(file)
    receipt = session.client.order(
        "intake", "/proposals", office(document), document, key or documents.key_of(document)
    )
    closed = receipt["repeated"] and receipt["status"] in CLOSED
    if session.json:
        show.as_json(receipt)
        return Code.CONFLICT if closed else None
    if closed:
        show.line(session.say("submitted-closed", reference=receipt["reference"], status=_status(session, receipt)))
        return Code.CONFLICT
    said = "submitted-before" if receipt["repeated"] else "submitted"
    show.line(
        session.say(said, reference=receipt["reference"], id=receipt["proposal_id"], status=_status(session, receipt))
    )
    findings.tell(session, receipt.get("check"))
    return None


def _status(session: Session, receipt: Mapping[str, Any]) -> str:
    return session.say(f"status-{receipt['status']}")


def check(session: Session, file: File) -> Result:
    """Try a proposal without submitting it; nothing is kept. Exit code 1 if a check fails."""
    document = documents.read(file)
    found = session.client.order("intake", "/proposals/check", office(document), document, documents.key_of(document))
    if session.json:
        show.as_json(found)
    else:
        findings.tell(session, found)
    return not (found["findings"] and found["findings"]["verdict"] == "fail")
