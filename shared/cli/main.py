"""The commands of `trama`, put together."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from shared.cli import (
    classify,
    demo,
    doctor,
    identity,
    parked,
    policy,
    proofs,
    proposals,
    reconcile,
    reports,
    stack,
    watch,
)
from shared.cli.command import before_commands
from shared.cli.failure import MEANINGS
from shared.version import VERSION

_CODES = ", ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
app = typer.Typer(
    name="trama",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit codes: {_CODES}.\n\n`trama COMMAND --help` shows examples of each.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(VERSION)
        raise typer.Exit


def trama(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and end")
    ] = False,
) -> None:
    """Trama: a development programme, from proposal to result, as a record of facts that is never overwritten."""


before_commands(app, trama)
for part in (stack, demo, proposals, watch, reports, classify, policy, proofs, reconcile, parked, identity, doctor):
    part.add(app)


def main() -> None:
    """Run the command line; ends the process. What the terminal can't show is shown as well as it can."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    app()
