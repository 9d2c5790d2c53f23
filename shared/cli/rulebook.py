"""Policies for work without a service: from a file, or the one that is in force today among those that come along."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from shared.cli.failure import Code, Failure
from shared.programme.policy import Policy, PolicyError, in_force, load_policies, parse_policy, read_folder

FOLDER = Path(__file__).parents[2] / "services" / "evaluation" / "policies"
"""The policies that come with the system, as files: evaluation publishes them."""


def text_of(file: Path) -> str:
    """The text of a policy file, exactly. Raises `Failure`."""
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise Failure(Code.USAGE, "no-file", file=file, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError as error:
        raise Failure(Code.USAGE, "bad-value", what=file, reason=f"no UTF-8 text at byte {error.start}") from None


def policy_of(file: Path | None, language: str) -> Policy:
    """The policy in `file`, else the one in force today (UTC). Raises `Failure` with all that is wrong in the file."""
    try:
        if file is not None:
            return parse_policy(text_of(file))
        return in_force(load_policies(read_folder(FOLDER)), datetime.now(UTC).date())
    except PolicyError as error:
        named = [(f"{p.file}:{p.line}" if p.file else str(p.line), p.field, p.texts[language]) for p in error.problems]
        wrong = "".join(f"\n  {line}: {field}: {text}" for line, field, text in named)
        raise Failure(Code.USAGE, "bad-value", what=file or FOLDER, reason=wrong) from None
    except LookupError as error:
        raise Failure(Code.USAGE, "bad-value", what=FOLDER, reason=error) from None
