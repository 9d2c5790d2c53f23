"""What a process knows of a log without asking: where it stands, and which of its streams are parked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.incoming import Arrived
from shared.position import Position


@dataclass
class Known:
    """What this process knows of a log; valid as long as the position in the database is the same."""

    position: Position
    parked: set[str]
    skipped: set[tuple[int, int]]

    def sort(self, arrived: Sequence[Arrived]) -> tuple[Sequence[Arrived], Sequence[Arrived]]:
        """Those events that can be taken, and those that wait behind a parked one; what was skipped is in neither."""
        if not self.parked and not self.skipped:
            return arrived, ()
        free: list[Arrived] = []
        held: list[Arrived] = []
        for event in arrived:
            if event.stamp.place not in self.skipped:
                (held if event.stream in self.parked else free).append(event)
        return free, held
