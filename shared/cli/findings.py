"""What the machine checks find about a proposal, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from shared.cli import show
from shared.cli.command import Session
from shared.programme.words import label

COLOURS = {"pass": "green", "fail": "red", "refer": "yellow", "unknown": "yellow"}


def tell(session: Session, check: Mapping[str, Any] | None) -> None:
    """Print a classification and a screening as intake's doors give them; says so if no policy has arrived yet."""
    findings = (check or {}).get("findings")
    if not check or findings is None:
        show.line(session.say("no-findings"))
        return
    policy = check["policy"]["version"]
    typology, declared = (_named(session, "typology", findings[name]) for name in ("typology", "declared"))
    show.line(session.say("classified", typology=typology, declared=declared, policy=policy))
    for text in (findings["referred"], findings["mismatch"], findings["orientation_mismatch"]):
        if text:
            show.line(f"  {text}")
    show.line(session.say("screened", verdict=_named(session, "verdict", findings["verdict"])))
    for found in findings["checks"]:
        _check(session, found)


def _check(session: Session, found: Mapping[str, Any]) -> None:
    console, verdict = show.out(), found["verdict"]
    colour = COLOURS.get(verdict, "default")
    said = _named(session, "verdict", verdict)
    console.print(f"  [{colour}]{escape(said)}[/]  {escape(found['title'])}: {escape(found['explanation'])}")
    if verdict == "pass":
        return
    if found["facts"]:
        console.print(f"      [dim]{escape(', '.join(found['facts']))}[/]")
    if found["warning"]:
        console.print(f"      {escape(found['warning'])}")
    if found["fix"]:
        console.print(f"      {session.say('fix')}: {escape(found['fix'])}")


def _named(session: Session, kind: str, code: str | None) -> str:
    """A code of the programme's in words; - for none."""
    return label(kind, code)[session.language] if code else "-"
