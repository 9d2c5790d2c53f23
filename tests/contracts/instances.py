"""Hypothesis strategies for what a writer could have written under a schema: only the fields that it declares.

A schema is wider than our models (a country is any two letters to it), so the shapes that a model narrows further
are drawn from what the model allows; `SHAPES` and `MODELS` are the whole list of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date
from typing import Any

from hypothesis import strategies as st

from shared.contracts.schema import DECIMAL

Json = Mapping[str, Any]
Strategy = st.SearchStrategy[Any]
LINES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=2).map(str.swapcase)
_AMOUNTS = st.decimals(0, 100, places=2).map(lambda d: f"{d:f}")


def _shape(**schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)


SHAPES: Mapping[str, Strategy] = {
    _shape(type="string", maxLength=2): st.sampled_from(["CO", "BR", "JM"]),
    _shape(type="string", maxLength=3): st.sampled_from(["USD", "COP", "BRL"]),
    _shape(type="string", maxLength=6): st.sampled_from(["CO-VAC", "BR-RS"]),
    _shape(type="string", maxLength=300): LINES,
    _shape(type="string", maxLength=10_000): LINES,
    _shape(type="string", pattern=r"^[0-9]{1,16}(\.[0-9]{1,6})?$"): _AMOUNTS,
    _shape(type="string", pattern=DECIMAL): _AMOUNTS,
}
MODELS: Mapping[str, Strategy] = {
    "Texts": st.dictionaries(st.sampled_from(["es", "pt", "en"]), LINES, min_size=1),
}


def _at_home(project: dict[str, Any]) -> dict[str, Any]:
    """A project's subdivisions are of its own country, which no schema can say."""
    for locality in project.get("localities", ()):
        territory = locality["territory"]
        if territory.get("subdivision") and not territory["subdivision"].startswith(project["country"]):
            territory["subdivision"] = None
    return project


MENDED: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"HistoricalProject": _at_home}
"""What a model asks of fields together."""


def instances(schema: Json) -> Strategy:
    """What fits a whole schema."""
    return _of(schema, schema)


def _of(schema: Json, root: Json) -> Strategy:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        found = MODELS[name] if name in MODELS else st.deferred(lambda: _of(root["$defs"][name], root))
        return found.map(MENDED[name]) if name in MENDED else found
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([_of(choice, root) for choice in choices])
    return _BY_TYPE[schema["type"]](schema, root)


def _string(schema: Json, root: Json) -> Strategy:
    shape = _shape(**{k: v for k, v in schema.items() if k not in ("title", "description", "default")})
    if shape in SHAPES:
        return SHAPES[shape]
    if "format" in schema:
        return _FORMATS[schema["format"]]
    low, high = schema.get("minLength", 0), schema.get("maxLength", schema.get("minLength", 0) + 5)
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        found = st.from_regex(pattern).map(_without_last_line_feed)
        return found.filter(lambda s: low <= len(s) <= schema.get("maxLength", len(s)))
    return st.text(st.characters(codec="utf-8"), min_size=low, max_size=min(high, low + 5))


def _without_last_line_feed(text: str) -> str:
    """Python's `$` also matches before it; our models' own engine does not."""
    return text.removesuffix("\n")


_FORMATS: Mapping[str, Strategy] = {
    "date": st.dates(date(1990, 1, 1), date(2199, 12, 31)).map(str),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
}


def _number(schema: Json, root: Json) -> Strategy:
    return st.integers(schema.get("minimum", -(2**40)), schema.get("maximum", 2**40))


def _array(schema: Json, root: Json) -> Strategy:
    low = schema.get("minItems", 0)
    return st.lists(_of(schema["items"], root), min_size=low, max_size=min(schema.get("maxItems", low + 2), low + 2))


def _object(schema: Json, root: Json) -> Strategy:
    if "properties" not in schema:
        names = _of({"type": "string", **schema.get("propertyNames", {})}, root)
        values = schema.get("additionalProperties", True)
        return st.dictionaries(names, LINES if values is True else _of(values, root), max_size=2)
    fields = {name: _of(value, root) for name, value in schema["properties"].items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {n: s for n, s in fields.items() if n in required},
        optional={n: s for n, s in fields.items() if n not in required},
    )


_BY_TYPE: Mapping[str, Callable[[Json, Json], Strategy]] = {
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda schema, root: st.booleans(),
    "null": lambda schema, root: st.none(),
    "array": _array,
    "object": _object,
}
