"""Whether store, topics and read models hold the same: pure, over what the admin doors tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

State = Literal["equal", "behind", "unequal"]
"""`behind` may become equal by itself; `unequal` does not: a hash differs, or something is parked or stopped."""
Document = Mapping[str, Any]
_WORST: tuple[State, ...] = ("equal", "behind", "unequal")


@dataclass(frozen=True)
class Place:
    """What holds a log's events, and how that compares with the store: a topic, or a subscription of a service.

    `parked` and `skipped` count messages that are no events too; `skipped_events` only what is missing in read models.
    """

    name: str
    state: State
    n: int
    says: str
    parked: int = 0
    waiting: int = 0
    skipped: int = 0
    skipped_events: int = 0


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


def overtaken(first: Iterable[LogAgreement], second: Iterable[LogAgreement]) -> list[LogAgreement]:
    """The second look, with what was ahead at the first told as unequal if the store is still not there.

    The store's end of the second look is younger than the places of the first: it would be ahead of them by now.
    """
    before = {log.log: log for log in first}
    return [_held_against(log, before[log.log]) if log.log in before else log for log in second]


def _held_against(log: LogAgreement, before: LogAgreement) -> LogAgreement:
    ahead = {place.name: place.n for place in before.places if place.n > log.n}
    says = "ahead of the store: it has commit {n}, which the store has not"
    places = [
        replace(place, state="unequal", says=says.format(n=ahead[place.name])) if place.name in ahead else place
        for place in log.places
    ]
    return replace(log, places=places)


def _topic(log: Document) -> Place:
    tail = log["tail"] or {"n": 0, "index": 0, "count": 1, "hash": log["hash"] if log["n"] == 0 else "", "records": 0}
    state, says = _against(log, tail)
    if state == "equal" and log["events"] is not None and tail["records"] < log["events"]:
        state, says = "unequal", f"{tail['records']} records for {log['events']} events: its beginning is lost"
    return Place(log["topic"], state, tail["n"], says)


def _follower(log: Document, service: str, position: Document) -> Place:
    state, says = _against(log, position)
    parked, waiting, malformed = position["parked"], position["waiting"], position["malformed"]
    if parked or waiting or malformed:
        foreign = f", {malformed} messages that are no events" if malformed else ""
        state, says = "unequal", f"{parked} parked, {waiting} waiting behind{foreign}"
    if position["alarm"]:
        state, says = "unequal", f"stopped: {position['alarm']}"
    name, left_out = f"{service}/{position['subscription']}", position["skipped"]
    skipped = left_out + position["malformed_skipped"]
    return Place(name, state, position["n"], says, parked + malformed, waiting, skipped, left_out)


def _against(log: Document, found: Document) -> tuple[State, str]:
    n, whole = found["n"], found["index"] + 1 == found["count"]
    if n == log["n"] and whole:
        return ("equal", "") if found["hash"] == log["hash"] else ("unequal", "another hash than the store's")
    if n > log["n"]:
        return "behind", "ahead of what was read of the store: it moves"
    return "behind", f"{log['n'] - n} commits behind" if whole else "in the middle of a commit"


def miscounted(name: str, events: Mapping[str, int], logs: Iterable[LogAgreement]) -> Iterator[str]:
    """Where a read model was not made from as many events as the store holds, less those that were skipped.

    `name` is "service/read model"; its subscriptions have its name, or begin with it and a dash. A log whose events the
    read model does not count is none of its own.
    """
    for log in logs:
        if log.log not in events or log.events is None:
            continue
        own = (place for place in log.places if place.name == name or place.name.startswith(f"{name}-"))
        skipped = sum(place.skipped_events for place in own)
        if events[log.log] != log.events - skipped:
            yield f"{name}: {events[log.log]} events of {log.log}, but the store holds {log.events} ({skipped} skipped)"
