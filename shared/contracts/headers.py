"""The Kafka headers beside an event's text, as data: for the AsyncAPI documents, the pages and a test. Pure.

`shared.wire` writes and reads them. Values are UTF-8 text; numbers are decimal digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEDIA_TYPE = "application/cloudevents+json"
_DIGITS = "^(0|[1-9][0-9]*)$"


@dataclass(frozen=True, slots=True)
class Header:
    """A header: what it tells, the pattern that its text fits, if it has one, and whether it is always there."""

    name: str
    tells: str
    pattern: str | None = None
    always: bool = True


_CONTENT = Header(
    "content-type", "CloudEvents in structured mode, as UTF-8 JSON", r"^application/cloudevents\+json; charset=UTF-8$"
)
_TYPE = Header("type", "the event's type, as in its text", r"^[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]*$")

RECORD: tuple[Header, ...] = (
    _CONTENT,
    _TYPE,
    Header("log", "the log that it stands in: the emitter and the partition, such as `intake-3`", "^[a-z]+-[0-9]+$"),
    Header("position", "its commit's number in the log, from 1, without gaps", "^[1-9][0-9]*$"),
    Header("index", "its number in the commit, from 0", _DIGITS),
    Header("count", "how many events the commit has", "^[1-9][0-9]*$"),
    Header("version", "the commit's number in the stream, from 1, without gaps", "^[1-9][0-9]*$"),
    Header("command", "the id of the command that caused the commit: the same order has the same id"),
    Header("correlation_id", "the same as `command`, under the name that Kafka libraries look for"),
    Header(
        "recorded",
        "when it was recorded: UTC, milliseconds; never backwards within a log",
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    ),
    Header("hash", "the chain's value after this event: SHA-256 as hex", "^[0-9a-f]{64}$"),
)
"""On the topics that keep a history: where the event stands, enough to prove the chain from the topic alone."""

STATE: tuple[Header, ...] = (_CONTENT, _TYPE)
"""On the compacted topics; a tombstone has none of them."""

DEAD_LETTER: tuple[Header, ...] = (
    Header("entry", "the id of what is parked at the consumer: twins of one copy have the same"),
    Header("subscription", "the consumer's subscription that could not take it"),
    Header("error", "why not"),
    Header("topic", "where it was read"),
    Header("partition", "where it was read", _DIGITS),
    Header("offset", "where it was read", _DIGITS),
    Header("log", "the log that it stands in, or should stand in"),
    Header("position", "as on its topic; not on a message that no relay wrote", "^[1-9][0-9]*$", always=False),
    Header("index", "as on its topic; not on a message that no relay wrote", _DIGITS, always=False),
    Header("type", "as on its topic; not on a message that no relay wrote", _TYPE.pattern, always=False),
)
"""On `dead-letters`; client libraries may add their own."""


def json_schema(headers: tuple[Header, ...]) -> Mapping[str, Any]:
    """The JSON Schema of a record's headers, names to texts."""
    return {
        "type": "object",
        "properties": {
            h.name: {"type": "string", "description": h.tells} | ({"pattern": h.pattern} if h.pattern else {})
            for h in headers
        },
        "required": [h.name for h in headers if h.always],
    }
