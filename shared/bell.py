"""Waiting for a bell that may not ring."""

from __future__ import annotations

import asyncio
import contextlib


async def heard(bell: asyncio.Event, seconds: float) -> None:
    """Until `bell` is set, or `seconds` have passed.

    Not with `asyncio.wait_for`: before Python 3.12 it forgets that it was cancelled if the bell rings in that moment,
    and what was to end goes on for ever.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
