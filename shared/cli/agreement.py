"""Whether store, topics and read models hold the same: pure, over what the admin doors tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["equal", "behind", "unequal"]
"""`behind` may become equal by itself; `unequal` does not: a hash differs, or something is parked or stopped."""
Document = Mapping[str, Any]
_WORST: tuple[State, ...] = ("equal", "behind", "unequal")


@dataclass(frozen=True)
class Place:
    """What holds a log's events, and how that compares with the store: a topic, or a subscription of a service."""

    name: str
    state: State
    n: int
    says: str
    parked: int = 0
    waiting: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class LogAgreement:
    """A log as the store has it, and all places that hold its events."""

    log: str
    n: int
    events: int | None
    hash: str
    places: list[Place] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The worst of the places."""
        return worst(place.state for place in self.places)


def worst(states: Iterable[State]) -> State:
    """The worst of some states; equal if there are none."""
    return max(states, key=_WORST.index, default="equal")


def compare(logs: Iterable[Document], positions: Mapping[str, Iterable[Document]]) -> list[LogAgreement]:
    """Compare each log with its topic's tail and with every subscription to it.

    `logs` are items of GET /admin/logs, `positions` items of GET /admin/positions by service.
    """
    followers = [(service, position) for service, items in positions.items() for position in items]
    return [
        LogAgreement(
            log["log"], log["n"], log["events"], log["hash"],
            [_topic(log), *(_follower(log, s, p) for s, p in followers if p["log"] == log["log"])],
        )
        for log in logs
        if log["topic"] is not None
    ]  # fmt: skip


def _topic(log: Document) -> Place:
    tail = log["tail"] or {"n": 0, "index": 0, "count": 1, "hash": log["hash"] if log["n"] == 0 else ""}
    state, says = _against(log, tail)
    return Place(log["topic"], state, tail["n"], says)


def _follower(log: Document, service: str, position: Document) -> Place:
    state, says = _against(log, position)
    parked, waiting = position["parked"], position["waiting"]
    if parked or waiting:
        state, says = "unequal", f"{parked} parked, {waiting} waiting behind"
    if position["alarm"]:
        state, says = "unequal", f"stopped: {position['alarm']}"
    name = f"{service}/{position['subscription']}"
    return Place(name, state, position["n"], says, parked, waiting, position["skipped"])


def _against(log: Document, found: Document) -> tuple[State, str]:
    n, whole = found["n"], found["index"] + 1 == found["count"]
    if n == log["n"] and whole:
        return ("equal", "") if found["hash"] == log["hash"] else ("unequal", "another hash than the store's")
    if n > log["n"]:
        return "behind", "ahead of what was read of the store: it moves"
    return "behind", f"{log['n'] - n} commits behind" if whole else "in the middle of a commit"


def miscounted(name: str, events: Mapping[str, int], logs: Iterable[LogAgreement]) -> Iterator[str]:
    """Where a read model was not made from as many events as the store holds, less those that were skipped.

    A log whose events the read model does not count is none of its own. A skipped message may be no event at all.
    """
    service = name.partition("/")[0]
    for log in logs:
        if log.log not in events or log.events is None:
            continue
        skipped = sum(place.skipped for place in log.places if place.name.startswith(f"{service}/"))
        if not log.events - skipped <= events[log.log] <= log.events:
            yield f"{name}: {events[log.log]} events of {log.log}, but the store holds {log.events} ({skipped} skipped)"
