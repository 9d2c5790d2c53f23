"""`classify`: explain one proposal under a policy, without any service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic_core import from_json

from shared.cli import documents, explain, show
from shared.cli.command import Result, Session, command
from shared.cli.failure import Code, Failure
from shared.cli.rulebook import policy_of
from shared.programme.classify import classify as classified
from shared.programme.historical import HistoricalProject
from shared.programme.policy import Policy
from shared.programme.proposal import Proposal
from shared.programme.screen import screen, typology_for

_SHOWN = 12  # hexadecimal digits of a hash that a person compares


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    examples = ["trama classify proposal.json", "trama classify proposal.yaml --policy draft.yaml --lang es --json"]
    command(app, "classify", examples)(classify)


def classify(
    session: Session,
    file: Annotated[Path, typer.Argument(help="a proposal or an approved project, JSON or YAML", show_default=False)],
    policy: Annotated[Path | None, typer.Option(help="a policy file (else the one in force today)")] = None,
) -> Result:
    """Explain one proposal: its typology, the points of each row and why, and every check with what to do.

    Needs no service, and writes nothing.
    """
    rules = policy_of(policy, session.language)
    source = source_of(file)
    found = classified(source, rules)
    checks = screen(source, rules, typology_for(found.declared, found.typology))
    if session.json:
        show.as_json({"policy": ref(rules), "classification": found.model_dump(), "screening": checks.model_dump()})
        return None
    title = source.title.given()
    explain.text(title.get(session.language) or next(iter(title.values())))
    explain.text(told_policy(rules, session.language))
    explain.classification(found, session.language)
    explain.screening(checks, session.language)
    return None


def ref(policy: Policy) -> dict[str, str]:
    """Which policy a result was made under."""
    return {"version": policy.version, "hash": policy.hash}


def told_policy(policy: Policy, language: str) -> str:
    """Which policy a result was made under, for a person."""
    values = {"version": policy.version, "effective": policy.effective, "hash": policy.hash[:_SHOWN]}
    return explain.told("policy", language, **values)


def source_of(file: Path) -> Proposal | HistoricalProject:
    """The proposal, or the approved project, in a file. Raises `Failure` with every field that is wrong."""
    try:
        given = from_json(documents.read(file))
        kind: Any = HistoricalProject if isinstance(given, dict) and "approved_on" in given else Proposal
        source: Proposal | HistoricalProject = kind.model_validate(given, extra="forbid")
    except ValidationError as error:
        raise Failure(Code.USAGE, "bad-value", what=file, reason=wrong(error)) from None
    except ValueError as error:
        raise Failure(Code.USAGE, "bad-value", what=file, reason=f"no JSON: {error}") from None
    return source


def wrong(error: ValidationError) -> str:
    """Each field that is wrong, with what is."""
    return "".join(f"\n  /{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
