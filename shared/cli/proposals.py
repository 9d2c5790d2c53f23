"""`submit` and `check`: a proposal's document to intake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.cli import documents, findings, show
from shared.cli.command import Result, Session, command

File = Annotated[Path, typer.Argument(help="the proposal, JSON or YAML", show_default=False)]
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

    The same document under the same key is one proposal, however often it is submitted.
    """
    document = documents.read(file)
    receipt = session.client.order(
        "intake", "/proposals", office(document), document, key or documents.key_of(document)
    )
    if session.json:
        show.as_json(receipt)
        return None
    said = "submitted-before" if receipt["repeated"] else "submitted"
    show.line(session.say(said, reference=receipt["reference"], id=receipt["proposal_id"], status=receipt["status"]))
    findings.tell(session, receipt.get("check"))
    return None


def check(session: Session, file: File) -> Result:
    """Try a proposal without submitting it; nothing is kept. Exit code 1 if a check fails."""
    document = documents.read(file)
    found = session.client.order("intake", "/proposals/check", office(document), document, documents.key_of(document))
    if session.json:
        show.as_json(found)
    else:
        findings.tell(session, found)
    return not (found["findings"] and found["findings"]["verdict"] == "fail")
