"""Errors -> problem documents: the one place that knows both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from shared.auth import Unauthorized
from shared.contracts.registry import UnknownEventType
from shared.errors import (
    CommitTooLarge,
    Conflict,
    IdempotencyConflict,
    OutcomeUnknown,
    Refused,
    Unavailable,
    Unreadable,
)
from shared.http import wording
from shared.http.limit import BodyTooLarge, too_large
from shared.http.problem import FieldError, Problem, parameter_errors
from shared.http.wording import Language
from shared.roles import TABLE, Forbidden
from shared.telling import told

log = structlog.get_logger("shared.http")

RETRY_AFTER = {"Retry-After": "1"}
_TEXTS: dict[type[Exception], tuple[int, str, dict[str, str]]] = {
    Conflict: (409, "conflict", {}),
    IdempotencyConflict: (409, "idempotency-conflict", {}),
    OutcomeUnknown: (503, "outcome-unknown", RETRY_AFTER),
    Unavailable: (503, "unavailable", RETRY_AFTER),
    CommitTooLarge: (413, "commit-too-large", {}),
    UnknownEventType: (503, "newer-release", RETRY_AFTER),
    Unreadable: (503, "unreadable", {}),
}


def install(app: FastAPI) -> None:
    """Answers every error that is ours, or the framework's, with a problem document."""
    for kind in (Problem, HTTPException, RequestValidationError, Refused, Unauthorized, Forbidden, *_TEXTS):
        app.add_exception_handler(kind, _handler(kind))


def _handler(kind: type[Exception]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        language = wording.wished(request.headers)
        if isinstance(error, HTTPException) and error.status_code == 405:
            error.headers = {**(error.headers or {}), "Allow": ", ".join(_methods(request))}
        if kind in (OutcomeUnknown, Unavailable, Conflict, UnknownEventType, Unreadable):
            log.warning("http.unsettled", error=told(error))
        return problem_of(error, language).response(language)

    return handle


def _methods(request: Request) -> list[str]:
    """The methods of all doors at the address: the framework tells those of the first one that fits."""
    path = request.scope["path"]
    return sorted(
        {
            method
            for route in iter_route_contexts(request.app.routes)
            if compile_path(route.path or "")[0].match(path)
            for method in route.methods or ()
        }
    )


def problem_of(error: Exception, language: Language) -> Problem:
    """The problem that an error is for a caller; any other error is not for callers and is raised again."""
    match error:
        case Problem():
            return error
        case Refused():
            return _refused(error, language)
        case Unauthorized():
            return _unauthorized(error, language)
        case Forbidden():
            return _forbidden(error, language)
        case RequestValidationError():
            return _parameters(error, language)
        case HTTPException():
            return _http(error, language)
    for kind, (status, slug, headers) in _TEXTS.items():
        if isinstance(error, kind):
            return Problem(status, slug, wording.detail(slug, language), headers=headers)
    raise error


def _refused(error: Refused, language: Language) -> Problem:
    text = _in(error.texts, language) or error.code
    status = 409 if error.code.startswith("state.") else 422
    place = {"pointer": error.pointer, "parameter": error.parameter}
    found = FieldError(**place, rule=error.code, detail=text, fix=_in(error.fix, language))
    where = [found] if any(place.values()) or error.fix else ()
    return Problem(status, "refused", text, code=error.code, errors=where)


def _in(texts: dict[str, str], language: Language) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def _unauthorized(error: Unauthorized, language: Language) -> Problem:
    challenge = 'Bearer realm="trama"'
    if not error.missing:
        reason = "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in error.reason)
        challenge += f', error="invalid_token", error_description="{reason}"'
    text = wording.detail("token-missing" if error.missing else "token", language, reason=error.reason)
    return Problem(401, "unauthorized", text, headers={"WWW-Authenticate": challenge})


def _forbidden(error: Forbidden, language: Language) -> Problem:
    roles = ", ".join(TABLE[error.action].roles)
    text = wording.detail("scope" if error.scoped else "role", language, action=error.action, roles=roles)
    challenge = 'Bearer realm="trama", error="insufficient_scope"'
    return Problem(403, "forbidden", text, code=error.action, headers={"WWW-Authenticate": challenge})


def _parameters(error: RequestValidationError, language: Language) -> Problem:
    errors = error.errors()
    # a header is no part of what was asked for, so what is wrong with it makes the request malformed
    status = 400 if any(e["loc"][0] == "header" for e in errors) else 422
    text = wording.detail("validation", language, count=len(errors))
    return Problem(status, "parameters", text, errors=parameter_errors(errors, language))


def _http(error: HTTPException, language: Language) -> Problem:
    if isinstance(error, BodyTooLarge):
        return too_large(error.limit, language)
    headers = dict(error.headers or {})
    if error.status_code == 404 and error.detail == "Not Found":
        return Problem(404, "not-found", wording.detail("not-found", language), headers=headers)
    if error.status_code == 405:
        text = wording.detail("method", language, allow=headers.get("Allow", "-"))
        return Problem(405, "method", text, headers=headers)
    return Problem(error.status_code, "http", str(error.detail), headers=headers)
