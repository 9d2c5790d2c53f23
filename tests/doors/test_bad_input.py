"""Every door that writes, with everything that is wrong: a problem document says what, where and how to mend it.

Nothing of it changes anything: the stores, the directory and the jobs are counted before and after.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from shared.http.problem import MEDIA_TYPE
from shared.roles import TABLE, Role
from tests.doors.ground import BODIES, HERE, Door, Ground, Place, doors_of, fresh
from tests.doors.spoiling import Case, as_json, put, spoiled
from tests.running import SERVICES, Programme

LANGUAGES = ("es", "pt", "en")
JSON = {"Content-Type": "application/json"}
KEPT = ("commits", "directory", "jobs", "skipped")
MANY = [{"es": "no"}] * 11
LONG = "x" * 301
GROWS = "\u0958" * 200
"""A text of 200 characters that becomes one of 400 as NFC."""

FIELDS: dict[Place, list[tuple[str, Any]]] = {
    ("intake", "POST", "/proposals"): [
        ("/country", "XX"), ("/country", "co"), ("/country", ""), ("/office", LONG), ("/office", "  "),
        ("/office", GROWS), ("/office", "a\u0007b"), ("/office", "two\nlines"), ("/language", "fr"),
        ("/declared_typology", "circle"), ("/title", {}), ("/title/es", "x" * 10_001),
        ("/title/es", "\ufb2c" * 9_000), ("/promoter/name", ""), ("/executing_agency/agency_id", "lower"),
        ("/places/0/subdivision", "CO-ZZZ"), ("/places/0/population", -1), ("/places/0/isic", "?"),
        ("/term/start", "2026-02-30"), ("/term/start", "2026-13-01"), ("/term/start", "yesterday"),
        ("/term/start", 20260101), ("/term/start", "2026-01-01T10:00:00Z"), ("/term/months", -1),
        ("/term/months", "30"), ("/term/months", True), ("/term/months", 6.5), ("/support_areas", []),
        ("/support_areas/0/share", "101"), ("/budget/currency", "ZZZ"), ("/budget/currency", "usd"),
        ("/budget/fund_amount", "-1.00"), ("/budget/fund_amount", 1.5), ("/budget/fund_amount", "1.005"),
        ("/budget/fund_amount", "NaN"), ("/budget/fund_amount", "1e5"), ("/budget/fund_amount", "1,000.00"),
        ("/budget/fund_amount", "9" * 19), ("/budget/fund_amount", True), ("/activities/0/start", "0000-00-00"),
        ("/activities/0/id", "a b"), ("/results/0/code", "happiness"), ("/milestones/0/tranche", 10**30),
    ],
    ("intake", "PUT", "/proposals/{proposal_id}"): [
        ("/replaces", "1"), ("/replaces", None), ("/replaces", 1.5), ("/proposal", None), ("/proposal/country", "XX"),
        ("/proposal/term/start", "2026-02-30"), ("/proposal/budget/fund_amount", "-1.00"),
    ],
    ("intake", "POST", "/people"): [
        ("/country", "XX"), ("/name", LONG), ("/name", GROWS), ("/name", ""), ("/email", "nobody"), ("/email", "a@b@c"),
        ("/phone", "x"), ("/organisation", 7),
    ],
    ("evaluation", "POST", "/approvals"): [
        ("/approved_on", "2001-02-29"), ("/approved_on", None), ("/country", "ZZ"), ("/agency_id", "a b"),
        ("/firms", -1), ("/firms", 10**9 + 1), ("/firms", 2**63), ("/firms", 10**120), ("/typology", "ring"),
        ("/fund_amount", {"currency": "QQQ", "value": "1"}),
        ("/counterpart_amount", {"currency": "USD", "value": "-1"}),
    ],
    ("evaluation", "POST", "/reviews/{proposal_id}/opening"): [
        ("/revision", 0), ("/revision", -1), ("/revision", "1"), ("/revision", 10**9), ("/revision", 10**40),
    ],
    ("evaluation", "POST", "/reviews/{proposal_id}/approval"): [
        ("/approved_on", "2026-02-30"), ("/approved_on", "2026-01-15T00:00:00Z"), ("/reasons", [{}]),
        ("/reasons", MANY), ("/reasons", "no"), ("/reasons/0/es", "\u009f"), ("/reasons/0/en", "x" * 1_001),
    ],
    ("evaluation", "POST", "/policies/backtest"): [("/text", "no policy"), ("/text", "a: [" * 3_000), ("/text", "")],
    ("monitoring", "POST", "/projects/{project_id}/contributions"): [
        ("/amount", {"currency": "USD", "value": "-1"}), ("/amount", {"currency": "ZZZ", "value": "1"}),
        ("/amount", {"currency": "USD", "value": 0.1}), ("/amount", {"currency": "USD", "value": "0.001"}),
        ("/contribution_id", "../x"), ("/contributor", "nobody"), ("/kind", "gold"), ("/step", "lost"),
        ("/document", LONG), ("/at", "2025-06-01"), ("/at", "2025-06-01T00:00:00"), ("/at", "2025-02-30T00:00:00Z"),
        ("/at", 0), ("/at", "1700000000"), ("/at", "2099-01-01T00:00:00Z"),
    ],
    ("monitoring", "POST", "/projects/{project_id}/corrections/figures"): [
        ("/figure", "amount"), ("/figure", "/" + "a/" * 10), ("/becomes", {"currency": "USD", "value": "-5"}),
        ("/reason", "x" * 2_001), ("/reason", GROWS * 10), ("/corrects", ""),
    ],
    ("monitoring", "POST", "/projects/{project_id}/corrections/places"): [
        ("/index", -1), ("/index", 1.5), ("/becomes/subdivision", "BR-ZZ"), ("/becomes/name", "\t"),
    ],
    ("monitoring", "POST", "/projects/{project_id}/results"): [("/result", "joy"), ("/value", "1e3"), ("/value", 3.5)],
}  # fmt: skip
"""A field that takes no such value: the answer points at it, or into it."""


@pytest.fixture(scope="module")
async def rest(ground: Ground) -> list[int]:
    """What is kept, once the services have come to rest."""
    before, now = [-1], await _kept(ground.services)
    async with asyncio.timeout(30):
        while before != now:
            await asyncio.sleep(1)
            before, now = now, await _kept(ground.services)
    return now


@pytest.fixture(params=SERVICES)
async def asked(request: pytest.FixtureRequest, ground: Ground, rest: list[int]) -> AsyncIterator[Asked]:
    """A service whose writing doors are tried; all that is kept anywhere is the same before and after."""
    yield Asked(ground, request.param)
    assert await _kept(ground.services) == rest


async def _kept(services: Programme) -> list[int]:
    databases = [services.apps[name].state.service.database for name in SERVICES]
    return [await database[name].count_documents({}) for database in databases for name in KEPT]


class Asked:
    """The writing doors of a service, and how they answer.

    Operators' doors are the same in every service: they are tried at reporting, which has no others that write.
    """

    def __init__(self, ground: Ground, service: str) -> None:
        self.ground, self.service = ground, service
        writing = [door for door in doors_of(ground.services, service) if door.method != "GET"]
        self.doors = [d for d in writing if service == "reporting" or not d.path.startswith("/admin/")]
        self.turn = 0
        self.rules: dict[str, tuple[Door, bytes]] = {}

    def token(self, door: Door) -> str:
        """One that may."""
        role = next(role for role in Role if role in TABLE[door.action].cells)
        return self.ground.token(role, HERE)

    async def send(
        self, door: Door, content: Any, language: str = "", path: str = "", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send bytes to a door, in one language after another."""
        self.turn += 1
        given = {
            "Authorization": f"Bearer {self.token(door)}",
            "Idempotency-Key": fresh(),
            "Accept-Language": language or LANGUAGES[self.turn % 3],
            **(JSON if headers is None else headers),
        }
        url = self.ground.services.urls[self.service] + (path or self.ground.address(door))
        sent = [(name.encode(), value.encode()) for name, value in given.items() if value != "-"]
        answer = await self.ground.services.http.request(door.method, url, content=content, headers=sent)
        assert answer.headers.get("content-language", given["Accept-Language"]) == given["Accept-Language"]
        return answer

    async def refuses(self, door: Door, case: Case) -> None:
        """The door refuses the case with a problem document that helps."""
        answer = await self.send(door, case.content)
        told = f"{door}, {case.what}: {answer.status_code} {answer.text[:600]}"
        assert answer.status_code in case.statuses, told
        errors = errors_of(answer)
        assert errors, told
        if case.pointer is not None:
            assert any(e["pointer"] == case.pointer or e["pointer"].startswith(case.pointer + "/") for e in errors), (
                told
            )
        if case.rule is not None:
            assert case.rule in [e["rule"] for e in errors], told
        for error in errors:
            assert error["detail"], told
            assert error["fix"], told
            self.rules.setdefault(f"{error['rule']} {error['pointer']}", (door, case.content))

    async def speaks(self) -> None:
        """Each rule that was broken is told in the three languages."""
        said: set[str] = set()
        for name, (door, content) in self.rules.items():
            rule = name.partition(" ")[0]
            if rule in said and rule != "value_error":
                continue
            said.add(rule)
            texts = [
                next(e["detail"] + " | " + e["fix"] for e in errors_of(answer) if f"{e['rule']} {e['pointer']}" == name)
                for language in LANGUAGES
                for answer in [await self.send(door, content, language)]
            ]
            assert len(set(texts)) == len(LANGUAGES), f"{name} is told alike in several languages: {texts}"


