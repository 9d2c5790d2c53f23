"""A good JSON body spoiled in every way that a client, or an attacker, may think of. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HUGE = "9" * 5_000
DEEP = 10_000
ODD = {"odd": [1]}
"""Fits nowhere: no field of ours takes such an object."""


@dataclass(frozen=True)
class Case:
    """What is sent, and the statuses that may answer it; `pointer` is where the answer must point, if it is known."""

    what: str
    content: bytes
    statuses: tuple[int, ...] = (422,)
    pointer: str | None = None
    rule: str | None = None


def as_json(value: Any) -> bytes:
    """The value as a body."""
    return json.dumps(value).encode()


def put(body: Any, pointer: str, value: Any) -> Any:
    """A copy of the body with `value` at the pointer."""
    found = copy.deepcopy(body)
    *way, last = pointer.split("/")[1:]
    node = found
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return found


def places(node: Any, known: Sequence[Any] = (), at: str = "") -> Iterator[tuple[str, Any]]:
    """Pointer and value of everything in the body; of a list only the first item, as the others are alike.

    What is `known` is not gone into.
    """
    yield at, node
    if node in known:
        return
    if isinstance(node, dict):
        for name, item in node.items():
            yield from places(item, known, f"{at}/{name}")
    elif isinstance(node, list) and node:
        yield from places(node[0], known, f"{at}/0")


def unknown_fields(body: Any, known: Sequence[Any]) -> Iterator[Case]:
    """A field too many, in every object."""
    for at, node in places(body, known):
        if isinstance(node, dict):
            more = {**node, "zz_unknown": 1}
            content = as_json(put(body, at, more) if at else more)
            yield Case(f"unknown field in {at or '/'}", content, pointer=f"{at}/zz_unknown", rule="extra_forbidden")


def wrong_types(body: Any, known: Sequence[Any]) -> Iterator[Case]:
    """Something of another type, in every place."""
    for at, node in places(body, known):
        if at:
            odd = [ODD] if isinstance(node, dict) else [None] if isinstance(node, list) else ODD
            yield Case(f"wrong type at {at}", as_json(put(body, at, odd)), pointer=at)
    for value in (None, [], 1, True, "text", [body]):
        yield Case(f"{value!r:.20} instead of an object", as_json(value), pointer="")


def texts(body: Any) -> Iterator[Case]:
    """Texts that no field takes: too long, with U+0000, with half a character."""
    for at, node in places(body):
        if at and isinstance(node, str):
            yield Case(f"too long a text at {at}", as_json(put(body, at, "x" * 400_000)), pointer=at)
            yield Case(f"U+0000 at {at}", as_json(put(body, at, "a\0b")), pointer=at)
            yield Case(f"lone surrogate at {at}", as_json(put(body, at, "a\ud800b")), (400,), "", "json_invalid")
            return


def not_json(body: Any) -> Iterator[Case]:
    """Bytes that are no JSON, or are JSON that means two things."""
    raw = as_json(body)
    name = next(iter(body), "a")
    twice = json.dumps(body)[:-1] + (", " if body else '"a": 1, ') + f'"{name}": 1}}'
    broken = {
        "nothing": b"",
        "half": raw[:-1],
        "text behind": raw + b"x",
        "invalid UTF-8": b'{"zz": "\xff"}',
        "overlong UTF-8": b'{"zz": "\xc0\x80"}',
        "surrogate in UTF-8": b'{"zz": "\xed\xa0\x80"}',
        "UTF-16": json.dumps(body).encode("utf-16"),
        "single quotes": raw.replace(b'"', b"'") if b'"' in raw else b"{'a': 1}",
        "comment": b"/* x */" + raw,
        "10,000 lists": b"[" * DEEP + b"]" * DEEP,
        "10,000 objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        "10,000 lists left open": b"[" * DEEP,
    }
    for what, content in broken.items():
        yield Case(what, content, (400,), "", "json_invalid")
    yield Case("a name twice", twice.encode(), (422,), f"/{name}")
    yield Case("deep below an unknown field", b'{"zz":' + b"[" * DEEP + b"]" * DEEP + b"}", (400,), "", "json_invalid")


def numbers(body: Any) -> Iterator[Case]:
    """Numbers that are none, or that no field can hold."""
    for at, node in places(body):
        if at and not isinstance(node, (dict, list)):
            for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", HUGE, "-0.1e-400", "1e-400"):
                content = as_json(put(body, at, "@@")).replace(b'"@@"', text.encode())
                yield Case(f"{text:.10} at {at}", content, (400, 422))
            return


def spoiled(body: Any, known: Sequence[Any] = ()) -> Iterator[Case]:
    """All of these; parts that are `known` were spoiled before."""
    yield from unknown_fields(body, known)
    yield from wrong_types(body, known)
    for spoil in (texts, not_json, numbers):
        yield from spoil(body)
