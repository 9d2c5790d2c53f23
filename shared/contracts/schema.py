"""The JSON Schema (draft 2020-12) of every event, made from its model: the envelope with the fact in it. Pure.

Two views of one model: what is written (`published`, narrow: what consumers may count on) and what is read (`readable`,
wide: what decoding accepts). What was ever written must stay readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from shared.contracts.base import CloudEvent, kinds
from shared.contracts.registry import UnknownEventType

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DECIMAL = r"^-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?$"
"""What an exact number looks like in an event; Python's decimals are written with an exponent where it is shorter."""
_ENVELOPE: Mapping[str, Json] = {
    "specversion": {"const": "1.0", "description": "The version of CloudEvents."},
    "id": {"description": "The event's id, unique for ever: the command's id and the event's number in its commit."},
    "source": {"description": "The service that recorded it, such as `/intake`."},
    "subject": {"description": "The stream's id; it is the Kafka key too."},
    "time": {"description": "When it happened (business time); it may lie in the past."},
    "datacontenttype": {"const": "application/json", "description": "What `data` is."},
    "dataschema": {"description": "Where this schema is served, by every service that emits or reads the event."},
    "sequence": {"pattern": "^[0-9]{10}$", "description": "Its number in the stream, from 1, as ten digits."},
    "correlationid": {"description": "The same for all that follows from one request."},
    "causationid": {"description": "The id of the event that led to it; left out if none did."},
    "actor": {"description": "The opaque id of who caused it, or `service:<name>`."},
    "traceparent": {"description": "W3C trace context; left out if there is none."},
}


class _Plain(GenerateJsonSchema):
    """Without titles made from field names, which say nothing more; with the form that exact numbers have."""

    def decimal_schema(self, schema: Any) -> Json:
        if self.mode == "serialization":
            return {"type": "string", "pattern": DECIMAL}
        return super().decimal_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def published(type_name: str) -> Json:
    """The schema of an event as it is written; raises `UnknownEventType`."""
    return _described(type_name, _generated(type_name, "serialization"))


def readable(type_name: str) -> Json:
    """The schema of what decoding accepts for an event; raises `UnknownEventType`."""
    return _generated(type_name, "validation")


def text(document: Mapping[str, Any]) -> str:
    """A document's text: the same bytes for the same document, with keys in order, readable in a diff."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def same_meaning(one: Any, other: Any) -> bool:
    """Whether two schemas differ in nothing but their words."""
    return bool(_bare(one) == _bare(other))


def _generated(type_name: str, mode: Literal["serialization", "validation"]) -> Json:
    fact = kinds().get(type_name)
    if fact is None:
        raise UnknownEventType(type_name)
    return CloudEvent[fact].model_json_schema(mode=mode, schema_generator=_Plain)  # type: ignore[valid-type]


def _described(type_name: str, schema: Json) -> Json:
    envelope = {**_ENVELOPE, "type": {"const": type_name, "description": "The fact's name, with its version."}}
    for name, more in envelope.items():
        schema["properties"][name] |= more
    required = sorted({*schema["required"], "specversion", "type", "datacontenttype"})
    description = schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]].get("description", "")
    return {**schema, "$schema": DIALECT, "title": type_name, "description": description, "required": required}


def _bare(node: Any, named: bool = False) -> Any:
    """A schema without its annotations; under `properties` and `$defs` the keys are `named` by us, and all stay."""
    if isinstance(node, list):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = node if named else {k: v for k, v in node.items() if k not in ("title", "description")}
    return {k: v if k in _VALUES and not named else _bare(v, not named and k in _NAMED) for k, v in kept.items()}


_NAMED = ("properties", "$defs")
_VALUES = ("default", "const", "enum", "required")
