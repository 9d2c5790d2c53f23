"""The application that every service puts its doors on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Scope

from shared import metrics
from shared.auth import Verifier
from shared.http import handlers, health, openapi
from shared.http.limit import BodyLimit
from shared.http.middleware import Decodable, Surround

BODY_LIMIT = 1_000_000
"""Bytes; a commit holds less than 1 MB, so no order needs more."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class App(FastAPI):
    """A FastAPI application with our OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return openapi.document(self)


def create_app(
    name: str,
    version: str,
    *,
    verifier: Verifier,
    lifespan: Lifespan | None = None,
    checks: Mapping[str, health.Check] | None = None,
    description: str = "",
    body_limit: int = BODY_LIMIT,
) -> FastAPI:
    """The application of the service `name`: health, measures, OpenAPI, problem documents, limits.

    Add doors with `app.include_router(...)`; each needs `allow(action)`. `checks` are asked by `/health/ready`, beside
    the issuer's keys; the mapping is read at each request, so it may be filled while starting. `lifespan` runs inside
    the verifier's own. The documentation pages of FastAPI are left out: they load scripts from elsewhere.
    """

    @asynccontextmanager
    async def whole(app: FastAPI) -> AsyncIterator[None]:
        async with verifier:
            if lifespan is None:
                yield
            else:
                async with lifespan(app):
                    yield

    app = App(
        title=f"Trama {name}",
        version=version,
        description=description,
        lifespan=whole,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.verifier = verifier
    app.state.known_parameters = {}
    handlers.install(app)
    # the last one added is the outermost
    app.add_middleware(BodyLimit, limit=body_limit)
    app.add_middleware(Decodable)
    app.add_middleware(Surround, template=_templates(app))
    health.add(app, name, version, _Checks(verifier, checks if checks is not None else {}))
    metrics.BUILD.labels(name, version).set(1)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


class _Checks(dict[str, health.Check]):
    """The issuer's check and the service's own, read anew each time."""

    def __init__(self, verifier: Verifier, own: Mapping[str, health.Check]) -> None:
        super().__init__(issuer=verifier.check)
        self._own = own

    def __iter__(self) -> Any:
        return iter(["issuer", *self._own])

    def __getitem__(self, name: str) -> health.Check:
        return self._own[name] if name in self._own else super().__getitem__(name)


def _templates(app: FastAPI) -> Callable[[Scope], str]:
    """The full template of the route that a scope was matched to, prefixes included; `unmatched` if to none."""
    paths: dict[int, str] = {}

    def template(scope: Scope) -> str:
        route = scope.get("route")
        if route is None:
            return "unmatched"
        if id(route) not in paths:
            paths.update({id(r.original_route): r.path or "" for r in iter_route_contexts(app.routes)})
        return paths.get(id(route), "unmatched")

    return template
