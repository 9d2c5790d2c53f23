"""A tiny aggregate for tests of what is shared: a counter that may not exceed a limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from shared.contracts.base import CloudEvent, Fact
from shared.decider import Command, Decider
from shared.errors import Refused

LIMIT = 1_000_000


class Counted(Fact, type="test.counted.v1"):
    """`by` was added."""

    by: int


class Add(Command):
    """Add `by`; `times` facts of it in one commit."""

    by: int
    times: int = 1


class Total(BaseModel):
    """What was added up, and in how many facts."""

    total: int = 0
    facts: int = 0


def _decide(command: Add, state: Total, now: datetime) -> Sequence[Fact]:
    if state.total + command.by > LIMIT:
        raise Refused("count.limit", {"en": f"at most {LIMIT}"}, "/by")
    return [Counted(by=command.by)] * command.times if command.by else []


def _evolve(state: Total, event: CloudEvent[Fact]) -> Total:
    assert isinstance(event.data, Counted)
    return Total(total=state.total + event.data.by, facts=state.facts + 1)


COUNTER = Decider("counter", Total(), _decide, _evolve)
