"""Whoever knows one service knows all four: the same rooms, the same tests, small files that say what they are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.house import (
    DATA,
    LINES,
    LONG,
    OWN_ROOMS,
    PARTS,
    ROOMS,
    ROOT,
    SERVICES,
    TEST_LINES,
    TESTS_OF_NO_ROOM,
    files,
    name_of,
)


def present(service: str) -> dict[str, Path]:
    """The files and folders directly in a service, by name without suffix."""
    folder = ROOT / "services" / service
    found = {file.relative_to(folder).parts[0] for file in files() if file.is_relative_to(folder)}
    return {Path(name).stem: folder / name for name in sorted(found)}


@pytest.mark.parametrize("service", SERVICES)
def test_only_known_rooms(service: str) -> None:
    """A file is a room of every service, one that the plan gives to this service, or a declared part of a room."""
    known = set(ROOMS) | set(OWN_ROOMS.get(service, {})) | set(PARTS[service])
    unknown = [name_of(path) for name, path in present(service).items() if name not in known]
    assert unknown == [], (
        "name them after their role, or say in tests/architecture/house.py which room they are part of"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_declared_parts_are_there_and_belong_to_a_room(service: str) -> None:
    for part, what in PARTS[service].items():
        assert what.partition(":")[0] in ROOMS, part
        assert part in present(service), f"{part} is gone: take it out of tests/architecture/house.py"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_runs_is_complete(service: str) -> None:
    """Composition root, entry and settings come together; who decides has orders, and who has orders a door."""
    rooms = set(present(service))
    assert "__init__" in rooms
    if "app" in rooms:
        assert {"__main__", "settings", "api"} <= rooms
    if "decider" in rooms:
        assert "commands" in rooms


def test_no_room_by_another_name() -> None:
    """What one service calls a role, no other calls otherwise: only plain names, and data beside them."""
    for service in SERVICES:
        for name, path in present(service).items():
            if path.is_file():
                assert path.suffix in DATA, name_of(path)
                assert name == name.lower(), name_of(path)


@pytest.mark.parametrize("service", SERVICES)
def test_tests_are_named_after_the_rooms(service: str) -> None:
    """`tests/<service>/test_<room>.py` tests that room or part; the few others are named after what they prove."""
    known = set(ROOMS) | set(OWN_ROOMS.get(service, {})) | set(PARTS[service]) | set(TESTS_OF_NO_ROOM)
    found = {file.stem.removeprefix("test_"): file for file in (ROOT / "tests" / service).glob("test_*.py")}
    assert [name_of(file) for name, file in found.items() if name not in known] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_decision_and_every_door_is_tested(service: str) -> None:
    """A room that decides, projects or lets someone in has its own file of tests."""
    for room in ("decider", "projection", "inbox", "api"):
        if room in present(service):
            assert (ROOT / "tests" / service / f"test_{room}.py").exists(), f"{service}/{room}.py has no tests"


def test_files_are_small() -> None:
    """If one is too long: part it by what it speaks of."""
    lines = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in files(".py")}
    limits = {name: TEST_LINES if name.startswith("tests/") else LONG.get(name, (LINES, ""))[0] for name in lines}
    assert {name: n for name, n in lines.items() if n > limits[name]} == {}


def test_every_module_says_what_it_is() -> None:
    """An empty `__init__.py` of tests says nothing and needs no words."""
    texts = {name_of(file): file.read_text(encoding="utf-8") for file in files(".py")}
    wordless = [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))]
    assert [name for name in wordless if texts[name] or not name.startswith("tests/")] == []


def test_no_exception_outlives_its_reason() -> None:
    for name, (limit, why) in LONG.items():
        lines = len((ROOT / name).read_text(encoding="utf-8").splitlines())
        assert why, name
        assert LINES < lines <= limit, f"{name} has {lines} lines: mend or drop its exception"
