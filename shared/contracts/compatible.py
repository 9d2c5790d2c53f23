"""Whether everything that one JSON Schema describes can still be read under another. Pure.

Sound for the keywords that our models make; any other keyword is a fault, never passed over. A writer writes only the
fields that its schema declares, so a new optional field is no danger, and a field that was dropped may only come back
as it was: hence a new schema is compared with *every* earlier one (BACKWARD_TRANSITIVE).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]
_WORDS = {"title", "description", "$schema", "$defs", "default", "examples", "deprecated", "discriminator"}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EQUAL = ("pattern", "format", "multipleOf", "uniqueItems")
_ALTERNATIVES = ("anyOf", "oneOf")
_JUDGED = {
    *_LOWER, *_UPPER, *_EQUAL, *_ALTERNATIVES, "$ref", "type", "const", "enum", "items", "properties", "required",
    "additionalProperties", "propertyNames",
}  # fmt: skip
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why old events might not be read: where (JSON pointer, `*` for any item or name), which rule, what differs."""

    pointer: str
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.rule}: {self.detail}"


def faults(old: Json, new: Json) -> list[Fault]:
    """What of `old` is not valid under `new`; an empty list means that all of it is."""
    return list(_Comparison(old, new).compare(old, new, ""))


@dataclass
class _Comparison:
    before: Json
    after: Json
    open: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, old: Any, new: Any, at: str) -> Iterator[Fault]:
        """The faults between two subschemas; a pair of references that is being compared already is taken to fit."""
        pair = (_reference(old), _reference(new))
        if pair in self.open:
            return
        if "" not in pair:
            self.open.add(pair)
        yield from self._resolved(_resolve(old, self.before), _resolve(new, self.after), at)
        self.open.discard(pair)

    def _resolved(self, old: Json, new: Json, at: str) -> Iterator[Fault]:
        unknown = sorted((set(old) | set(new)) - _JUDGED - _WORDS)
        if unknown:
            yield Fault(at, "keyword", f"it is not known how to compare {', '.join(unknown)}")
        elif (choices := _choices(old)) is not None:
            for choice in choices:
                yield from self.compare(choice, new, at)
        elif (choices := _choices(new)) is not None:
            yield from self._any(old, choices, at)
        else:
            yield from self._plain(old, new, at)

    def _any(self, old: Json, choices: list[Json], at: str) -> Iterator[Fault]:
        """The faults with the alternative that comes closest; none if one fits."""
        found = [(list(self.compare(old, choice, at)), choice) for choice in choices]
        kin = [f for f, choice in found if _resolve(choice, self.after).get("type") == old.get("type")]
        best = min(kin or [f for f, _ in found], key=len)
        if best and not kin:
            best = [Fault(at, "anyOf", f"fits none of {len(choices)} alternatives")]
        yield from best if all(f for f, _ in found) else []

    def _plain(self, old: Json, new: Json, at: str) -> Iterator[Fault]:
        if (values := _values(old)) is not None:
            yield from _values_fit(values, new, at)
            return
        if _values(new) is not None:
            yield Fault(at, "enum", "any value was allowed, now only some are")
        if "type" in new and old.get("type") not in (new["type"], *_NARROWER.get(new["type"], ())):
            yield Fault(at, "type", f"was {old.get('type', 'anything')}, now {new['type']}")
            return
        yield from _bounds(old, new, at)
        if "items" in new:
            yield from self.compare(old.get("items", {}), new["items"], f"{at}/*")
        if new.get("type") == "object":
            yield from self._object(old, new, at)

    def _object(self, old: Json, new: Json, at: str) -> Iterator[Fault]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield Fault(f"{at}/{name}", "required", "earlier events may lack it: give it a default")
        for name, schema in before.items():
            yield from self._property(name, schema, old, new, f"{at}/{name}")
        extra = old.get("additionalProperties", "properties" not in old)  # a model writes only what it declares
        if extra is not False:
            yield from self.compare(extra, new.get("additionalProperties", True), f"{at}/*")
            for name in sorted(set(after) - set(before)):
                yield from self.compare(extra, after[name], f"{at}/{name}")
        yield from self._names(old, new, extra is not False, at)

    def _property(self, name: str, schema: Any, old: Json, new: Json, at: str) -> Iterator[Fault]:
        after = new.get("properties", {})
        if name not in after:
            yield from self.compare(schema, new.get("additionalProperties", True), at)
            return
        yield from self.compare(schema, after[name], at)
        was, now = (s.get("default", _ABSENT) if isinstance(s, Mapping) else _ABSENT for s in (schema, after[name]))
        if name not in old.get("required", ()) and name not in new.get("required", ()) and was != now:
            yield Fault(at, "default", "earlier events without it would say something else now")

    def _names(self, old: Json, new: Json, any_name: bool, at: str) -> Iterator[Fault]:
        if (rule := new.get("propertyNames")) is None:
            return
        for name in old.get("properties", {}):
            yield from _values_fit([name], {"type": "string", **_resolve(rule, self.after)}, at)
        if any_name:
            names = {"type": "string", **_resolve(old.get("propertyNames", {}), self.before)}
            yield from self.compare(names, rule, f"{at}/*")


_NARROWER = {"number": ("integer",)}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),),
    "array": (list,), "object": (dict,),
}  # fmt: skip


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, Mapping) else ""


def _resolve(schema: Any, root: Json) -> Json:
    """The subschema that is meant; `True` says nothing, `False` allows no value at all."""
    if isinstance(schema, bool):
        return {} if schema else {"enum": []}
    while reference := _reference(schema):
        schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return dict(schema)


def _choices(schema: Json) -> list[Json] | None:
    return next((list(schema[k]) for k in _ALTERNATIVES if k in schema), None)


def _values(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(old: Json, new: Json, at: str) -> Iterator[Fault]:
    for keyword in (*_LOWER, *_UPPER):
        if keyword in new and (keyword not in old or _tighter(keyword, old[keyword], new[keyword])):
            yield Fault(at, keyword, f"was {old.get(keyword, 'not bounded')}, now {new[keyword]}")
    for keyword in _EQUAL:
        if keyword in new and old.get(keyword) != new[keyword]:
            yield Fault(at, keyword, f"was {old.get(keyword, 'free')}, now {new[keyword]}")


def _tighter(keyword: str, old: float, new: float) -> bool:
    return new > old if keyword in _LOWER else new < old


def _values_fit(values: list[Any], new: Json, at: str) -> Iterator[Fault]:
    """Whether each of a few known values is allowed."""
    allowed = _values(new)
    for value in values:
        if allowed is not None and value not in allowed:
            yield Fault(at, "enum", f"{value!r} is not allowed any more")
        elif "type" in new and not _is(value, new["type"]):
            yield Fault(at, "type", f"{value!r} was allowed, now {new['type']}")
        elif not _within(value, new):
            yield Fault(at, "bounds", f"{value!r} is outside the bounds, or they can't be judged")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _within(value: Any, new: Json) -> bool:
    bounds = {k: new[k] for k in (*_LOWER, *_UPPER, *_EQUAL) if k in new}
    if not bounds:
        return True
    if not isinstance(value, str) or set(bounds) - {"minLength", "maxLength", "pattern"}:
        return False
    length = bounds.get("minLength", 0) <= len(value) <= bounds.get("maxLength", len(value))
    return length and re.search(bounds.get("pattern", ""), value) is not None
