"""Waiting for a bell: it ends when the bell rings, when the time is over, and always when it is cancelled."""

from __future__ import annotations

import ast
import asyncio

import pytest

from shared.bell import heard
from tests.architecture.house import ROOT


async def test_a_ring_is_heard_and_silence_ends() -> None:
    bell = asyncio.Event()
    await heard(bell, 0.01)
    bell.set()
    async with asyncio.timeout(60):
        await heard(bell, 3600)


@pytest.mark.parametrize("steps", range(8))
async def test_who_is_cancelled_while_it_rings_is_cancelled(steps: int) -> None:
    """In whatever step of the loop the ring and the cancellation meet."""
    bell = asyncio.Event()
    waiting = asyncio.create_task(heard(bell, 3600))
    await asyncio.sleep(0)
    bell.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled = waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled() == cancelled


def test_nothing_that_can_be_cancelled_waits_in_a_way_that_forgets_it() -> None:
    """`asyncio.wait_for` does, before Python 3.12."""
    files = [path for folder in ("shared", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]
    asked = {path for path in files for node in ast.walk(ast.parse(path.read_text("utf-8"))) if _waits(node)}
    assert asked == set()


def _waits(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "wait_for" and ast.unparse(node.value) == "asyncio"
