"""What is done again and again beside the batches, and outlives any error: it is told, and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from shared.faults import heed_cancellation, passes
from shared.telling import told, trace

SECONDS = 1.0
"""The pause between two rounds: how long an operator's request may wait."""
log = structlog.get_logger(__name__)


async def keep_doing(work: Callable[[], Awaitable[None]], consumer: str, pause: float = SECONDS) -> NoReturn:
    """`work` for the consumer of that name, with pauses (in seconds), until cancelled."""
    while True:
        try:
            await work()
        except Exception as error:
            if passes(error):
                log.warning("upkeep_waits", consumer=consumer, error=told(error))
            else:
                log.error("upkeep_failed", consumer=consumer, error=told(error), trace=trace(error))
        heed_cancellation()
        await asyncio.sleep(pause)
