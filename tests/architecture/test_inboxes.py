"""A reaction reads only the facts that it names: all those that its orders follow from, and no other."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

INBOXES = [path for path in sorted(ROOT.glob("services/*/inbox.py")) if "ACTS_ON" in path.read_text("utf-8")]


def matched(path: Path) -> set[str]:
    """The classes that the cases of a module ask for."""
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node.cls).split(".")[-1] for node in ast.walk(tree) if isinstance(node, ast.MatchClass)}


def test_three_services_react() -> None:
    assert [path.parent.name for path in INBOXES] == ["evaluation", "intake", "monitoring"]


@pytest.mark.parametrize("path", INBOXES, ids=lambda path: path.parent.name)
def test_what_it_names_is_what_it_acts_on(path: Path) -> None:
    inbox = importlib.import_module(f"services.{path.parent.name}.inbox")
    assert {fact.__name__ for fact in inbox.ACTS_ON} == matched(path) - {"int", "str"}