def errors_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The errors of a problem document."""
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    found: list[dict[str, Any]] = document.get("errors", [])
    return found


async def test_spoiled_bodies(asked: Asked) -> None:
    known: list[Any] = []
    for door in asked.doors:
        if door.body is not None:
            for case in spoiled(door.body, known):
                await asked.refuses(door, case)
            known.append(door.body)
    await asked.speaks()


async def test_values_that_a_field_does_not_take(asked: Asked) -> None:
    for door in asked.doors:
        for pointer, value in FIELDS.get(door.place, []):
            content = Case(f"{pointer} = {value!r:.60}", as_json(put(door.body, pointer, value)), (409, 422), pointer)
            await asked.refuses(door, content)
    await asked.speaks()


async def test_what_a_body_must_hold_is_missed(asked: Asked) -> None:
    """By what the OpenAPI document says is required."""
    document = (
        await asked.ground.services.http.get(asked.ground.services.urls[asked.service] + "/openapi.json")
    ).json()
    for door in asked.doors:
        if door.body is None:
            continue
        content = document["paths"][door.path][door.method.lower()]["requestBody"]["content"]
        schema = content["application/json"]["schema"]
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        for name in schema.get("required", []):
            less = {key: value for key, value in door.body.items() if key != name}
            await asked.refuses(door, Case(f"without {name}", as_json(less), (422,), f"/{name}", "missing"))


async def test_bodies_of_5_megabytes(asked: Asked) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b" " * 100_000

    for door in asked.doors:
        if door.body is not None:
            for content in (b'{"a": "' + b"x" * 5_000_000 + b'"}', chunks()):
                answer = await asked.send(door, content)
                assert answer.status_code == 413, f"{door}: {answer.text}"
                errors_of(answer)


async def test_other_content_types(asked: Asked) -> None:
    kinds = ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=latin-1",
             "application/jsonp", "application/x-www-form-urlencoded", "")  # fmt: skip
    for door in asked.doors:
        if door.body is not None:
            for kind in kinds:
                answer = await asked.send(door, as_json(door.body), headers={"Content-Type": kind or "-"})
                assert answer.status_code == 415, f"{door} with {kind}: {answer.text}"
                errors_of(answer)


ODD_KEYS = ("-", "", "short", "k" * 201, "with a space in it", "ñandú-ñandú", "a,b;c\tddddd")


async def test_odd_idempotency_keys(asked: Asked) -> None:
    document = asked.ground.services.apps[asked.service].openapi()
    for door in asked.doors:
        parameters = document["paths"][door.path][door.method.lower()].get("parameters", [])
        if "Idempotency-Key" not in [parameter["name"] for parameter in parameters]:
            continue
        content = b"" if door.body is None else as_json(door.body)
        for key in ODD_KEYS:
            answer = await asked.send(door, content, headers=JSON | {"Idempotency-Key": key})
            assert answer.status_code == 400, f"{door} with {key!r}: {answer.text}"
            assert [error["parameter"] for error in errors_of(answer)] == ["header/Idempotency-Key"]


async def test_unknown_query_parameters_and_other_methods(asked: Asked) -> None:
    for door in asked.doors:
        address = asked.ground.address(door)
        answer = await asked.send(door, as_json(door.body or {}), path=f"{address}?zz=1&{'y' * 300}=2")
        assert answer.status_code == 422, f"{door}: {answer.text}"
        assert "query/zz" in [error["parameter"] for error in errors_of(answer)]
        for method in ("PATCH", "TRACE", "OPTIONS", "PROPFIND"):
            other = await asked.send(Door(door.service, method, door.path, door.action), b"", path=address)
            assert other.status_code == 405, f"{method} {door}: {other.text}"
            assert door.method in other.headers["allow"]
            errors_of(other)


_UNKNOWN = ("x" * 6_000, "$where", "%20", "%F0%9F%98%80", "{}", "a;b=c", "%0d%0aX-Evil:1", "'\"--", "%EF%BB%BF")
ODD_IDS: dict[str, set[int]] = {
    **{key: {400} for key in ("%00", "a%00b", "%ff", "%ED%A0%80")},
    **{key: {404, 405, 422} for key in ("a%2Fb", "..%2F..", "%2E%2E")},
    **{key: {404, 422} for key in _UNKNOWN},
}


async def test_odd_ids_in_the_path(asked: Asked) -> None:
    for door in asked.doors:
        names = [part[1:-1] for part in door.path.split("/") if part.startswith("{")]
        for name in names[:1]:
            for odd, statuses in ODD_IDS.items():
                path = asked.ground.address(door, **{name: odd})
                answer = await asked.send(door, as_json(door.body or {}), path=path)
                assert answer.status_code in statuses, f"{door} with {odd!r:.30}: {answer.status_code} {answer.text}"
                assert "x-evil" not in answer.headers
                errors_of(answer)


async def test_requests_that_mean_two_things_at_once(asked: Asked) -> None:
    """What a proxy and the server could read differently is not served."""
    door = asked.doors[0]
    host = asked.ground.services.urls[asked.service].removeprefix("http://")
    head = (
        f"POST {asked.ground.address(door)} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {asked.token(door)}\r\n"
        f"Idempotency-Key: {fresh()}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    odd = {
        "two lengths": "Content-Length: 5\r\nContent-Length: 0\r\n\r\n12345",
        "length and chunks": "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "odd chunking": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "a negative length": "Content-Length: -1\r\n\r\n",
        "a length that is none": "Content-Length: 0x5\r\n\r\n12345",
        "a header without name": ": x\r\nContent-Length: 0\r\n\r\n",
        "a chunk size that is none": "Transfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n",
        "a very long header": "X-Long: " + "x" * 200_000 + "\r\nContent-Length: 0\r\n\r\n",
    }
    for what, rest in odd.items():
        status = await _raw(host, (head + rest).encode())
        assert status is None or 400 <= status < 500, f"{what}: {status}"
    live = await asked.ground.services.http.get(f"http://{host}/health/live")
    assert live.status_code == 200


async def _raw(host: str, request: bytes) -> int | None:
    """The status of the answer to these bytes, None if the server just hangs up."""
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    try:
        async with asyncio.timeout(10):
            writer.write(request)
            writer.write_eof()
            line = await reader.readline()
        return int(line.split()[1]) if line else None
    except ConnectionError:
        return None
    finally:
        writer.close()


def test_every_body_that_is_tried_belongs_to_a_door(services: Programme) -> None:
    """And every door that takes a body is tried with one."""
    doors = {door.place for service in SERVICES for door in doors_of(services, service)}
    assert set(BODIES) <= doors
    assert set(FIELDS) <= doors
    for service in SERVICES:
        document = services.apps[service].openapi()
        with_body = {
            (service, method.upper(), path)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if "requestBody" in operation
        }
        assert with_body == {place for place in BODIES if place[0] == service}
