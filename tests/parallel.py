"""How the tests are shared out among several processes (pytest-xdist), and what those have in common.

Tests of one group run one after another in the same process; a group is what one server, or one set of services, is
started for. Whatever needs no such thing goes file by file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

APART = {
    "tests/journey/test_demo.py": "stacks",
    "tests/deploy/test_foreground.py": "stacks",
    "tests/cli/test_up.py": "stacks",
}
"""Files that start all servers at once: never two of them side by side."""
FIRST = (
    "stacks",
    "doors",
    "kafka",
    "services",
    "tests/cli/test_reconcile.py",
    "tests/cli/test_commands.py",
    "tests/doors/test_foreign_messages.py",
    "tests/shared/test_eventstore.py",
    "tests/shared/test_lifecycle.py",
)
"""What takes longest is begun first, so that no process is left with it at the end."""


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out whole groups; they are what the working processes found when they collected the tests."""

    folder: Path

    @cached_property
    def _groups(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(next(self.folder.glob("*.json")).read_text())
        return found

    def _split_scope(self, nodeid: str) -> str:
        return self._groups[nodeid]


def share_out(items: list[pytest.Item], file: Path) -> None:
    """Bring the groups into the order in which they are begun, and write into `file` which test is of which."""
    order = {name: number for number, name in enumerate(FIRST)}
    groups = {item.nodeid: group(item.nodeid.partition("::")[0], getattr(item, "fixturenames", ())) for item in items}
    items.sort(key=lambda item: order.get(groups[item.nodeid], len(FIRST)))
    file.write_text(json.dumps(groups))


def group(path: str, fixtures: Sequence[str]) -> str:
    """The group of a test of the file `path` that uses these fixtures."""
    if "services" in fixtures:
        return "doors" if path.startswith("tests/doors/") else "services"
    if "kafka_servers" in fixtures:  # topics have the names that the services know: one user at a time
        return "kafka"
    return APART.get(path, path)
