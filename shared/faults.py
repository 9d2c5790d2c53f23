"""Whose fault an error of a handler is: the infrastructure's, which is waited out, or the event's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiokafka.errors import KafkaError
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError, WriteError
from tenacity import RetryCallState
from tenacity.wait import wait_base

from shared.errors import ChainBroken, Conflict, OutcomeUnknown, Unavailable
from shared.mongo import is_transient
from shared.position import Jump, Overtaken

PAUSE = 0.5
"""Seconds between two tries while a server is away."""
TOO_LARGE = 10334
"""MongoDB's code for a document above 16 MB: `BSONObjectTooLarge`."""
_PASSING = (Overtaken, Unavailable, OutcomeUnknown, Conflict, KafkaError, ConnectionError, TimeoutError)


def passes(error: BaseException) -> bool:
    """Whether the same work may succeed later, with nothing changed but the infrastructure."""
    return isinstance(error, _PASSING) or is_transient(error)


@contextmanager
def waited_out(tell: Callable[[Exception], None]) -> Iterator[None]:
    """What passes by itself, and any error of the network, is told and no more: who loops tries again.

    Raises any other error, and `CancelledError` as `heed_cancellation` does.
    """
    try:
        yield
    except Exception as error:
        if not passes(error) and not isinstance(error, OSError):
            raise
        tell(error)
    heed_cancellation()


def heed_cancellation() -> None:
    """Raise `CancelledError` if this task was cancelled, but not ended by it. For loops that outlive errors.

    A client that is closed on the way out may raise an error of its own, such as that of a fenced producer; it takes
    the place of the cancellation, and a loop that waits it out would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def is_own(error: BaseException) -> bool:
    """Whether an event fails by itself: a document that the database refuses is its fault, a refused login is not."""
    if not isinstance(error, Exception) or passes(error) or isinstance(error, Jump | ChainBroken | MemoryError):
        return False
    if isinstance(error, OperationFailure) and error.code == TOO_LARGE:
        return True
    return isinstance(error, WriteError | BulkWriteError) or not isinstance(error, PyMongoError)


class Pause(wait_base):
    """Who was overtaken reads again at once; a server that is away is given time."""

    def __call__(self, retry_state: RetryCallState) -> float:
        """The pause in seconds."""
        error = retry_state.outcome.exception() if retry_state.outcome is not None else None
        return 0.02 if isinstance(error, Overtaken) else PAUSE
