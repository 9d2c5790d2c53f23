"""The contracts' doors: open to anyone, and as true as the committed documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from shared import schemas
from shared.auth import Verifier
from shared.contracts import schema
from shared.contracts.topics import SERVICES, types_on, writes
from shared.http import create_app, unguarded_routes
from shared.http.contracts import contracts_router
from shared.http.problem import MEDIA_TYPE
from tests.shared.issuing import Issuer


@pytest.fixture(params=SERVICES, scope="module")
async def door(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    async with Issuer().serve() as issuer:
        app = create_app(request.param, "1", verifier=Verifier(issuer.url))
        app.include_router(contracts_router(request.param))
        assert unguarded_routes(app) == []
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client,
        ):
            yield request.param, client


async def test_the_document_leads_to_the_schemas(door: tuple[str, httpx.AsyncClient]) -> None:
    """From the served document to each served schema, as a consumer would go, without a token."""
    service, client = door
    document = (await client.get("/asyncapi.json")).json()
    assert document["id"] == f"urn:trama:{service}"
    for name in (name for topic in writes(service) for name in types_on(topic)):
        reference = document["components"]["messages"][name]["payload"]["schema"]["$ref"]
        found = await client.get(httpx.URL("http://t/asyncapi.json").join(reference))
        assert found.json() == schema.published(name)
        committed = schemas.revisions(name)[-1]
        assert schema.same_meaning(found.json(), committed)


async def test_an_unknown_type_is_not_found(door: tuple[str, httpx.AsyncClient]) -> None:
    """Nor is any other file reached."""
    _, client = door
    for name in ("proposal.lost.v1", "..", "%2e%2e%2fpyproject", "..%2fasyncapi%2fintake", "a" * 300):
        answer = await client.get(httpx.URL("http://t").copy_with(path=f"/schemas/{name}.json"))
        assert answer.status_code == 404
        assert answer.headers["content-type"] == MEDIA_TYPE


async def test_the_doors_are_documented(door: tuple[str, httpx.AsyncClient]) -> None:
    _, client = door
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/asyncapi.json", "/schemas/{type}.json"} <= set(paths)
