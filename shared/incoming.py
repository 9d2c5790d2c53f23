"""What comes in from a partition: each message checked against the position and the chain before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.contracts.base import Recorded
from shared.contracts.registry import decode_any
from shared.errors import ChainBroken
from shared.position import Jump, Position
from shared.wire import Record, Stamp, stamp_of


class Message(Record, Protocol):
    """What is read of a record of a partition."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """The number of its partition."""

    @property
    def offset(self) -> int:
        """Its number in the partition."""


@dataclass(slots=True)
class Arrived:
    """An event as it came: proved by the chain, not yet decoded. Not frozen, as `Stamp`."""

    stamp: Stamp
    stream: str
    text: str
    topic: str
    partition: int
    offset: int

    def recorded(self) -> Recorded:
        """The event decoded, lifted to its newest version; raises what `registry.decode_any` raises."""
        stamp = self.stamp
        return Recorded(
            decode_any(self.text, stamp.type),
            stamp.log,
            stamp.n,
            stamp.index,
            stamp.count,
            stamp.version,
            stamp.command,
            datetime.fromisoformat(stamp.recorded),
            stamp.hash,
            self.text,
        )


def follow(position: Position, stamps: Sequence[Stamp], messages: Sequence[Message]) -> tuple[Position, list[Arrived]]:
    """The position after `messages` of one log, and those events that are new.

    Raises `Jump` if events are missing in between and `ChainBroken` if a message does not follow from the one before.
    """
    arrived: list[Arrived] = []
    n, index, count, value = position.n, position.index, position.count, position.hash
    for stamp, message in zip(stamps, messages, strict=True):
        if stamp.n < n or (stamp.n == n and stamp.index <= index):
            if stamp.n == n and stamp.index == index and stamp.hash != value:
                raise ChainBroken(
                    stamp.log, stamp.n, "another event was taken at this position; was a backup restored?"
                )
            continue
        inside = index + 1 < count
        if stamp.n != (n if inside else n + 1) or stamp.index != (index + 1 if inside else 0):
            raise Jump(f"{stamp.log}: {stamp.place} after {(n, index)}")
        try:
            stream, text = (message.key or b"").decode(), (message.value or b"").decode()
        except UnicodeDecodeError:
            raise ChainBroken(stamp.log, stamp.n, "the text is not UTF-8, as every event's is") from None
        if not stamp.fits(value, stream, text):
            raise ChainBroken(stamp.log, stamp.n, "the hash does not fit what was read before")
        n, index, count, value = stamp.n, stamp.index, stamp.count, stamp.hash
        arrived.append(Arrived(stamp, stream, text, message.topic, message.partition, message.offset))
    return Position(n, index, count, value, position.drained), arrived


def stamps_of(messages: Sequence[Message]) -> list[Stamp]:
    """Where the messages' events stand; raises `Malformed`."""
    return [stamp_of(message) for message in messages]
