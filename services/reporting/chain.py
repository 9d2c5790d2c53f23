"""That the events of a log are all there and unchanged, whatever the order in which they come: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.eventstore.commit import GENESIS, iso, link

Place = tuple[int, int]
"""Position and index."""
_LAST = -1


class Chain:
    """Takes the events of one log, each once, and proves each from the one before, as soon as both are known.

    An event that was parked comes late: only what stands beside a gap is remembered, so memory grows with the gaps.
    """

    def __init__(self) -> None:
        self._ends: dict[Place, str] = {(0, _LAST): GENESIS}
        self._open: dict[Place, Mapping[str, Any]] = {}
        self._wrong: list[Place] = []
        self.head: tuple[Place, str] | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Add an event as the journal keeps it, or an entry of what is parked or was skipped."""
        n, index = event["n"], event["index"]
        before = (n, index - 1) if index else (n - 1, _LAST)
        if before in self._ends:
            self._prove(self._ends.pop(before), event)
        else:
            self._open[before] = event
        own = (n, _LAST if index == event["count"] - 1 else index)
        follower = self._open.pop(own, None)
        if follower is None:
            self._ends[own] = event["hash"]
        else:
            self._prove(event["hash"], follower)
        if self.head is None or self.head[0] < (n, index):
            self.head = (n, index), event["hash"]

    def differences(self, log: str) -> list[str]:
        """What is wrong, in order; empty if the chain holds from the log's beginning to `head`."""
        found = [(event["n"], event["index"], "the events before it are missing") for event in self._open.values()]
        found += [(*place, "its hash does not fit what is recorded of it and before it") for place in self._wrong]
        return [f"journal of {log} at {n}.{index}: {what}" for n, index, what in sorted(found)]

    def _prove(self, previous: str, event: Mapping[str, Any]) -> None:
        recorded = event["recorded"]
        value = link(
            previous,
            event["log"],
            event["n"],
            event["index"],
            event["count"],
            event["stream"],
            event["version"],
            event["command"],
            iso(recorded) if isinstance(recorded, datetime) else recorded,
            event["text"],
        )
        if value != event["hash"]:
            self._wrong.append((event["n"], event["index"]))
