"""Doing several things side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from shared.faults import heed_cancellation

R = TypeVar("R")


async def together(works: Iterable[Coroutine[Any, Any, R]]) -> list[R]:
    """What all of `works` return, in their order. The first error calls the others off, and is raised when they ended.

    A group that is left while one of its tasks is at work marks its own task as cancelled for good if that one fails
    (Python 3.11 and 3.12): a timeout around it then ends as a cancellation, and nobody reads that batch again. So it
    is not left before.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            if tasks:
                await asyncio.wait(tasks)
    except ExceptionGroup as errors:
        heed_cancellation()
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
