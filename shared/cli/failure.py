"""What ends a command: an exit code that scripts can rely on, and what is said to the user."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """The exit codes."""

    OK = 0
    NO = 1
    USAGE = 2
    NOT_PERMITTED = 3
    UNREACHABLE = 4
    CONFLICT = 5
    INTERRUPTED = 130


MEANINGS = {
    Code.OK: "done; the answer is yes",
    Code.NO: "the answer is no, or unequal",
    Code.USAGE: "wrong usage or bad input",
    Code.NOT_PERMITTED: "not signed in, or not permitted",
    Code.UNREACHABLE: "a service or server can't be reached, or failed",
    Code.CONFLICT: "conflict with the present state",
    Code.INTERRUPTED: "interrupted",
}


class Failure(Exception):
    """Ends a command. `key` names a text of words.yaml, `values` fill it in."""

    def __init__(self, code: Code, key: str, **values: object) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.code = code
        self.key = key
        self.values = values


class Answered(Exception):
    """A service said no: its problem document (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {document.get('title', '')}")
        self.status = status
        self.document = document

    @property
    def code(self) -> Code:
        """The exit code that the status stands for."""
        if self.status in (401, 403):
            return Code.NOT_PERMITTED
        if self.status == 409:
            return Code.CONFLICT
        return Code.UNREACHABLE if self.status >= 500 else Code.USAGE
