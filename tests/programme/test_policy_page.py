"""The walk-through of docs/policies.md: its commands are run, and print what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policies.md"
HASH = re.compile(r"SHA-256 [0-9a-f]+")


def steps(page: str) -> list[tuple[str, list[str]]]:
    """Each command of the page's consoles, and what it prints there."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, said("\n".join(lines))) for command, lines in found]


def said(text: str) -> list[str]:
    """The lines that say something, whatever a policy's hash may be."""
    return [re.sub(HASH, "SHA-256 ...", line.rstrip()) for line in text.splitlines() if line.strip()]


def workshop(folder: Path) -> dict[str, str]:
    """A folder with copies of what the page works on, and `trama` and `python` on the path."""
    for part in ("services/evaluation/policies", "shared/programme/examples"):
        shutil.copytree(ROOT / part, folder / part)
    commands = folder / "bin"
    commands.mkdir()
    for name, what in (("trama", "-m shared.cli"), ("python", "")):
        script = commands / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {what} "$@"\n')
        script.chmod(0o755)
    path = f"{commands}:{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8", "PYTHONIOENCODING": "utf-8"}


def test_the_walk_through_prints_what_the_page_says(tmp_path: Path) -> None:
    environment = workshop(tmp_path)
    for command, expected in steps(PAGE.read_text("utf-8")):
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert said(done.stdout) == expected, command
