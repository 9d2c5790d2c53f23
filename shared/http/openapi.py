"""The OpenAPI document: what FastAPI knows, and bodies and problem documents as we really read and write them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import TypeAdapter

from shared.http.body import JsonBody
from shared.http.guard import Allow, dependant, dependencies, idempotency_key
from shared.http.problem import MEDIA_TYPE, ProblemDocument
from shared.http.wording import title

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_WRITES = ("post", "put", "patch", "delete")


def document(app: FastAPI) -> Json:
    """The document, made once per application. Raises ValueError if two operations share an operationId."""
    if app.openapi_schema is None:
        app.openapi_schema = _build(app)
    return app.openapi_schema


def _build(app: FastAPI) -> Json:
    made: Json = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas: Json = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemDocument.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {}) | {"ProblemDocument": problem}
    seen: set[str] = set()
    bodies = [(route, body) for route in iter_route_contexts(app.routes) if (body := _body(route))]
    refs = _body_schemas([body for _, body in bodies], schemas)
    by_place = {_place(route): refs[id(body)] for route, body in bodies}
    for route in iter_route_contexts(app.routes):
        operation = _operation(made, route)
        if operation is None:
            continue
        if operation["operationId"] in seen:
            raise ValueError(f"two operations are named {operation['operationId']}")
        seen.add(operation["operationId"])
        if _place(route) in by_place:
            content = {"application/json": {"schema": by_place[_place(route)]}}
            operation["requestBody"] = {"required": True, "content": content}
        _problems(operation, route)
    return made


def _place(route: RouteContext) -> tuple[str, str]:
    return route.path_format or route.path or "", next(iter(sorted(route.methods or ())), "").lower()


def _operation(made: Json, route: RouteContext) -> Json | None:
    path, method = _place(route)
    found: Json | None = made.get("paths", {}).get(path, {}).get(method)
    return found


def _body(route: RouteContext) -> JsonBody | None:
    return next((call for call in dependencies(dependant(route)) if isinstance(call, JsonBody)), None)


def _body_schemas(bodies: list[JsonBody], schemas: Json) -> dict[int, Json]:
    """Adds the bodies' schemas to the components; gives the reference (or inline schema) for each body, by id."""
    inputs: list[tuple[int, Any, TypeAdapter[Any]]] = [(id(body), "validation", body.adapter) for body in bodies]
    made, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    definitions: Json = rest.get("$defs", {})
    for definition in definitions.values():
        _close(definition)
    # an answer may show the same model otherwise (as it is written, not as it is read)
    renamed = {name: f"{name}Body" for name, d in definitions.items() if name in schemas and schemas[name] != d}
    for name, definition in definitions.items():
        schemas[renamed.get(name, name)] = _renamed(definition, renamed)
    return {key: _renamed(_close(dict(schema)), renamed) for (key, _), schema in made.items()}


def _close(schema: Json) -> Json:
    # `json_body` refuses unknown fields at every depth
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return schema


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _renamed(value, names) for key, value in node.items()}
    reference = found.get("$ref")
    if isinstance(reference, str) and (name := reference.rpartition("/")[2]) in names:
        found["$ref"] = _REF.format(model=names[name])
    return found


def _problems(operation: Json, route: RouteContext) -> None:
    """Documents every problem that this operation can answer with."""
    calls = list(dependencies(dependant(route)))
    statuses = {400, 413, 500}
    if any(isinstance(call, Allow) for call in calls):
        statuses |= {401, 403, 404, 422, 503}
    if any(isinstance(call, JsonBody) for call in calls):
        statuses |= {415, 422}
    if idempotency_key in calls or _place(route)[1] in _WRITES:
        statuses |= {409, 503}
    responses: Json = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    for status in sorted(statuses):
        content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}
        responses.setdefault(str(status), {"description": title(status, "en"), "content": content})
    if "401" in responses:
        responses["401"].setdefault("headers", {})["WWW-Authenticate"] = {"schema": {"type": "string"}}
