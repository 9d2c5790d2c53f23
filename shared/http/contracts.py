"""The doors to the contracts: what the service sends and reads. They are open; a contract holds nobody's data."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from shared.asyncapi import asyncapi_document
from shared.http.guard import language
from shared.http.problem import MEDIA_TYPE, not_found
from shared.http.wording import Language
from shared.schemas import schema_document

_NOT_FOUND: dict[str, Any] = {
    "description": "No event of this type",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
}


def contracts_router(service: str) -> APIRouter:
    """`/asyncapi.json` and `/schemas/{type}.json` of `service`; raises `KeyError` for one that has no contract."""
    document = asyncapi_document(service)
    router = APIRouter(tags=["contracts"])

    @router.get("/asyncapi.json", summary="What the service sends and reads on Kafka, as AsyncAPI 3.0")
    async def asyncapi() -> dict[str, Any]:
        return document

    @router.get("/schemas/{type}.json", summary="The JSON Schema of an event", responses={404: _NOT_FOUND})
    async def event_schema(type: str, language: Annotated[Language, Depends(language)]) -> dict[str, Any]:
        found = schema_document(type)
        if found is None:
            raise not_found(language)
        return found

    return router
