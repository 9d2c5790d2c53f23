"""Trying again what failed for a passing reason: the one place that does, on tenacity. Knows no server by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.stop import stop_base
from tenacity.wait import wait_base

R = TypeVar("R")


async def again(
    work: Callable[[], Awaitable[R]],
    passes: Callable[[BaseException], bool],
    stop: stop_base,
    wait: wait_base,
    told: Callable[[BaseException], None] | None = None,
) -> R:
    """What `work` returns, tried again after `wait` while it fails with an error that `passes` by itself.

    Raises any other error at once, and the last one when it is time to `stop`. `told` hears of each error waited out.
    """
    first: list[BaseException] = []
    try:  # what succeeds at once, as nearly all does, need not pay for the means of trying again
        return await work()
    except BaseException as error:
        if not passes(error):
            raise
        first.append(error)

    async def attempt() -> R:
        if first:
            raise first.pop()
        return await work()

    def tell(state: RetryCallState) -> None:
        if told is not None and state.outcome is not None and (error := state.outcome.exception()) is not None:
            told(error)

    retrying = AsyncRetrying(retry=retry_if_exception(passes), stop=stop, wait=wait, before_sleep=tell, reraise=True)
    return await retrying(attempt)
