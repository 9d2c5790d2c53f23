"""The repository speaks of the product, and leaves nothing for later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, files, name_of

_MARK = r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"
LATER = re.compile(rf"(?:#|//|<!--).*{_MARK}|{_MARK}\s*[:(]")
"""As a comment or a label; in Spanish one of these is a word."""
ELSEWHERE = re.compile(r"(?<![\w.])/(home|root|Users|work)/[\w.-]+|[A-Z]:\\\\?Users")
FOREIGN = ("tests/contracts/asyncapi-specs/", "LICENSE")
"""Texts of others, kept as they are."""
TEXTS = [
    file
    for file in files(".py", ".md", ".yaml", ".yml", ".toml", ".json", ".html", ".css", ".sh", "")
    if not name_of(file).startswith(FOREIGN) and file.suffix != ".lock"
]


@pytest.mark.parametrize("pattern", [LATER, ELSEWHERE], ids=["for later", "a path of someone's machine"])
def test_no_text_speaks_of(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name_of(file)}:{number}: {line.strip()[:100]}"
        for file in TEXTS
        for number, line in enumerate(_lines(file), 1)
        if pattern.search(line)
    ]
    assert found == []


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def test_every_decision_is_short_and_numbered() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in decisions] == list(range(1, len(decisions) + 1))
    for file in decisions:
        assert len(_lines(file)) <= 30, f"{file.name}: a decision takes at most 30 lines"
