"""How an event travels on Kafka: its text as the value, its stream as the key, where it stands as headers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import ChainBroken
from shared.eventstore.commit import Commit, iso, link

CONTENT_TYPE = b"application/cloudevents+json; charset=UTF-8"
Headers = Sequence[tuple[str, bytes]]
LARGEST = 2**63 - 1
"""The largest number that the database takes."""


class Malformed(ValueError):
    """A message that no relay of Trama wrote: a header is missing or makes no sense."""


class Record(Protocol):
    """What is read of a Kafka record."""

    @property
    def key(self) -> bytes | None:
        """The stream's id."""

    @property
    def value(self) -> bytes | None:
        """The event's text."""

    @property
    def headers(self) -> Iterable[tuple[str, bytes]]:
        """Where the event stands."""


@dataclass(slots=True)
class Stamp:
    """Where an event stands, as its headers say. Not frozen: one is made per message, and freezing triples its cost."""

    log: str
    n: int
    index: int
    count: int
    version: int
    command: str
    recorded: str
    hash: str
    type: str

    @property
    def last(self) -> bool:
        """Whether it is its commit's last event."""
        return self.index == self.count - 1

    @property
    def place(self) -> tuple[int, int]:
        """Position and index: what a consumer compares."""
        return self.n, self.index

    def fits(self, previous: str, stream: str, text: str) -> bool:
        """Whether the chain's value before it leads to its own hash."""
        value = link(
            previous,
            self.log,
            self.n,
            self.index,
            self.count,
            stream,
            self.version,
            self.command,
            self.recorded,
            text,
        )
        return value == self.hash


def messages(commit: Commit, previous: str) -> list[tuple[bytes, bytes, Headers]]:
    """Key, value and headers of each event of a commit, given the chain's value before it.

    Raises `ChainBroken` if the commit's hash is not what that leads to.
    """
    links = list(commit.links(previous))
    if links[-1] != commit.hash:
        raise ChainBroken(commit.log, commit.n, "its hash does not fit what was published before")
    key, command = commit.stream.encode(), commit.id.encode()
    common = [
        ("content-type", CONTENT_TYPE),
        ("correlation_id", command),
        ("log", commit.log.encode()),
        ("position", b"%d" % commit.n),
        ("count", b"%d" % len(commit.texts)),
        ("version", b"%d" % commit.version),
        ("command", command),
        ("recorded", iso(commit.recorded).encode()),
    ]
    return [
        (key, text.encode(), [*common, ("index", b"%d" % index), ("type", name.encode()), ("hash", value.encode())])
        for index, (name, text, value) in enumerate(zip(commit.types, commit.texts, links, strict=True))
    ]


def stamp_of(record: Record) -> Stamp:
    """Where the event of a Kafka record stands; raises `Malformed`."""
    headers = dict(record.headers)
    try:
        stamp = Stamp(
            headers["log"].decode(),
            int(headers["position"]),
            int(headers["index"]),
            int(headers["count"]),
            int(headers["version"]),
            headers["command"].decode(),
            headers["recorded"].decode(),
            headers["hash"].decode(),
            headers["type"].decode(),
        )
    except KeyError as error:
        raise Malformed(f"the header {error} is missing") from None
    except (ValueError, TypeError, AttributeError) as error:  # a header may be null, too
        raise Malformed(f"a header makes no sense: {error}") from None
    if not 0 < stamp.n <= LARGEST or not 0 <= stamp.index < stamp.count <= LARGEST:
        raise Malformed(f"position {stamp.n}, index {stamp.index} of {stamp.count} makes no sense")
    if not 0 <= stamp.version <= LARGEST:
        raise Malformed(f"version {stamp.version} makes no sense")
    return stamp
