"""Lines that a library repeats as long as a server is away: each is told once in a while, with how often it came."""

from __future__ import annotations

import logging

SECONDS = 10.0
"""How long a line is not told again: without that, each service wrote 200 a second while Kafka was away."""
KNOWN = 1_000
"""How many lines are remembered at most."""


class Repeated(logging.Filter):
    """Lets a line of the logger `name`, or of one below it, pass once in `SECONDS`; lines of others always."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is told; if so, it says how many like it were not."""
        if not super().filter(record):
            return True
        line = record.name, record.getMessage()
        since, left_out = self._told.get(line, (0.0, 0))
        if record.created - since < SECONDS:
            self._told[line] = since, left_out + 1
            return False
        if len(self._told) >= KNOWN:
            self._told.clear()
        self._told[line] = record.created, 0
        if left_out:
            record.msg, record.args = f"{line[1]} (and {left_out} times before)", ()
        return True
