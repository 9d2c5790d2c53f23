"""The walls: who may import whom. They stand in pyproject.toml; here it is proved that they hold, and can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_walls_hold() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


BROKEN = {
    "shared/notes.py": "import services.intake",
    "services/intake/decider.py": "import shared.notes",
    "services/reporting/projection.py": "import shared.notes",
    "services/monitoring/commands.py": "import shared.notes",
    "services/evaluation/api.py": "import services.intake.commands",
    "shared/contracts/notes.py": "import motor",
}
"""A wrong import in each place that a wall guards; `shared.notes` reaches an IO library, but only indirectly."""


@pytest.fixture(name="small")
def small_house(tmp_path: Path) -> Path:
    """A small house of the same plan."""
    for folder in _PACKAGES:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").write_text("")
    for module in _MODULES:
        (tmp_path / f"{module}.py").write_text("")
    (tmp_path / "shared" / "notes.py").write_text("import shared.mongo")
    (tmp_path / "shared" / "mongo.py").write_text("import motor")
    return tmp_path


def test_the_small_house_stands(small: Path) -> None:
    found = lint(small)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("place", BROKEN)
def test_a_wall_notices(place: str, small: Path) -> None:
    """One wrong import is enough."""
    (small / place).write_text(BROKEN[place])
    assert "BROKEN" in lint(small).stdout


_SERVICES = [f"services/{service}" for service in ("intake", "evaluation", "monitoring", "reporting")]
_PACKAGES = ("services", *_SERVICES, "shared", "shared/contracts", "shared/programme")
_ROOMS = [f"{service}/{room}" for service in _SERVICES for room in ("commands", "decider", "projection")]
_MODULES = ("shared/decider", "shared/errors", "shared/projection", *_ROOMS)
