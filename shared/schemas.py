"""The committed documents of the contracts, and the command that writes them: `python -m shared.schemas [--check]`.

`docs/contracts/schemas/<type>/<k>.json` is the k-th published schema of an event, from 1; all are kept. A changed
contract becomes the next number if it can read all earlier ones, and is refused if not; changed words only are
written over the newest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from shared.asyncapi import asyncapi_document
from shared.contracts import compatible, registry, schema, tables
from shared.contracts.topics import SERVICES, contract_types
from shared.errors import TramaError

DOCUMENTS = Path(__file__).parents[1] / "docs" / "contracts"
PAGE = DOCUMENTS.parent / "contracts.md"


class Incompatible(TramaError):
    """A changed contract could not read what was recorded under an earlier one."""


def revisions(type_name: str, folder: Path = DOCUMENTS) -> list[schema.Json]:
    """Every published schema of an event, the first one first; raises `Incompatible` if a number is missing."""
    found = sorted((folder / "schemas" / type_name).glob("*.json"), key=lambda file: int(file.stem))
    if [int(file.stem) for file in found] != list(range(1, len(found) + 1)):
        raise Incompatible(f"{type_name}: a published schema is missing; have {[file.name for file in found]}")
    return [json.loads(file.read_text(encoding="utf-8")) for file in found]


def published_types(folder: Path = DOCUMENTS) -> list[str]:
    """The names of all events that were ever published."""
    return sorted(path.name for path in (folder / "schemas").glob("*") if path.is_dir())


def refusals(type_name: str, earlier: list[schema.Json]) -> list[str]:
    """Why the contract as it is now could not read what was written under `earlier`; empty if it can."""
    views = {"as published": schema.published(type_name), "as read": schema.readable(type_name)}
    return [
        f"{type_name} against its schema {number}, {view}: {fault}"
        for number, old in enumerate(earlier, 1)
        for view, new in views.items()
        for fault in compatible.faults(old, new)
    ]


def schema_document(type_name: str) -> schema.Json | None:
    """The schema of an event as it is served, of one that is only read still too; None for a type never published."""
    if type_name in contract_types():
        return schema.published(type_name)
    return revisions(type_name)[-1] if type_name in published_types() else None


def documents(folder: Path = DOCUMENTS) -> dict[Path, str]:
    """What must be committed, by file. Raises `Incompatible` for a change that is refused."""
    wanted: dict[Path, str] = {}
    newest: dict[str, int] = {}
    for name in contract_types():
        newest[name] = _number(name, revisions(name, folder))
        wanted[folder / "schemas" / name / f"{newest[name]}.json"] = schema.text(schema.published(name))
    for service in SERVICES:
        document = asyncapi_document(service, lambda name: f"../schemas/{name}/{newest[name]}.json")
        wanted[folder / "asyncapi" / f"{service}.json"] = schema.text(document)
    return wanted


def _number(type_name: str, earlier: list[schema.Json]) -> int:
    """The number under which the contract as it is now is published."""
    if refused := refusals(type_name, earlier):
        raise Incompatible("\n".join([*refused, "Make the change optional, or a new version of the event."]))
    changed = not earlier or not schema.same_meaning(earlier[-1], schema.published(type_name))
    return len(earlier) + changed


def forgotten(folder: Path = DOCUMENTS) -> list[str]:
    """Events that were published and can't be decoded any more; must be empty."""
    return [name for name in published_types(folder) if not registry.known(name)]


def outdated(wanted: Mapping[Path, str]) -> Iterator[Path]:
    """The files whose text is not what it should be."""
    for file, text in wanted.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield file


def main(arguments: list[str] | None = None) -> int:
    """Write the documents, or with `--check` say which are out of date (exit code 1)."""
    parser = argparse.ArgumentParser(prog="python -m shared.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if something is out of date")
    check: bool = parser.parse_args(arguments).check
    try:
        wanted = documents() | {PAGE: tables.renewed(PAGE.read_text(encoding="utf-8"))}
        if lost := forgotten():
            raise Incompatible(f"published, but not known any more: {', '.join(lost)}; keep them or add an upcaster")
    except Incompatible as error:
        print(error, file=sys.stderr)
        return 1
    stale = list(outdated(wanted))
    for file in stale:
        print(f"{'out of date' if check else 'written'}: {file.relative_to(DOCUMENTS.parents[1])}")
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[file], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
