"""`trama demo`, as a new user runs it: real servers, real processes, told twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

COUNTS = {"2000-12-31": 1, "2001-12-31": 2, "2002-12-31": 4, "2003-12-31": 5}


def tell(data: Path) -> str:
    line = [sys.executable, "-m", "shared.cli", "demo", "--once", "--lang", "en", "--data", str(data)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def figures(story: str) -> str:
    """The reports per country and per cluster, and the portfolio."""
    return story[story.index("Per country") : story.index("Told and proved")]


@pytest.mark.timeout(400)
def test_the_story_is_told_proved_and_doubles_nothing_when_told_again(tmp_path: Path) -> None:
    first = tell(tmp_path)
    assert "Told and proved" in first
    assert "recorded before" not in first
    for day, count in COUNTS.items():
        assert re.search(rf"{day}  projects: {count}", first), first
    assert "Paragominas" in figures(first)
    assert "Paraná" not in figures(first)
    again = tell(tmp_path)
    assert figures(again) == figures(first)
    orders = again.count("recorded before")
    assert orders == 5 + 1 + 2 + 2 + 5  # approvals, correction, submissions, decision, what the project did
    left = [
        p.info["pid"] for p in psutil.process_iter(["pid", "cmdline"]) if str(tmp_path) in (p.info["cmdline"] or [])
    ]
    assert left == []
