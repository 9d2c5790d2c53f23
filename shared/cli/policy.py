"""`policy`: check a policy file, compare two, and try one on past proposals."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli import explain, flips, past, show
from shared.cli.classify import ref
from shared.cli.command import Result, Session, command
from shared.cli.failure import Code
from shared.cli.rulebook import policy_of, text_of
from shared.programme.backtest import backtest as tried
from shared.programme.policy import PolicyError, parse_policy
from shared.programme.policy_diff import diff as differences

EVALUATOR = "evaluator"
File = Annotated[Path, typer.Argument(help="a policy file (YAML)", show_default=False)]


def add(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Selection policies: check, compare, and try on the past.")
    command(group, "check", ["trama policy check draft.yaml", "trama policy check draft.yaml --lang pt"])(check)
    command(group, "diff", ["trama policy diff 2000-01-01.default.yaml draft.yaml"])(diff)
    trials = ["trama policy backtest draft.yaml", "trama policy backtest draft.yaml --proposals past.jsonl --json"]
    command(group, "backtest", trials)(backtest)
    app.add_typer(group, name="policy")


def check(session: Session, file: File) -> Result:
    """Say whether a policy file can be used; if not, every line and field that is wrong, and what is allowed.

    Exit code 2 if it can't.
    """
    try:
        policy = parse_policy(text_of(file))
    except PolicyError as error:
        return _invalid(session, file, error)
    if session.json:
        show.as_json({"valid": True, **ref(policy), "effective": policy.effective.isoformat(), "problems": []})
    else:
        values = {"version": policy.version, "effective": policy.effective, "hash": policy.hash}
        show.line(explain.told("valid", session.language, file=file, **values))
    return None


def _invalid(session: Session, file: Path, error: PolicyError) -> Code:
    if session.json:
        problems = [{"line": p.line, "field": p.field, "texts": p.texts} for p in error.problems]
        show.as_json({"valid": False, "problems": problems})
        return Code.USAGE
    show.line(explain.told("invalid", session.language, file=file))
    heads = [explain.told(key, session.language) for key in ("line", "field", "problem")]
    rows = [(str(p.line), flips.plain(p.field), flips.plain(p.texts[session.language])) for p in error.problems]
    explain.table(heads, rows, right=(0,))
    return Code.USAGE


def diff(
    session: Session,
    a: Annotated[Path, typer.Argument(help="a policy file (YAML)", show_default=False)],
    b: Annotated[Path, typer.Argument(help="another one", show_default=False)],
) -> Result:
    """Say in words what differs between two policies. Exit code 1 if anything does."""
    old, new = policy_of(a, session.language), policy_of(b, session.language)
    found = differences(old, new)
    if session.json:
        show.as_json({"old": ref(old), "new": ref(new), "differences": found})
    elif not found:
        explain.text(explain.told("same", session.language))
    else:
        values = {"old": old.version, "new": new.version, "count": len(found)}
        explain.text(explain.told("differs", session.language, **values))
        for sentence in found:
            explain.text(f"- {sentence[session.language]}")
    return not found


def backtest(
    session: Session,
    file: File,
    proposals: Annotated[
        Path | None, typer.Option(help="past proposals: JSON lines, a document, or a folder (else evaluation's)")
    ] = None,
    old: Annotated[Path | None, typer.Option(help="with --proposals: the policy to compare with")] = None,
) -> Result:
    """Try a policy on past proposals: what would flip, and which rule makes each flip. Nothing is written.

    Without --proposals, evaluation tries it on all that it has, each against the policy that it was assessed under.
    """
    if old is not None and proposals is None:
        raise typer.BadParameter(
            "needs --proposals: evaluation knows which policy each was assessed under", param_hint="--old"
        )
    text = text_of(file)
    new = policy_of(file, session.language)
    if proposals is None:
        key = f"backtest-{sha256(text.encode()).hexdigest()[:40]}"
        report: Any = session.client.order("evaluation", "/policies/backtest", EVALUATOR, {"text": text}, key)
        before = None
    else:
        before = policy_of(old, session.language)
        report = flips.report(new, before, tried(past.read(proposals), before, new))
    if session.json:
        show.as_json(report)
    else:
        flips.tell(report, new, before, session.language)
    return None
