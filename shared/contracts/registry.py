"""From an event's text to its typed form: the registry of facts, and the upcasters that lift old versions.

An upcaster is a pure function from the data of one version to the data of the next, as plain JSON values. It is
registered under the old type name; decoding walks the chain to the newest version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from shared.contracts.base import CloudEvent, Fact, Unknown, kinds
from shared.errors import Unreadable
from shared.programme.text import RECORDED

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
_UPCASTERS: dict[str, tuple[str, Upcast]] = {}


class UnknownEventType(LookupError):
    """No fact of this name is known here; whoever does not need it passes it over."""


class UnknownVersion(UnknownEventType):
    """The fact is known here, this version of it is not: a newer release wrote it, and it must not be missed.

    So it fails for whoever reads it, until it is read by a release that knows it.
    """


class MisnamedEvent(ValueError):
    """The text names another type than the one that it was announced as."""


def upcaster(old: str, new: str) -> Callable[[Upcast], Upcast]:
    """Register a pure function that lifts the data of `old` to the data of `new`."""

    def register(function: Upcast) -> Upcast:
        _UPCASTERS[old] = (new, function)
        return function

    return register


_ANY: TypeAdapter[CloudEvent[Unknown]] = TypeAdapter(CloudEvent[Unknown])


def decode_any(text: str | bytes, type_name: str) -> CloudEvent[Fact]:
    """As `decode`; an event of a type that is not known here holds an `Unknown`.

    Raises `UnknownVersion` where another version of the type is known.
    """
    if known(type_name):
        return decode(text, type_name)
    if known_name(type_name):
        raise UnknownVersion(f"{type_name} is of a newer release than this one: update the consumers first")
    event = _ANY.validate_json(text)
    if event.type != type_name:
        raise MisnamedEvent(f"announced as {type_name}, but the text says {event.type}")
    return event


@cache
def _adapter(type_name: str) -> TypeAdapter[CloudEvent[Fact]]:
    fact = kinds().get(type_name)
    if fact is None:
        raise UnknownEventType(type_name)
    return TypeAdapter(CloudEvent[fact])  # type: ignore[valid-type]


def known(type_name: str) -> bool:
    """Whether an event of this name can be decoded, by itself or through an upcaster."""
    return type_name in _UPCASTERS or type_name in kinds()


def known_name(type_name: str) -> bool:
    """Whether any version of the fact is known, whatever the version that is named."""
    name, _, version = type_name.rpartition(".v")
    return version.isdecimal() and any(other.rpartition(".v")[0] == name for other in (*kinds(), *_UPCASTERS))


def newest(type_name: str) -> str:
    """The name of the version that `type_name` is lifted to."""
    while type_name in _UPCASTERS:
        type_name = _UPCASTERS[type_name][0]
    return type_name


def naming(facts: Iterable[type[Fact]]) -> Callable[[str], bool]:
    """Tells of a type's name whether it names one of `facts`, in any version, be it one that is not known here."""
    names = {fact.type.rpartition(".v")[0] for fact in facts}

    @cache
    def names_one(type_name: str) -> bool:
        return newest(type_name).rpartition(".v")[0] in names

    return names_one


def decode(text: str | bytes, type_name: str | None = None) -> CloudEvent[Fact]:
    """The event that `text` holds, lifted to the newest version of its type.

    `type_name`, where known from beside the text, saves a parse. Raises `UnknownEventType`, `MisnamedEvent` or
    pydantic's `ValidationError`.
    """
    if type_name is None or type_name in _UPCASTERS:
        return _decode_slowly(text, type_name)
    event = _adapter(type_name).validate_json(text, context=RECORDED)
    if event.type != type_name:
        raise MisnamedEvent(f"announced as {type_name}, but the text says {event.type}")
    return event


def _decode_slowly(text: str | bytes, announced: str | None) -> CloudEvent[Fact]:
    value = from_json(text)
    name = value.get("type") if isinstance(value, dict) else None
    if not isinstance(name, str):
        raise MisnamedEvent("the text is no CloudEvent: it has no type")
    if announced is not None and name != announced:
        raise MisnamedEvent(f"announced as {announced}, but the text says {name}")
    while name in _UPCASTERS:
        name, lift = _UPCASTERS[name]
        value = {**value, "type": name, "data": lift(value["data"])}
    return _adapter(name).validate_python(value, context=RECORDED)


def decode_own(text: str, type_name: str) -> CloudEvent[Fact]:
    """As `decode`, for an event of one's own stream, of which none may be missed.

    Raises `UnknownEventType` (a newer release wrote it) or `Unreadable`.
    """
    try:
        return decode(text, type_name)
    except (MisnamedEvent, ValidationError) as error:
        raise Unreadable(f"a recorded {type_name} can't be read") from error
