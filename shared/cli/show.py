"""What the user sees: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared.cli.failure import Answered, Failure
from shared.cli.words import Language, say

WIDE = 200
"""Columns that a table may take where the output is no terminal: a line of a log or a file is not folded at 80."""


class Step(Protocol):
    """Tells how far long work is."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done, and how far it is if that is known."""


def out() -> Console:
    """Standard output, as it is now."""
    return _console(sys.stdout)


def err() -> Console:
    """Standard error, as it is now."""
    return _console(sys.stderr)


def _console(file: Any) -> Console:
    console = Console(file=file, highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(file=file, highlight=False, soft_wrap=True, width=WIDE)


def line(text: str = "") -> None:
    """A line of the result, as it is."""
    out().print(text, markup=False)


def as_json(value: Any) -> None:
    """The result for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=1 if sys.stdout.isatty() else None, default=str), flush=True)


def table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    right: Collection[int] = (),
    whole: Collection[int] = (),
) -> None:
    """A table; the columns numbered in `right` hold figures, which are never cut, nor what those in `whole` hold.

    A cell None is shown as -.
    """
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        uncut = number in right or number in whole
        made.add_column(column, justify="right" if number in right else "left", overflow="fold", no_wrap=uncut)
    for row in rows:
        made.add_row(*("-" if cell is None else escape(str(cell)) for cell in row))
    out().print(made, soft_wrap=False)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Step]:
    """Progress on standard error while the block runs; nothing where that is no terminal, or `quiet`."""
    console = err()
    if quiet or not console.is_terminal:
        yield lambda text, done=0, total=0: None
        return
    text = TextColumn("{task.description}")
    columns = (SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda text, done=0, total=0: bar.update(
            task, description=escape(text), completed=done, total=total or None
        )


def failure(error: Failure, language: Language, json_wanted: bool) -> None:
    """Tell why a command ends."""
    text = say(error.key, language, **error.values)
    if json_wanted:
        told = {"error": error.key, "detail": text, "exit": int(error.code)}
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        return
    err().print(f"[bold red]{say('error', language)}:[/] {escape(text)}")


def answered(error: Answered, language: Language, json_wanted: bool) -> None:
    """Tell a problem document: its title, then each place with the rule and what to do."""
    document = error.document
    if json_wanted:
        print(json.dumps(document, ensure_ascii=False), file=sys.stderr)
        return
    console = err()
    console.print(f"[bold red]{say('error', language)}:[/] {escape(_headline(document))}")
    for found in document.get("errors") or []:
        place = found.get("pointer") or found.get("parameter") or "/"
        console.print(f"  [bold]{escape(place)}[/]  {escape(str(found.get('detail', '')))}")
        console.print(f"    {say('rule', language)}: {escape(str(found.get('rule', '')))}")
        if found.get("fix"):
            console.print(f"    {say('fix', language)}: {escape(str(found['fix']))}")
    if document.get("correlation_id"):
        console.print(f"  [dim]{say('correlation', language)}: {escape(str(document['correlation_id']))}[/]")


def _headline(document: Mapping[str, Any]) -> str:
    title, detail = str(document.get("title", "")), str(document.get("detail", ""))
    return f"{title}. {detail}" if detail and detail != title else title
