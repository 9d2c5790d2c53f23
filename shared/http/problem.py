"""Problem documents, RFC 9457: the one form of every answer that is not a success."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel, Field

from shared import logs
from shared.http import wording
from shared.http.rules import explain
from shared.http.wording import Language

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100
"""No more are listed: a caller mends the first ones first."""


class FieldError(BaseModel):
    """One thing that is wrong: where (a pointer into the body, or a parameter as `query/name`), what, what to do."""

    pointer: str | None = Field(None, description="RFC 6901 pointer into the body")
    parameter: str | None = Field(None, description="`path/name`, `query/name` or `header/name`")
    rule: str
    detail: str
    fix: str


class ProblemDocument(BaseModel):
    """RFC 9457, with the id that finds the request in the logs, the rule's code, and the fields at fault."""

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str
    code: str | None = None
    errors: list[FieldError] | None = None


class Problem(Exception):
    """Raised by a door to answer with a problem document; `type` is the last part of `urn:trama:problem:<type>`."""

    def __init__(
        self,
        status: int,
        type: str,
        detail: str,
        *,
        title: str | None = None,
        errors: Sequence[FieldError] = (),
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {type}: {detail}")
        self.status = status
        self.type = type
        self.detail = detail
        self.title = title
        self.errors = list(errors)
        self.code = code
        self.headers = dict(headers or {})

    def response(self, language: Language) -> Response:
        """The answer."""
        document = ProblemDocument(
            type=f"urn:trama:problem:{self.type}",
            title=self.title or wording.title(self.status, language),
            status=self.status,
            detail=self.detail,
            correlation_id=logs.correlation_id.get() or "",
            code=self.code,
            errors=self.errors[:MAX_ERRORS] or None,
        )
        # ASCII with escapes: a text that echoes a lone surrogate must not break the encoder
        content = json.dumps(document.model_dump(exclude_none=True)).encode()
        headers = {"Content-Language": language, "Vary": "Accept-Language"} | self.headers
        return Response(content, self.status, headers, media_type=MEDIA_TYPE)


def not_found(language: Language = wording.DEFAULT, detail: str | None = None) -> Problem:
    """404; `detail` says what is not there."""
    return Problem(404, "not-found", detail or wording.detail("not-found", language))


def field_errors(errors: Sequence[Mapping[str, Any]], document: object, language: Language) -> list[FieldError]:
    """Pydantic's errors about a body whose parsed JSON is `document`, never repeating what was sent."""
    return [
        _field_error(e, language, pointer=pointer(e["loc"], document, e["type"] == "missing"))
        for e in errors[:MAX_ERRORS]
    ]


def parameter_errors(errors: Sequence[Mapping[str, Any]], language: Language) -> list[FieldError]:
    """Pydantic's errors about parameters: their places begin with path, query or header."""
    return [
        _field_error(e, language, parameter="/".join(str(part) for part in e["loc"][:2])) for e in errors[:MAX_ERRORS]
    ]


def _field_error(
    error: Mapping[str, Any], language: Language, pointer: str | None = None, parameter: str | None = None
) -> FieldError:
    found, fix = explain(error["type"], error["msg"], error.get("ctx") or {}, language)
    return FieldError(pointer=pointer, parameter=parameter, rule=error["type"], detail=found, fix=fix)


def pointer(loc: Sequence[int | str], document: object, missing: bool = False) -> str:
    """An RFC 6901 pointer for pydantic's place, which also names union members: those are not in the document."""
    node, parts = document, []
    for index, item in enumerate(loc):
        if isinstance(node, dict) and isinstance(item, str) and (item in node or (missing and index == len(loc) - 1)):
            node = node.get(item)
        elif isinstance(node, list) and isinstance(item, int) and 0 <= item < len(node):
            node = node[item]
        else:
            continue
        parts.append("/" + str(item).replace("~", "~0").replace("/", "~1"))
    return "".join(parts)
