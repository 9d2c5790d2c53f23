"""Callers that wait for what becomes of their drafts, and the deadlines by which they are answered."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from shared.errors import OutcomeUnknown, Unavailable
from shared.eventstore.commit import Appended, Draft


@dataclass(slots=True)
class Waiting:
    """A draft on its way to a log; `attempted` once it may have landed. `deadline` in the loop's seconds."""

    log: str
    draft: Draft
    future: asyncio.Future[Appended]
    deadline: float
    size: int
    attempted: bool = False


@dataclass(slots=True)
class Patience:
    """Sees that every caller is answered by its deadline."""

    _waiting: deque[Waiting] = field(default_factory=deque)
    _timer: asyncio.TimerHandle | None = None

    def watch(self, waiting: Waiting, loop: asyncio.AbstractEventLoop) -> None:
        """See that `waiting` is answered by its deadline.

        One timer serves all: to set and cancel one for each would cost as much as chaining a commit.
        """
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()
        self._waiting.append(waiting)
        if self._timer is None or self._timer.when() > waiting.deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(waiting.deadline, self._look_at_deadlines)

    def _look_at_deadlines(self) -> None:
        """Fail the futures of callers that waited long enough; the writer goes on, and finds them answered."""
        loop, self._timer = asyncio.get_running_loop(), None
        now = loop.time()
        for waiting in self._waiting:
            if waiting.deadline <= now and not waiting.future.done():
                _give_up(waiting)
        self._waiting = left = deque(w for w in self._waiting if not w.future.done())
        if left:
            self._timer = loop.call_at(min(w.deadline for w in left), self._look_at_deadlines)

    def unanswered(self) -> list[asyncio.Future[Any]]:
        """The futures of those who wait."""
        return [waiting.future for waiting in self._waiting if not waiting.future.done()]


def _give_up(waiting: Waiting) -> None:
    if waiting.attempted:
        error: Exception = OutcomeUnknown("it is not known whether this was recorded: retry with the same key")
    else:
        error = Unavailable(
            "the event store did not take this in time; this try recorded nothing: retry with the same key"
        )
    waiting.future.set_exception(error)
