"""A log's events are proved in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.chain import Chain
from services.reporting.journal import _document
from tests.reporting.telling import Record, money, started


def log(commits: int = 4) -> list[dict[str, Any]]:
    """A log of commits of one, two and three events."""
    record = Record()
    for i in range(commits):
        facts = [started("p", fund_amount=money(1 + n)) for n in range(1 + i % 3)]
        record.tell("monitoring", "project-p", *facts)
    return [_document(event, i) for i, event in enumerate(record.events, 1)]


def taken(events: Iterable[dict[str, Any]]) -> Chain:
    chain = Chain()
    for event in events:
        chain.take(event)
    return chain


@given(st.permutations(log()))
def test_in_any_order_the_chain_is_the_same(events: list[dict[str, Any]]) -> None:
    last, chain = log()[-1], taken(events)
    assert chain.differences("monitoring-0") == []
    assert chain.head == ((last["n"], last["index"]), last["hash"])


@given(st.permutations(log()), st.integers(0, 5))
def test_a_missing_event_is_told_wherever_it_was_but_at_the_end(events: list[dict[str, Any]], missing: int) -> None:
    whole = log()
    after = whole[missing + 1]
    kept = [event for event in events if event["_id"] != whole[missing]["_id"]]
    assert taken(kept).differences("x") == [
        f"journal of x at {after['n']}.{after['index']}: the events before it are missing"
    ]


@given(
    st.permutations(log()),
    st.integers(0, 6),
    st.sampled_from(["text", "hash", "stream", "command", "version", "recorded"]),
)
def test_a_changed_event_is_told(events: list[dict[str, Any]], changed: int, field: str) -> None:
    one = log()[changed]
    value = {"version": 99, "recorded": "2001-01-01T00:00:00.000Z"}.get(field, f"{one[field]} ")
    found = taken(e | {field: value} if e["_id"] == one["_id"] else e for e in events).differences("x")
    assert (
        f"journal of x at {one['n']}.{one['index']}: its hash does not fit what is recorded of it and before it"
        in found
    )
    assert len(found) == (2 if field == "hash" and changed < 6 else 1)
