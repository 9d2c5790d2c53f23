"""`watch`: what happens, as it happens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from shared.cli import show
from shared.cli.client import Client
from shared.cli.command import Result, Session, command
from shared.cli.failure import Answered, Code, Failure
from shared.cli.sse import Event, Parser

PERSONA = "headquarters"
PERSONAS = {"scoring": "evaluator"}
"""Who follows which stream on the local stack, where that is not headquarters."""
PAUSE, LONGEST = 0.5, 10.0
"""Seconds before a lost connection is tried again: the first time, and at most."""


class Stream(StrEnum):
    """What can be watched."""

    PROPOSALS = "proposals"
    SCORING = "scoring"
    PROJECTS = "projects"
    COUNTRIES = "countries"
    CLUSTERS = "clusters"


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    examples = ["trama watch proposals", "trama watch countries --count 1 --json", "trama watch projects --after 0"]
    command(app, "watch", examples)(watch)


def watch(
    session: Session,
    stream: Annotated[Stream, typer.Argument(help="what to watch", show_default=False)],
    after: Annotated[str | None, typer.Option(help="begin after the event of this id; 0: from the beginning")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="end after so many events")] = None,
) -> Result:
    """Print what happens as it happens, a line each, until Ctrl-C. A lost connection is resumed where it broke."""
    try:
        for number, event in enumerate(follow(session, stream, after), 1):
            print(raw(event) if session.json else readable(event), flush=True)
            if number == count:
                break
    except KeyboardInterrupt:
        return None
    return None


def follow(session: Session, stream: str, after: str | None) -> Iterator[Event]:
    """The events of a stream, for ever; raises `Failure` if it can't be reached at first, `Answered` if refused."""
    parser, tries, reached = Parser(after or ""), 0, False
    while True:
        try:
            for event in _connected(session.client, stream, parser):
                tries, reached = 0, True
                if event is not None:
                    yield event
                elif not session.json:
                    show.err().print(session.say("watch-begins", stream=stream), markup=False)
        except (Failure, Answered) as error:
            if not (reached or tries == 0) or not _passing(error):
                raise
            session.client.tokens.forget()
            reason = session.say(error.key, **error.values) if isinstance(error, Failure) else str(error)
            show.err().print(session.say("watch-again", reason=reason, id=parser.last_id or "-"), markup=False)
        time.sleep(min(parser.retry or PAUSE * 2**tries, LONGEST))
        tries = min(tries + 1, 8)


def _passing(error: Failure | Answered) -> bool:
    """Whether trying again can help: the service is away or starting, or the token has expired meanwhile."""
    if isinstance(error, Answered):
        return error.status == 401 or error.code is Code.UNREACHABLE
    return error.key in ("unreachable", "stream-broke", "lost", "issuer-unreachable")


def _connected(client: Client, stream: str, parser: Parser) -> Iterator[Event | None]:
    """None once it is connected, then the events."""
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if parser.last_id:
        headers["Last-Event-ID"] = parser.last_id
    with client.stream("reporting", f"/streams/{stream}", PERSONAS.get(stream, PERSONA), headers) as answer:
        yield None
        yield from parser.events(answer.iter_bytes())


def raw(event: Event) -> str:
    """The event for programs: one line of JSON with its id, name and data."""
    try:
        data = json.loads(event.data)
    except ValueError:
        data = event.data
    return json.dumps({"id": event.id, "event": event.name, "data": data}, ensure_ascii=False)


def readable(event: Event) -> str:
    """The event for people: when, what, of which thing, and what it says in short."""
    try:
        data = json.loads(event.data)
    except ValueError:
        return f"{event.name}  {event.data}"
    if not isinstance(data, dict):
        return f"{event.name}  {event.data}"
    when = str(data.get("time") or data.get("recorded") or "")[:19].replace("T", " ")
    what, whose = data.get("type") or event.name, data.get("subject") or data.get("key") or data.get("_id") or ""
    fact = data.get("data") if isinstance(data.get("data"), dict) else data
    return "  ".join(str(part) for part in (when, what, whose, _gist(fact or {})) if part)


GIST = (
    "country", "reference", "revision", "status", "typology", "confidence", "verdict", "milestone_id", "activity_id",
    "contribution_id", "result", "amount", "outcome", "reason", "reasons",
)  # fmt: skip
INSIDE = ("classification", "screening")
"""Parts of a fact whose telling fields are told as its own."""


def _gist(fact: Mapping[str, Any]) -> str:
    """A few telling fields; figures are told as name=value."""
    for name in INSIDE:
        if isinstance(part := fact.get(name), Mapping):
            fact = {**part, **fact}
    told = [f"{name}={_short(fact[name])}" for name in GIST if fact.get(name) not in (None, "", [], {})]
    figures = fact.get("figures")
    if isinstance(figures, list):
        told += [_figure(figure) for figure in figures if isinstance(figure, dict)]
    return " ".join(told)


def _figure(figure: Mapping[str, Any]) -> str:
    group = f"[{figure['group']}]" if figure.get("group") else ""
    currency = f" {figure['currency']}" if figure.get("currency") else ""
    return f"{figure.get('name')}{group}={figure.get('value')}{currency}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and {"value", "currency"} <= value.keys():
        return f"{value['value']} {value['currency']}"
    if isinstance(value, list) and value and all(isinstance(texts, Mapping) for texts in value):
        value = "; ".join(str(next(iter(texts.values()), "")) for texts in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
