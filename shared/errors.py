"""What can go wrong, in the words of the system; no IO, no HTTP. `shared.http` turns them into problem documents."""

from __future__ import annotations

Texts = dict[str, str]


class TramaError(Exception):
    """Any error that the system itself explains."""


class Refused(TramaError):
    """The order breaks a rule; nothing was changed.

    `code` names the rule (codes that start with `state.` mean that the thing is not in a state for this), `texts`
    explain it per language (es, pt, en), `pointer` is an RFC 6901 JSON pointer to the field, `fix` says what to do.
    What came as no part of a body is named by `parameter`, as `path/name` or `query/name`.
    """

    def __init__(
        self,
        code: str,
        texts: Texts,
        pointer: str | None = None,
        fix: Texts | None = None,
        parameter: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {texts.get('en', '')}")
        self.code = code
        self.texts = texts
        self.pointer = pointer
        self.fix = fix or {}
        self.parameter = parameter


class Conflict(TramaError):
    """Others kept changing the same stream; nothing was changed. Trying again is safe."""


class IdempotencyConflict(TramaError):
    """The same key was used before with another payload; nothing was changed."""


class OutcomeUnknown(TramaError):
    """The commit may or may not have been written. Repeat with the same key to learn which."""


class Unavailable(TramaError):
    """A server that is needed does not answer; nothing was changed."""


class CommitTooLarge(TramaError):
    """The facts of one command exceed what one commit may hold; nothing was changed."""


class Unreadable(TramaError):
    """A recorded event can't be read by this release, though its type is known here; nothing was changed."""


class ChainBroken(TramaError):
    """A log's positions or hashes do not fit: an alarm, never something to skip over."""

    def __init__(self, log: str, n: int, reason: str) -> None:
        super().__init__(f"{log} at {n}: {reason}")
        self.log = log
        self.n = n
        self.reason = reason
