"""Tasks that go on though nobody waits for them any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def kept(work: Coroutine[Any, Any, R], among: set[asyncio.Task[Any]]) -> asyncio.Task[R]:
    """`work` as a task that is in `among` until it has ended; its error need not be asked for.

    The event loop alone does not keep a task: one that only waits may be thrown away in the middle.
    """
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)
    task.add_done_callback(_read)
    return task


def _read(ended: asyncio.Task[Any]) -> None:
    if not ended.cancelled():
        ended.exception()
