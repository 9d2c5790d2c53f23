"""Past proposals from files: JSON lines, JSON documents, or a folder of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from shared.cli import documents
from shared.cli.classify import wrong
from shared.cli.failure import Code, Failure
from shared.programme.historical import HistoricalProject
from shared.programme.past import PastProposal, past_of

Past = PastProposal | HistoricalProject
SUFFIXES = (".json", ".jsonl", ".yaml", ".yml")


def read(place: Path) -> Iterator[tuple[str, Past]]:
    """The past proposals in a file, or in the files of a folder, each with its id. Raises `Failure`.

    A line of a `.jsonl` file, or a document, is a proposal, an approved project, or `{"id": ..., "proposal": {...}}`;
    a file of approved projects has them under `projects`. Without an id, the file's name and the line's number are it.
    """
    if place.is_dir():
        files = sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES)
        if not files:
            raise Failure(Code.USAGE, "no-file", file=place, reason=f"no file ends in {', '.join(SUFFIXES)}")
        for file in files:
            yield from _file(file)
    else:
        yield from _file(place)


def _file(file: Path) -> Iterator[tuple[str, Past]]:
    if file.suffix.lower() != ".jsonl":
        yield from _document(file)
        return
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _one(line, f"{file.stem}:{number}", f"{file}:{number}")
    except OSError as error:
        raise Failure(Code.USAGE, "no-file", file=file, reason=error.strerror or type(error).__name__) from None


def _document(file: Path) -> Iterator[tuple[str, Past]]:
    text = documents.read(file)
    try:
        given = from_json(text)
    except ValueError as error:
        raise Failure(Code.USAGE, "bad-value", what=file, reason=f"no JSON: {error}") from None
    projects = given.get("projects") if isinstance(given, dict) else None
    if isinstance(projects, list):
        for number, project in enumerate(projects, start=1):
            yield _one(to_json(project), f"{file.stem}:{number}", f"{file}, project {number}")
    else:
        yield _one(text, file.stem, str(file))


def _one(text: bytes, name: str, where: str) -> tuple[str, Past]:
    try:
        if b'"proposal"' in text:
            given = from_json(text)
            if isinstance(given, dict) and isinstance(given.get("proposal"), dict):
                return str(given.get("id", name)), PastProposal.model_validate(given["proposal"])
        return name, past_of(text)
    except ValidationError as error:
        raise Failure(Code.USAGE, "bad-value", what=where, reason=wrong(error)) from None
    except ValueError as error:
        raise Failure(Code.USAGE, "bad-value", what=where, reason=f"no JSON: {error}") from None
