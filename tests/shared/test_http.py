"""Doors built by the factory, with real tokens: every answer that is no success is a problem document."""

import asyncio
import io
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
import pytest
import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared import errors, logs
from shared.auth import Verifier
from shared.http import (
    Language,
    allow,
    create_app,
    guarded_routes,
    idempotency_key,
    json_body,
    language,
    unguarded_routes,
)
from shared.http.problem import MEDIA_TYPE
from shared.roles import Caller
from tests.shared.issuing import Issuer


class Place(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["place"]
    name: Annotated[str, Field(max_length=10)]


class Area(BaseModel):
    kind: Literal["area"]
    size: Annotated[int, Field(ge=0)]


class Order(BaseModel):
    """An order with what a body may hold."""

    model_config = ConfigDict(extra="ignore")
    title: Annotated[str, Field(min_length=1, max_length=20)]
    when: AwareDatetime | None = None
    where: list[Annotated[Place | Area, Field(discriminator="kind")]] = []
    free: dict[str, Any] = {}


class Said(BaseModel):
    title: str
    by: str
    language: str
    correlation: str


router = APIRouter(prefix="/orders", tags=["orders"])
NESTED: list[Exception] = []


@router.post("", status_code=201)
async def place_order(
    caller: Annotated[Caller, allow("proposal.submit")],
    key: Annotated[str, Depends(idempotency_key)],
    order: Annotated[Order, json_body(Order)],
    speaks: Annotated[Language, Depends(language)],
) -> Said:
    caller.require("proposal.submit", country="BR" if order.title == "abroad" else "CO")
    if NESTED:
        raise NESTED.pop()
    return Said(title=order.title, by=caller.subject, language=speaks, correlation=logs.correlation_id.get() or "")


@router.get("/{number}")
async def read_order(
    caller: Annotated[Caller, allow("proposal.read")], number: int, q: Annotated[str, Query(max_length=5)] = ""
) -> Said:
    return Said(title=f"{number}{q}", by=caller.subject, language="", correlation="")


class World:
    """The issuer, the application and a client of it."""

    def __init__(self, issuer: Issuer, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.issuer, self.app, self.client = issuer, app, client
        self.office = {
            "Authorization": "Bearer " + issuer.token(trama_roles=["country_office"], trama_countries=["CO"]),
            "Idempotency-Key": "key-00000001",
            "Content-Type": "application/json",
        }

    async def post(self, content: Any, **headers: str) -> httpx.Response:
        return await self.client.post("/orders", content=content, headers=self.office | headers)


CHECKS: dict[str, Any] = {}


@asynccontextmanager
async def own_lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.started = True
    yield


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().serve() as issuer:
        yield issuer


@pytest.fixture
async def world(issuer: Issuer) -> AsyncIterator[World]:
    CHECKS.clear()
    issuer.away = False
    app = create_app("orders", "1.2.3", verifier=Verifier(issuer.url), lifespan=own_lifespan, checks=CHECKS)
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield World(issuer, app, client)


def problem(response: httpx.Response, status: int, type: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    document: dict[str, Any] = response.json()
    assert (document["status"], document["type"]) == (status, f"urn:trama:problem:{type}")
    assert document["correlation_id"] == response.headers["x-correlation-id"]
    assert document["title"]
    assert document["detail"]
    return document


async def test_a_good_order_is_answered(world: World) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    body = '{"title":"ñ","where":[{"kind":"place","name":"x"}],"when":"2003-11-30T12:00:00Z"}'
    answer = await world.post(
        body, **{"X-Correlation-ID": "corr-1234", "traceparent": trace, "Accept-Language": "pt-BR, en;q=0.5"}
    )
    assert answer.status_code == 201
    assert answer.json() == {"title": "ñ", "by": "someone", "language": "pt", "correlation": "corr-1234"}
    assert answer.headers["x-correlation-id"] == "corr-1234"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert world.app.state.started


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "has space in", "né-né-né-né", "a\tb\tc\td\te"])
async def test_an_odd_correlation_id_is_replaced(world: World, given: str) -> None:
    answer = await world.client.get("/health/live", headers={b"X-Correlation-ID": given.encode()})
    assert len(answer.headers["x-correlation-id"]) == 32


async def test_without_a_token_nothing_opens(world: World) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": ""}):
        answer = await world.client.get("/orders/1", headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == 'Bearer realm="trama"'
    answer = await world.client.get("/orders/1", headers={"Authorization": "Bearer a.b.c"})
    problem(answer, 401, "unauthorized")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    answer = await world.client.get("/orders/1", headers={b"Authorization": b"Bearer \xff\xfe.x.y"})
    problem(answer, 401, "unauthorized")


async def test_another_role_is_told_which_roles_may(world: World) -> None:
    for roles in (["auditor"], [], ["emperor"]):
        token = world.issuer.token(trama_roles=roles)
        found = problem(await world.post("{}", Authorization=f"Bearer {token}"), 403, "forbidden")
        assert found["code"] == "proposal.submit"
        assert "country_office" in found["detail"]


async def test_another_country_is_out_of_reach(world: World) -> None:
    found = problem(await world.post('{"title":"abroad"}'), 403, "forbidden")
    assert "outside the caller's countries" in found["detail"]


@pytest.mark.parametrize(
    ("body", "status", "errors"),
    [
        (b"{}", 422, [("/title", "missing")]),
        (b'{"title":1}', 422, [("/title", "string_type")]),
        (b'{"title":""}', 422, [("/title", "string_too_short")]),
        (b'{"title":"x","colour":1}', 422, [("/colour", "extra_forbidden")]),
        (b'{"title":"x","a/b~c":1}', 422, [("/a~1b~0c", "extra_forbidden")]),
        (b'{"title":"x","where":[{"kind":"place","name":"x","z":1}]}', 422, [("/where/0/z", "extra_forbidden")]),
        (b'{"title":"x","where":[{"kind":"area","size":-1}]}', 422, [("/where/0/size", "greater_than_equal")]),
        (b'{"title":"x","where":[{"kind":"area","size":false}]}', 422, [("/where/0/size", "int_type")]),
        (b'{"title":"x","where":[{"kind":"area","size":"1"}]}', 422, [("/where/0/size", "int_type")]),
        (b'{"title":"x","when":1070193600}', 422, [("/when", "datetime_type")]),
        (b'{"title":"x","where":[{"kind":"place"}]}', 422, [("/where/0/name", "missing")]),
        (b'{"title":"x","where":[{"kind":"sea"}]}', 422, [("/where/0", "union_tag_invalid")]),
        (b'{"title":"x","when":"2003-11-31T00:00:00Z"}', 422, [("/when", "datetime_parsing")]),
        (b'{"title":"x","when":"2003-11-30T00:00:00"}', 422, [("/when", "timezone_aware")]),
        (b'{"title":"a\\u0000b"}', 422, [("/title", "nul")]),
        (b'{"title":"x","free":{"\\u0000":[1,"\\u0000"]}}', 422, [("/free", "nul"), ("/free/\0/1", "nul")]),
        (b'{"title":"x","title":"y"}', 422, [("/title", "duplicate_name")]),
        (b'{"title":"x","free":{"a":[{"b":1,"b":2}]}}', 422, [("/free/a/0/b", "duplicate_name")]),
        (
            b'{"title":"x","free":{"a":{"b":1,"b":2},"a":{"c/":1,"c/":2}}}',
            422,
            [("/free/a", "duplicate_name"), ("/free/a/c~1", "duplicate_name")],
        ),
        (b'{"title":"x","free":{"a":NaN}}', 422, [("", "not_a_number")]),
        (b'{"title":"x","free":{"a":-Infinity}}', 422, [("", "not_a_number")]),
        (b"[]", 422, [("", "model_type")]),
        (b"null", 422, [("", "model_type")]),
        (b"", 400, [("", "json_invalid")]),
        (b"{", 400, [("", "json_invalid")]),
        (b'{"title":"\xff"}', 400, [("", "json_invalid")]),
        (b'{"title":"\xed\xa0\x80"}', 400, [("", "json_invalid")]),
        (b'{"title":"\\ud800"}', 400, [("", "json_invalid")]),
        (b'{"title":"x\x00"}', 400, [("", "json_invalid")]),
        (b'{"title":"x","free":{"a":' + b"[" * 100_000, 400, [("", "json_invalid")]),
        (b'{"title":"x","free":{"a":' + b"[" * 210 + b"]" * 210 + b"}}", 400, [("", "json_invalid")]),
        (b'{"title":"x","free":{"a":' + b"1" * 5000 + b"}}", 400, [("", "json_invalid")]),
        (b'{"title":"x","free":{"a":-' + b"1" * 4300 + b"}}", 201, []),
        (b'{"title":"x","free":{"a":' + b"[" * 190 + b"]" * 190 + b"}}", 201, []),
        (b"\xef\xbb\xbf{}", 400, [("", "json_invalid")]),
        ('{"title":"x"}'.encode("utf-16"), 400, [("", "json_invalid")]),
    ],
)
async def test_bodies(world: World, body: bytes, status: int, errors: list[tuple[str, str]]) -> None:
    answer = await world.post(body)
    if status == 201:
        assert answer.status_code == 201, answer.text
        return
    found = problem(answer, status, "json" if status == 400 else "validation")
    assert [(e["pointer"], e["rule"]) for e in found["errors"]] == errors
    assert all(e["detail"] and e["fix"] for e in found["errors"])


async def test_a_thousand_errors_are_cut(world: World) -> None:
    names = ",".join(f'"x{i}":1' for i in range(1000))
    assert len(problem(await world.post("{" + names + "}"), 422, "validation")["errors"]) == 100


@pytest.mark.parametrize("kind", ["text/plain", "", "application/xml", "application/json; charset=latin-1"])
async def test_other_content_types_are_refused(world: World, kind: str) -> None:
    problem(await world.post("{}", **{"Content-Type": kind}), 415, "content-type")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8"])
async def test_json_may_say_its_charset(world: World, kind: str) -> None:
    assert (await world.post('{"title":"x"}', **{"Content-Type": kind})).status_code == 201


@pytest.mark.parametrize("key", [None, "", "short", "x" * 201, "with a space", "né-né-né-né".encode(), "a\tb-------"])
async def test_the_idempotency_key_is_needed(world: World, key: Any) -> None:
    headers = {n: v for n, v in world.office.items() if n != "Idempotency-Key"}
    if key is not None:
        headers["Idempotency-Key"] = key
    answer = await world.client.post("/orders", content='{"title":"x"}', headers=headers)
    found = problem(answer, 400, "parameters")
    assert [e["parameter"] for e in found["errors"]] == ["header/Idempotency-Key"]


@pytest.mark.parametrize(
    ("path", "status", "type", "parameter"),
    [
        ("/orders/x", 422, "parameters", "path/number"),
        ("/orders/1?q=123456", 422, "parameters", "query/q"),
        ("/orders/1?p=1", 422, "parameters", "query/p"),
        ("/orders/%ff", 400, "encoding", "path"),
        ("/orders/%00", 400, "encoding", "path"),
        ("/orders/1?q=%00", 400, "encoding", "query/q"),
        ("/orders/1?q=%ed%a0%80", 400, "encoding", "query/q"),
        ("/orders/1?%ff=1", 400, "encoding", "query"),
        ("/health/live?x=%ff", 400, "encoding", "query/x"),
        ("/orders/" + "9" * 5000, 422, "parameters", "path/number"),
    ],
)
async def test_bad_parameters(world: World, path: str, status: int, type: str, parameter: str) -> None:
    found = problem(await world.client.get(path, headers=world.office), status, type)
    assert [e["parameter"] for e in found["errors"]] == [parameter]


async def test_a_parameter_given_twice_is_refused(world: World) -> None:
    found = problem(await world.client.get("/orders/1?q=1&q=1", headers=world.office), 422, "parameters")
    assert [e["parameter"] for e in found["errors"]] == ["query/q"]


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type"])
async def test_a_header_that_decides_something_is_refused_if_given_twice(world: World, name: str) -> None:
    headers = [*world.office.items(), (name, world.office[name])]
    answer = await world.client.post("/orders", content='{"title":"x"}', headers=headers)
    found = problem(answer, 400, "parameters")
    assert [e["parameter"] for e in found["errors"]] == [f"header/{name}"]


async def test_the_language_may_be_wished_for_on_several_lines(world: World) -> None:
    headers = [*world.office.items(), ("Accept-Language", "fr"), ("Accept-Language", "pt;q=0.5, es;q=0.4")]
    answer = await world.client.post("/orders", content="{}", headers=headers)
    assert answer.headers["content-language"] == "pt"


async def test_good_parameters(world: World) -> None:
    answer = await world.client.get("/orders/7?q=%C3%B1%26", headers=world.office)
    assert answer.json()["title"] == "7ñ&"


async def test_other_addresses_and_methods(world: World) -> None:
    problem(await world.client.get("/nothing"), 404, "not-found")
    problem(await world.client.get("/orders/1/"), 404, "not-found")
    problem(await world.client.get("/docs"), 404, "not-found")
    answer = await world.client.put("/orders/1")
    problem(answer, 405, "method")
    assert answer.headers["allow"] == "GET"


TEXTS = {"es": "No se puede", "pt": "Não se pode", "en": "Can't"}
FIX = {"es": "espere", "en": "wait"}


@pytest.mark.parametrize(
    ("error", "status", "type"),
    [
        (errors.Refused("rule.x", TEXTS, "/title", FIX), 422, "refused"),
        (errors.Refused("state.x", TEXTS), 409, "refused"),
        (errors.Conflict("x"), 409, "conflict"),
        (errors.IdempotencyConflict("x"), 409, "idempotency-conflict"),
        (errors.CommitTooLarge("x"), 413, "commit-too-large"),
        (errors.OutcomeUnknown("x"), 503, "outcome-unknown"),
        (errors.Unavailable("x"), 503, "unavailable"),
    ],
)
async def test_domain_errors(world: World, error: Exception, status: int, type: str) -> None:
    NESTED.append(error)
    answer = await world.post('{"title":"x"}', **{"Accept-Language": "es"})
    found = problem(answer, status, type)
    assert answer.headers["content-language"] == "es"
    if isinstance(error, errors.Refused):
        assert (found["code"], found["detail"]) == (error.code, "No se puede")
    if status == 503:
        assert answer.headers["retry-after"] == "1"
        assert "Idempotency-Key" in found["detail"] or type == "unavailable"


async def test_a_refusal_points_and_says_what_to_do(world: World) -> None:
    NESTED.append(errors.Refused("rule.x", TEXTS, "/title", FIX))
    found = problem(await world.post('{"title":"x"}', **{"Accept-Language": "pt"}), 422, "refused")
    assert found["errors"] == [{"pointer": "/title", "rule": "rule.x", "detail": "Não se pode", "fix": "wait"}]
    NESTED.append(errors.Refused("rule.x", TEXTS, parameter="path/number"))
    found = problem(await world.post('{"title":"x"}', **{"Accept-Language": "pt"}), 422, "refused")
    assert [e.get("parameter") for e in found["errors"]] == ["path/number"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    logs.configure("orders", "INFO", "json", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


async def test_what_nobody_foresaw_is_a_500_without_details(world: World, lines: io.StringIO) -> None:
    NESTED.append(RuntimeError("inner secret"))
    answer = await world.post('{"title":"x"}')
    found = problem(answer, 500, "internal")
    assert "inner secret" not in answer.text
    assert set(found) == {"type", "title", "status", "detail", "correlation_id"}
    failed, request = (json.loads(line) for line in lines.getvalue().splitlines()[-2:])
    assert "RuntimeError: inner secret" in failed["exception"]
    assert failed["correlation_id"] == request["correlation_id"] == found["correlation_id"]


async def test_one_line_per_request_says_who_and_holds_no_secret(world: World, lines: io.StringIO) -> None:
    await world.client.get("/orders/7?q=name", headers=world.office)
    await world.client.get("/health/live")
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (line["route"], line["path"], line["status"], line["actor"]) == (
        "/orders/{number}", "/orders/7", 200, "someone",
    )  # fmt: skip
    assert "eyJ" not in lines.getvalue()
    assert "q=name" not in lines.getvalue()


async def test_large_bodies(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    problem(await world.post(b" " * 1_000_001), 413, "body-too-large")
    problem(await world.post(chunks()), 413, "body-too-large")
    body = b'{"title":"x"}'
    assert (await world.post(body + b" " * (1_000_000 - len(body)))).status_code == 201


async def test_large_bodies_over_a_real_connection(world: World) -> None:
    """A client that is still sending gets the answer, not a reset; the server goes on."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" " * 100_000

    server = uvicorn.Server(uvicorn.Config(world.app, log_config=None, lifespan="off"))
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/orders"
        task = asyncio.create_task(server.serve([listening]))
        async with httpx.AsyncClient() as client:
            for content in (b" " * 5_000_000, chunks(), b'{"title":"x"}'):
                answer = await client.post(url, content=content, headers=world.office)
                assert answer.status_code == (201 if content == b'{"title":"x"}' else 413)
        server.should_exit = True
        await task


async def test_health(world: World) -> None:
    live = await world.client.get("/health/live")
    assert live.json() == {"status": "live", "service": "orders", "version": "1.2.3"}
    assert (await world.client.get("/health/ready")).json() == {"status": "ready", "failing": []}

    async def fails() -> None:
        raise ConnectionError("mongodb://u:p@h")

    async def hangs() -> None:
        await asyncio.Event().wait()

    CHECKS.update(broker=hangs, mongo=fails)
    answer = await world.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "failing": ["broker", "mongo"]}


async def test_not_ready_without_the_issuers_keys(world: World) -> None:
    world.issuer.away = True
    answer = await world.client.get("/health/ready")
    assert answer.json()["failing"] == ["issuer"]
    problem(await world.client.get("/orders/1", headers=world.office), 503, "unavailable")


async def test_measures_have_templates_not_paths(world: World) -> None:
    await world.client.get("/orders/4711", headers=world.office)
    await world.client.get("/nothing/4711")
    await world.client.request("BREW", "/orders/4711")
    text = (await world.client.get("/metrics")).text
    assert 'trama_http_requests_total{method="GET",route="/orders/{number}",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert 'method="other"' in text
    labels = re.findall(r'"[^"]*"', text)  # the values beside them are times, which may hold any digits
    assert not [label for label in labels if "4711" in label]
    assert 'trama_build_info{service="orders",version="1.2.3"} 1.0' in text


async def test_every_door_but_the_open_ones_is_guarded(world: World) -> None:
    routes = guarded_routes(world.app)
    assert ("POST", "/orders", "proposal.submit") in routes
    assert ("GET", "/orders/{number}", "proposal.read") in routes
    assert unguarded_routes(world.app) == []

    @world.app.get("/open")
    async def forgotten() -> None: ...

    assert unguarded_routes(world.app) == [("GET", "/open")]


async def test_the_openapi_document(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()
    post = document["paths"]["/orders"]["post"]
    assert post["operationId"] == "place_order"
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Order"}
    assert post["security"] == [{"bearer": []}]
    expected = {"201", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503"}
    assert set(post["responses"]) == expected
    for status in expected - {"201"}:
        assert post["responses"][status]["content"][MEDIA_TYPE]["schema"]["$ref"].endswith("/ProblemDocument")
    (key,) = post["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    schemas = document["components"]["schemas"]
    assert schemas["Order"]["additionalProperties"] is False
    assert schemas["Place"]["additionalProperties"] is False
    assert "HTTPValidationError" not in str(document)
    assert set(document["components"]["securitySchemes"]) == {"bearer"}
