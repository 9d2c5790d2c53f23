"""JSON bodies, read raw and validated strictly: what is not exactly understood is refused, with a pointer to it."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import Any

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from shared.http import wording
from shared.http.json_rules import json_rule
from shared.http.problem import FieldError, Problem, field_errors, pointer
from shared.http.rules import explain
from shared.http.wording import Language


def json_body(model: Any) -> Any:
    """A dependency: the body as `model` (a pydantic model or any type that a `TypeAdapter` takes).

    Use as `body: Annotated[Model, json_body(Model)]`, after the caller in the signature, so that who may not is told so
    first. Unknown fields are refused at every depth, and types are strict (`false` is no
    number, `"1"` no integer), whatever the model's own setting. Problems: 415 another content
    type, 400 no JSON (bad UTF-8, lone surrogates, nesting deeper than about 200), 422 JSON that breaks a rule.
    """
    return Depends(JsonBody(model))


class JsonBody:
    """The dependency behind `json_body`; `adapter` is what the OpenAPI document is made from."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """The model's validator, built on first use."""
        return TypeAdapter(self._model)

    async def __call__(self, request: Request) -> Any:
        """The validated body."""
        language = wording.wished(request.headers)
        kind, _, charset = request.headers.get("content-type", "").lower().partition(";")
        if kind.strip() != "application/json" or charset.strip() not in ("", "charset=utf-8", 'charset="utf-8"'):
            raise Problem(
                415, "content-type", wording.detail("content-type", language), headers={"Accept": "application/json"}
            )
        return self.parse(await request.body(), language)

    def parse(self, raw: bytes, language: Language) -> Any:
        """The value that the bytes hold; raises `Problem`."""
        try:
            value = self.adapter.validate_json(raw, strict=True, extra="forbid")
        except ValidationError as error:
            raise _problem(error, raw, language) from None
        self._strictly(raw, language)
        return value

    def _strictly(self, raw: bytes, language: Language) -> None:
        """What pydantic's parser lets pass: names given twice, NaN, and U+0000 in texts."""
        twice: list[_Twice] = []
        try:
            document = json.loads(raw, object_pairs_hook=partial(_object, twice), parse_constant=_refuse_constant)
        except _NotStrict as error:
            raise _invalid([_error(error.rule, "", language, name=error.name)], language) from None
        except ValueError as error:  # an integer with more digits than Python reads
            raise _no_json(str(error), raw, language) from None
        if twice:
            repeated = [_error("duplicate_name", place, language, name=name) for place, name in _repeated(document, "")]
            raise _invalid(repeated, language)
        if b"\\u0000" in raw:
            found = [_error("nul", place, language) for place in _nuls(document, "")]
            if found:
                raise _invalid(found, language)


class _NotStrict(ValueError):
    def __init__(self, rule: str, name: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.name = name


class _Twice(dict[str, Any]):
    """An object that gives a name twice; the last value counts."""

    name: str


def _object(twice: list[_Twice], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    repeated = _Twice(found)
    repeated.name = next(name for name in names if names.count(name) > 1)
    twice.append(repeated)
    return repeated


def _repeated(node: object, place: str) -> list[tuple[str, str]]:
    """Where a name is given twice, and the name; within what an earlier value of such a name held, nobody looks."""
    if isinstance(node, list):
        return [found for i, item in enumerate(node) for found in _repeated(item, f"{place}/{i}")]
    if not isinstance(node, dict):
        return []
    own = [(place + pointer([node.name], node), node.name[:100])] if isinstance(node, _Twice) else []
    return own + [found for name, item in node.items() for found in _repeated(item, place + pointer([name], node))]


def _refuse_constant(name: str) -> Any:
    raise _NotStrict("not_a_number", name)


def _nuls(node: object, place: str) -> list[str]:
    if isinstance(node, str):
        return [place] if "\0" in node else []
    if isinstance(node, list):
        return [found for i, item in enumerate(node) for found in _nuls(item, f"{place}/{i}")]
    if not isinstance(node, dict):
        return []
    inside = [found for name, item in node.items() for found in _nuls(item, place + pointer([name], node))]
    return ([place] if any("\0" in name for name in node) else []) + inside


def _problem(error: ValidationError, raw: bytes, language: Language) -> Problem:
    errors = error.errors(include_url=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        return _no_json(str(errors[0].get("ctx", {}).get("error", "")), raw, language)
    return _invalid(field_errors(errors, json.loads(raw), language), language)


def _no_json(said: str, raw: bytes, language: Language) -> Problem:
    rule, place = json_rule(said, raw)
    found, fix = explain(rule, said, place, language)
    errors = [FieldError(pointer="", rule="json_invalid", detail=found, fix=fix)]
    return Problem(400, "json", wording.detail("json", language), errors=errors)


def _error(rule: str, place: str, language: Language, **context: str) -> FieldError:
    found, fix = explain(rule, rule, context, language)
    return FieldError(pointer=place, rule=rule, detail=found, fix=fix)


def _invalid(errors: list[FieldError], language: Language) -> Problem:
    return Problem(422, "validation", wording.detail("validation", language, count=len(errors)), errors=errors)
