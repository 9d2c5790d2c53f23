"""What a contract may change, and what is refused: a table, and a search for a pair that is wrongly let through."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.compatible import faults
from tests.contracts.instances import instances

Json = dict[str, Any]


def model(required: list[str] | None = None, **fields: Any) -> Json:
    """A schema as a model makes it."""
    return {"type": "object", "properties": fields, "required": list(fields) if required is None else required}


def maybe(schema: Json, **more: Any) -> Json:
    """A nullable field."""
    return {"anyOf": [schema, {"type": "null"}], **more}


def nested(schema: Json) -> Json:
    """The same, two models down and in a list."""
    return {
        **model(lines={"type": "array", "items": {"$ref": "#/$defs/Line"}}),
        "$defs": {"Line": model(amount={"$ref": "#/$defs/Amount"}), "Amount": schema},
    }


TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
WHOLE: Json = {"type": "integer"}
TREE: Json = {
    "$ref": "#/$defs/Node",
    "$defs": {"Node": model(name=TEXT, below={"type": "array", "items": {"$ref": "#/$defs/Node"}})},
}

ALLOWED: list[tuple[str, Json, Json]] = [
    ("nothing", TEXT, TEXT),
    ("words", {**TEXT, "title": "A", "description": "a"}, {**TEXT, "description": "b"}),
    ("a new field with a default", model(a=TEXT), model(["a"], a=TEXT, b={**TEXT, "default": ""})),
    ("a first field with a default", model(), model([], b={**TEXT, "default": ""})),
    ("a field is left out", model(a=TEXT, b=TEXT), model(a=TEXT)),
    ("required becomes optional", model(a=TEXT), model([], a={**TEXT, "default": "x"})),
    ("a field becomes nullable", model(a=TEXT), model(a=maybe(TEXT))),
    ("one more alternative", maybe(TEXT), {"anyOf": [TEXT, WHOLE, {"type": "null"}]}),
    ("alternatives in another order", maybe(TEXT), {"anyOf": [{"type": "null"}, TEXT]}),
    ("integer becomes number", WHOLE, NUMBER),
    ("one more value", {"enum": ["a"], **TEXT}, {"enum": ["a", "b"], **TEXT}),
    ("an enumeration becomes any text", {"enum": ["a"], **TEXT}, TEXT),
    ("an enumeration within a pattern", {"enum": ["a1"], **TEXT}, {**TEXT, "pattern": "^[a-z][0-9]$", "maxLength": 2}),
    ("a constant becomes an enumeration", {"const": "a", **TEXT}, {"enum": ["b", "a"], **TEXT}),
    ("wider bounds", {**WHOLE, "minimum": 1, "maximum": 9}, {**WHOLE, "minimum": 0, "maximum": 10}),
    ("bounds are dropped", {**TEXT, "minLength": 1, "maxLength": 9, "pattern": "a", "format": "date"}, TEXT),
    ("more items", {"type": "array", "items": TEXT, "maxItems": 1}, {"type": "array", "items": TEXT, "maxItems": 2}),
    ("a model is moved and renamed", nested(TEXT), model(lines={"type": "array", "items": model(amount=TEXT)})),
    ("a recursive model", TREE, copy.deepcopy(TREE)),
    ("wider values of a dict", {"type": "object", "additionalProperties": WHOLE},
     {"type": "object", "additionalProperties": NUMBER}),
    ("more names of a dict", {"type": "object", "additionalProperties": WHOLE, "propertyNames": {"enum": ["a"]}},
     {"type": "object", "additionalProperties": WHOLE, "propertyNames": {"enum": ["a", "b"]}}),
    ("a model becomes a dict", model(a=TEXT), {"type": "object", "additionalProperties": TEXT}),
    ("a dict of few names becomes a model",
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"enum": ["a"]}}, model([], a=TEXT)),
]  # fmt: skip

REFUSED: list[tuple[str, str, Json, Json]] = [
    ("required", "a new field without a default", model(a=TEXT), model(a=TEXT, b=TEXT)),
    ("required", "optional becomes required", model([], a=TEXT), model(["a"], a=TEXT)),
    ("type", "another type", TEXT, WHOLE),
    ("type", "narrowed", NUMBER, WHOLE),
    ("type", "null is not allowed any more", model(a=maybe(TEXT)), model(a=TEXT)),
    ("type", "any becomes a text", {}, TEXT),
    ("anyOf", "one alternative fewer", {"anyOf": [TEXT, WHOLE, {"type": "null"}]}, maybe(TEXT)),
    ("anyOf", "no alternative fits", model(a=WHOLE), model(a=maybe(TEXT))),
    ("maxLength", "tighter in the alternative that is meant", maybe(TEXT), maybe({**TEXT, "maxLength": 5})),
    ("enum", "one value fewer", {"enum": ["a", "b"], **TEXT}, {"enum": ["a"], **TEXT}),
    ("enum", "only some values now", TEXT, {"enum": ["a"], **TEXT}),
    ("enum", "another constant", {"const": "a", **TEXT}, {"const": "b", **TEXT}),
    ("type", "a value of another type", {"enum": ["a"]}, WHOLE),
    ("bounds", "a value outside a pattern", {"enum": ["a"], **TEXT}, {**TEXT, "pattern": "^b$"}),
    ("minimum", "a bound is raised", {**WHOLE, "minimum": 0}, {**WHOLE, "minimum": 1}),
    ("maximum", "a bound is new", WHOLE, {**WHOLE, "maximum": 9}),
    ("exclusiveMinimum", "a bound is new", WHOLE, {**WHOLE, "exclusiveMinimum": 0}),
    ("minLength", "a text may not be empty any more", TEXT, {**TEXT, "minLength": 1}),
    ("maxItems", "fewer items", {"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "maxItems": 9}),
    ("uniqueItems", "unique now", {"type": "array"}, {"type": "array", "uniqueItems": True}),
    ("pattern", "changed", {**TEXT, "pattern": "^a$"}, {**TEXT, "pattern": "^a|b$"}),
    ("pattern", "new", TEXT, {**TEXT, "pattern": "a"}),
    ("format", "changed", {**TEXT, "format": "date"}, {**TEXT, "format": "date-time"}),
    ("default", "another default", model([], a={**TEXT, "default": "x"}), model([], a={**TEXT, "default": "y"})),
    ("default", "no default any more", model([], a={**TEXT, "default": "x"}), model([], a=TEXT)),
    ("type", "nested", nested(TEXT), nested(WHOLE)),
    ("type", "in a recursive model", TREE, {**TREE, "$defs": {"Node": {
        **TREE["$defs"]["Node"], "properties": {**TREE["$defs"]["Node"]["properties"], "name": WHOLE}}}}),
    ("type", "values of a dict", {"type": "object", "additionalProperties": NUMBER},
     {"type": "object", "additionalProperties": WHOLE}),
    ("enum", "names of a dict", {"type": "object", "additionalProperties": TEXT, "propertyNames": {"enum": ["a"]}},
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"enum": ["b"]}}),
    ("enum", "any name before", {"type": "object", "additionalProperties": TEXT},
     {"type": "object", "additionalProperties": TEXT, "propertyNames": {"enum": ["b"]}}),
    ("enum", "closed now", model(a=TEXT, b=TEXT), {**model(a=TEXT), "additionalProperties": False}),
    ("type", "a field that any name could have been", {"type": "object", "additionalProperties": TEXT},
     model([], a=WHOLE)),
    ("keyword", "one that is not known", TEXT, {**TEXT, "not": {"const": "x"}}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [pytest.param(o, n, id=name) for name, o, n in ALLOWED])
def test_allowed(old: Json, new: Json) -> None:
    assert faults(old, new) == []


@pytest.mark.parametrize(("rule", "old", "new"), [pytest.param(r, o, n, id=f"{r}: {i}") for r, i, o, n in REFUSED])
def test_refused(rule: str, old: Json, new: Json) -> None:
    """Every refusal is of the rule that was broken, so that it can be understood."""
    assert [fault.rule for fault in faults(old, new)] == [rule]


def test_a_fault_says_where() -> None:
    assert str(faults(nested(TEXT), nested(WHOLE))[0]) == "/lines/*/amount: type: was string, now integer"


SCALARS = st.sampled_from([
    TEXT, WHOLE, NUMBER, {"type": "boolean"}, {"type": "null"}, {"enum": ["a", "b"], **TEXT}, {"enum": ["a"], **TEXT},
    {"const": "a", **TEXT}, {**TEXT, "maxLength": 2}, {**TEXT, "minLength": 1}, {**TEXT, "pattern": "^[ab]+$"},
    {**WHOLE, "minimum": 0}, {**WHOLE, "minimum": 1, "maximum": 3}, {"$ref": "#/$defs/Leaf"},
])  # fmt: skip


def _larger(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    names = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    return st.one_of(
        st.builds(lambda i, m: {"type": "array", "items": i, "maxItems": m}, inner, st.integers(0, 2)),
        st.builds(lambda fs, r: model(sorted(set(fs) & r), **fs), names, st.frozensets(st.sampled_from("abc"))),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
        st.builds(lambda v: {"type": "object", "additionalProperties": v}, inner),
        st.builds(
            lambda v: {"type": "object", "additionalProperties": v, "propertyNames": {"enum": ["a", "b"]}}, inner
        ),
    )


LARGER = _larger(SCALARS) | SCALARS
SCHEMAS = st.builds(lambda s, leaf: {**s, "$defs": {"Leaf": leaf}}, st.recursive(SCALARS, _larger, max_leaves=5),
                    SCALARS.filter(lambda s: "$ref" not in s))  # fmt: skip


def _parts(schema: Json) -> list[Json]:
    """All the subschemas of a schema."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("$defs", {}).values()]
    inner += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    return [part for one in inner for part in (one, *_parts(one))]


def _changed(data: st.DataObject, schema: Json) -> Json:
    """A schema that is not far from another one: a random part of it is replaced, or a field of it is left out."""
    changed = copy.deepcopy(schema)
    part = data.draw(st.sampled_from(_parts(changed)))
    if fields := part.get("properties"):
        name = data.draw(st.sampled_from(sorted(fields)))
        del fields[name]
        part["required"] = [other for other in part["required"] if other != name]
    else:
        replaced = copy.deepcopy(data.draw(SCALARS if part is changed["$defs"]["Leaf"] else LARGER))
        part.clear()
        part.update({"type": "string"} if replaced == {"$ref": "#/$defs/Leaf"} else replaced)
    return changed


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_let_through_is_valid_under_the_new_schema(data: st.DataObject) -> None:
    """For any two schemas: if no fault is found, whatever was written under the old one is valid under the new one."""
    old = data.draw(SCHEMAS)
    new = data.draw(SCHEMAS) if data.draw(st.booleans()) else _changed(data, old)
    if faults(old, new) == []:
        instance = data.draw(instances(old))
        jsonschema.validate(instance, old)
        jsonschema.validate(instance, new)
