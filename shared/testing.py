"""Given events, when command, then events: how deciders are told in tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.contracts.base import CloudEvent, Fact
from shared.decider import Command, Decider

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def event(fact: Fact, number: int = 1, time: datetime = NOW, stream: str = "test-1") -> CloudEvent[Fact]:
    """`fact` in an envelope whose id is `event-<number>`."""
    return CloudEvent[Fact](
        id=f"event-{number}",
        source="/test",
        type=fact.type,
        subject=stream,
        time=time,
        dataschema=f"/schemas/{fact.type}.json",
        sequence=f"{number:010d}",
        correlationid="test",
        actor="tester",
        data=fact,
    )


def decide(decider: Decider[Any, Any], given: Sequence[Fact], when: Command, now: datetime = NOW) -> list[Fact]:
    """The facts that `when` leads to after `given`."""
    state = decider.fold(decider.initial, [event(fact, i + 1) for i, fact in enumerate(given)])
    return list(decider.decide(when, state, now))
