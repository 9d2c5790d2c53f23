"""What is asked before a commit is what `make check` asks, and it needs nothing from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.architecture.house import ROOT

HOOKS = ROOT / ".pre-commit-config.yaml"


def planned(target: str) -> list[str]:
    """The commands that a target would run, set up already."""
    command = ["make", "-s", "-n", "-o", ".venv/.installed", "-o", "setup", target, "SERVERS=containers", "ARGS=-x"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line.strip() for line in found.stdout.splitlines() if not line.strip().startswith("echo ")]


def test_hooks_run_what_make_check_runs() -> None:
    [local] = yaml.safe_load(HOOKS.read_text())["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == planned("check")


def test_the_hooks_are_valid() -> None:
    command = [str(Path(sys.executable).with_name("pre-commit")), "validate-config", str(HOOKS)]
    subprocess.run(command, check=True)


def test_servers_and_options_are_passed_on() -> None:
    [command] = planned("test")
    assert command.startswith("TRAMA_TEST_SERVERS=containers ")
    assert command.endswith(" -x")


def test_the_stories_are_told_by_the_command_line() -> None:
    assert planned("demo") == [".venv/bin/python -m shared.cli demo -x"]
    assert planned("up") == [".venv/bin/python -m shared.cli up -x"]
