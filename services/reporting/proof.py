"""That the live figures and names are what the sheets say, and one hash over the whole read model: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from services.reporting.figures import exact
from services.reporting.report import Report, Reporter
from services.reporting.sheet import Figure, Sheet
from services.reporting.totals import Total, figures_of, name_of

KINDS = ("country", "cluster")


class Digest:
    """SHA-256 (hex) over documents in the order in which they are taken; their fields' order does not matter."""

    def __init__(self) -> None:
        self._hash = sha256()

    def take(self, document: Mapping[str, Any]) -> None:
        """Add a document of JSON-like values."""
        self._hash.update(_bytes(document))

    @property
    def value(self) -> str:
        """The hash of what was taken."""
        return self._hash.hexdigest()


def fingerprint(document: Mapping[str, Any]) -> bytes:
    """A short hash of one document, for comparing many: 16 bytes of SHA-256."""
    return sha256(_bytes(document)).digest()[:16]


class Prover:
    """Takes sheets one by one; then tells in which figures and names totals differ from what the sheets say."""

    def __init__(self) -> None:
        self._reporters = {kind: Reporter(kind, told=False) for kind in KINDS}

    def take(self, sheet: Sheet) -> None:
        """Add a stream's sheet."""
        for reporter in self._reporters.values():
            reporter.take(sheet)

    def differences(self, totals: Iterable[Total]) -> list[str]:
        """One line for each figure or name that differs; empty if all is as it should be."""
        by_key: dict[tuple[str, str], list[Total]] = {}
        for total in totals:
            by_key.setdefault((total["kind"], total["key"]), []).append(total)
        reports = {(kind, key): r for kind, rep in self._reporters.items() for key, r in rep.reports().items()}
        found = []
        for place in sorted({*by_key, *reports}):
            found += _compare(place, reports.get(place), by_key.get(place, []))
        return found


def _bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _compare(place: tuple[str, str], report: Report | None, totals: Sequence[Total]) -> list[str]:
    kept = {figure: exact(value) for figure, value in figures_of(totals).items()}
    derived = {figure: exact(sum_.value) for figure, sum_ in report.figures.items()} if report else {}
    found = [
        f"{' '.join(place)}: {_says(figure)} is {kept.get(figure, '0')}, but the sheets say {derived.get(figure, '0')}"
        for figure in sorted({*kept, *derived}, key=lambda f: f.order)
        if kept.get(figure) != derived.get(figure)
    ]
    called, named = name_of(totals), report.named if report else None
    if called != ((named["place"], named["sector"]) if named else (None, None)):
        found.append(f"{' '.join(place)}: it is called {called[0]}, {called[1]}, but the sheets say otherwise")
    return found


def _says(figure: Figure) -> str:
    shared = f"shared by {figure.shared_by}" if figure.shared_by > 1 else None
    return " ".join(part for part in (figure.name, figure.group, figure.currency, shared) if part is not None)
