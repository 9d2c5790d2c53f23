"""The doors' locks: who asks, whether they may, in which language, and under which key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import RouteContext, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared import logs
from shared.auth import Unauthorized, Verifier
from shared.http import wording
from shared.http.wording import Language
from shared.roles import TABLE, Action, Caller, Forbidden, permit

OPEN = ("/health/", "/metrics", "/openapi.json", "/asyncapi.json", "/schemas/")
"""The only doors that need no token."""

_ONCE = ("Authorization", "Idempotency-Key", "Content-Type")
BEARER = HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="An OpenID Connect token")


def allow(action: Action) -> Any:
    """A dependency: verifies the token, asks the role table, and gives the `Caller`.

    Use as `caller: Annotated[Caller, allow("proposal.read")]`, first in the signature. Whether the action reaches the
    thing at hand is asked with `caller.require(action, country=..., agency=...)` once its country and agency are known.
    Query parameters that the door does not know are refused: a misspelt one would silently change the answer. So are
    parameters, and headers that decide something, that are given twice.
    """
    return Depends(Allow(action))


class Allow:
    """The dependency behind `allow`; `action` is what the architecture test reads."""

    def __init__(self, action: Action) -> None:
        if action not in TABLE:
            raise ValueError(f"{action!r} is not in the table of roles")
        self.action: Action = action

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
    ) -> Caller:
        """The caller; raises `Unauthorized`, `Forbidden`, `Unavailable`, or RequestValidationError."""
        _refuse_repeated(request)
        if credentials is None:
            raise Unauthorized("send a bearer token in the Authorization header", missing=True)
        verifier: Verifier = request.app.state.verifier
        caller = await verifier.verify(credentials.credentials)
        logs.actor.set(caller.subject)
        if permit(caller, self.action) is None:
            raise Forbidden(self.action)
        _refuse_unknown(request)
        return caller


def _refuse_repeated(request: Request) -> None:
    """What is given twice could mean either: readers along the way might not take the same one."""
    headers = [("header", name) for name in _ONCE if len(request.headers.getlist(name)) > 1]
    given = Counter(name for name, _ in request.query_params.multi_items())
    repeated = headers + [("query", name[:100]) for name, times in given.items() if times > 1]
    if repeated:
        raise RequestValidationError([{"type": "repeated_parameter", "loc": loc, "msg": ""} for loc in repeated])


def _refuse_unknown(request: Request) -> None:
    if not request.query_params:
        return
    known = _known_parameters(request.app, request.scope["endpoint"])
    unknown = sorted(set(request.query_params.keys()) - known)
    if unknown:
        context = {"known": ", ".join(sorted(known)) or "-"}
        raise RequestValidationError(
            [{"type": "unknown_parameter", "loc": ("query", n[:100]), "msg": "", "ctx": context} for n in unknown]
        )


def _known_parameters(app: FastAPI, endpoint: Any) -> set[str]:
    cache: dict[Any, set[str]] = app.state.known_parameters
    if endpoint not in cache:
        dependants = (d for r in iter_route_contexts(app.routes) if r.endpoint is endpoint and (d := dependant(r)))
        cache[endpoint] = {
            field.alias for d in dependants for field in get_flat_params(d) if isinstance(field.field_info, Query)
        }
    return cache[endpoint]


async def language(request: Request) -> Language:
    """A dependency: es, pt or en, as the Accept-Language header wishes."""
    return wording.wished(request.headers)


async def idempotency_key(
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="8 to 200 visible ASCII characters, new for each order; the same when an order is repeated",
        ),
    ],
) -> str:
    """A dependency of every door that writes: the caller's key; 400 if it is missing or malformed."""
    return key


def dependant(route: RouteContext) -> Dependant | None:
    """The dependencies of a route, those of the routers around it included."""
    return getattr(route, "dependant", None) if route.endpoint is not None else None


def dependencies(found: Dependant | None) -> Iterator[Any]:
    """What a route depends on, at any depth."""
    for sub in found.dependencies if found else ():
        yield sub.call
        yield from dependencies(sub)


def guarded_routes(app: FastAPI) -> list[tuple[str, str, Action | None]]:
    """Every route as (method, path, action); the action is None where nothing guards it. For the architecture test."""
    found: list[tuple[str, str, Action | None]] = []
    for route in iter_route_contexts(app.routes):
        actions: list[Action] = [call.action for call in dependencies(dependant(route)) if isinstance(call, Allow)]
        for method in sorted(route.methods or {"MOUNT"}):
            found.append((method, route.path or "", actions[0] if actions else None))
    return found


def unguarded_routes(app: FastAPI) -> list[tuple[str, str]]:
    """The routes that should have a guard and have none; must be empty."""
    return [
        (method, path)
        for method, path, action in guarded_routes(app)
        if action is None and not path.startswith(tuple(p for p in OPEN if p.endswith("/"))) and path not in OPEN
    ]
