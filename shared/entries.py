"""What is kept of an event or a message that is parked: documents of `parked` and `dead_letters`. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from shared.incoming import Arrived, Message
from shared.wire import Stamp

KEPT_BYTES = 100_000
"""How much of a malformed message's value is kept."""
_STAMP = tuple(Stamp.__dataclass_fields__)
Document = dict[str, Any]


def event_entry(subscription: str, event: Arrived, error: str | None, attempts: int = 0) -> Document:
    """An event that failed, with its error, or (None) one that waits behind such an event of its stream."""
    stamp = event.stamp
    return {
        "_id": f"{subscription}:{stamp.log}:{stamp.n}:{stamp.index}",
        "kind": "event",
        "status": "waiting" if error is None else "parked",
        "subscription": subscription,
        "topic": event.topic,
        "partition": event.partition,
        "offset": event.offset,
        **asdict(stamp),
        "stream": event.stream,
        "text": event.text,
        "error": error,
        "attempts": attempts,
        "since": datetime.now(UTC),
    }


def malformed_entry(subscription: str, log: str, message: Message, error: str) -> Document:
    """A message that no relay of Trama wrote, or that belongs to another log; it holds up nothing.

    Its id tells it from the one at the same offset of a topic that was deleted since, and made again.
    """
    value = message.value or b""
    content = hashlib.sha256(repr((message.key, message.value, list(message.headers))).encode()).hexdigest()[:12]
    return {
        "_id": f"{subscription}:{message.topic}-{message.partition}-{message.offset}-{content}",
        "kind": "malformed",
        "status": "parked",
        "subscription": subscription,
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "log": log,
        "key": (message.key or b"")[:1_000],
        "value": value[:KEPT_BYTES],
        "bytes": len(value),
        "error": error,
        "attempts": 1,
        "since": datetime.now(UTC),
    }


def event_of(entry: Document) -> Arrived:
    """The event that an entry keeps."""
    stamp = Stamp(**{name: entry[name] for name in _STAMP})
    return Arrived(stamp, entry["stream"], entry["text"], entry["topic"], entry["partition"], entry["offset"])


def dead_letter(entry: Document) -> Document:
    """The copy of a failed entry that goes to the topic `dead-letters`; kept until it is there."""
    headers = {name: str(entry[name]) for name in ("subscription", "error", "topic", "partition", "offset", "log")}
    if entry["kind"] == "event":
        headers |= {"position": str(entry["n"]), "index": str(entry["index"]), "type": entry["type"]}
        key, value = entry["stream"].encode(), entry["text"].encode()
    else:
        key, value = entry["key"], entry["value"]
    return {
        "subscription": entry["subscription"],
        "log": entry["log"],
        "key": key,
        "value": value,
        "headers": {**headers, "entry": entry["_id"]},
    }
