"""A commit: what one command appended, its number in its log, and the hash that chains it. Pure.

The chain's value after an event is SHA-256 over the value before it and everything that the Kafka headers carry, and
the event's text. It can therefore be proved from the store and from the topic alone, event by event.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

GENESIS = "0" * 64
"""The chain's value before the first event of a log."""

MAX_BYTES = 950_000
"""What the texts of one commit may weigh (UTF-8): below Kafka's default limit of 1 MiB with its headers."""

_STREAM = re.compile(r"[a-z][a-z0-9]*(-[A-Za-z0-9_.]+)+\Z")


@dataclass(slots=True)
class Draft:
    """What a command wants to append to a stream whose last commit it has seen is `expected` (0: none).

    Never changed; not frozen, since that would triple the cost of making one.

    `id` is the command's, `fingerprint` a hash of its payload, `cause` the time its cause was recorded, if it has one.
    """

    id: str
    stream: str
    expected: int
    types: tuple[str, ...]
    texts: tuple[str, ...]
    fingerprint: str
    cause: datetime | None = None


@dataclass(slots=True)
class Commit:
    """One document of the event store. Never changed; not frozen, for the reason that a draft is not."""

    id: str
    log: str
    n: int
    stream: str
    version: int
    types: tuple[str, ...]
    texts: tuple[str, ...]
    fingerprint: str
    recorded: datetime
    hash: str

    def document(self) -> dict[str, Any]:
        """The commit as it is stored."""
        return {
            "_id": self.id,
            "log": self.log,
            "n": self.n,
            "stream": self.stream,
            "version": self.version,
            "types": self.types,
            "events": self.texts,
            "fingerprint": self.fingerprint,
            "recorded": self.recorded,
            "hash": self.hash,
        }

    @classmethod
    def of(cls, document: dict[str, Any]) -> Commit:
        """The commit that a stored document holds."""
        return cls(
            document["_id"],
            document["log"],
            document["n"],
            document["stream"],
            document["version"],
            tuple(document["types"]),
            tuple(document["events"]),
            document["fingerprint"],
            document["recorded"],
            document["hash"],
        )

    def is_same(self, other: Commit) -> bool:
        """Whether both are one commit; the chain covers all but the fingerprint."""
        return (self.n, self.hash, self.fingerprint) == (other.n, other.hash, other.fingerprint)

    def links(self, previous: str) -> Iterator[str]:
        """The chain's value after each of the commit's events, given its value before them."""
        stamp = iso(self.recorded)
        for index, text in enumerate(self.texts):
            previous = link(
                previous, self.log, self.n, index, len(self.texts), self.stream, self.version, self.id, stamp, text
            )
            yield previous

    def digest(self, previous: str) -> str:
        """The chain's value after the whole commit."""
        *_, value = self.links(previous)
        return value


@dataclass(slots=True)
class Appended:
    """What became of a draft: its commit, and whether that was there already from the same command."""

    commit: Commit
    repeated: bool


def link(
    previous: str,
    log: str,
    n: int,
    index: int,
    count: int,
    stream: str,
    version: int,
    command: str,
    recorded: str,
    text: str,
) -> str:
    """The chain's value after one event (hex SHA-256); `recorded` in ISO 8601 with milliseconds, UTC."""
    chained = f"{previous}\n{log}\n{n}\n{index}\n{count}\n{stream}\n{version}\n{command}\n{recorded}\n{text}"
    return sha256(chained.encode()).hexdigest()


@lru_cache(4_096)
def iso(moment: datetime) -> str:
    """`moment` as it stands in headers and hashes: UTC, milliseconds, `Z`. Commits of a group have the same."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def milliseconds(moment: datetime) -> datetime:
    """`moment` cut to the milliseconds that MongoDB keeps."""
    if moment.microsecond % 1000 == 0:
        return moment
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def log_number(stream: str, logs: int) -> int:
    """Which of a service's `logs` a stream belongs to. Never changed: it decides where a stream's past is found."""
    return zlib.crc32(stream.encode()) % logs


def check_stream(stream: str) -> str:
    """`stream` itself, if it may name a stream; raises `ValueError` otherwise."""
    if len(stream) > 120 or not _STREAM.match(stream):
        raise ValueError(f"not a stream id: {stream!r} (kind-id, letters, digits, '_' and '.', at most 120)")
    return stream


def chain(draft: Draft, log: str, n: int, previous: str, not_before: datetime, now: datetime) -> Commit:
    """The commit that `draft` becomes at position `n` after the chain's value `previous`.

    `recorded` is the latest of the clock, the previous commit's time and the cause's.
    """
    recorded = milliseconds(max(now, not_before, draft.cause or now))
    stamp, count, version, value = iso(recorded), len(draft.texts), draft.expected + 1, previous
    for index, text in enumerate(draft.texts):
        value = link(value, log, n, index, count, draft.stream, version, draft.id, stamp, text)
    return Commit(draft.id, log, n, draft.stream, version, draft.types, draft.texts, draft.fingerprint, recorded, value)
