"""Each door of each service as each role, within its reach and beyond it: the door does what the table says."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared.http import OPEN, guarded_routes, unguarded_routes
from shared.http.problem import MEDIA_TYPE
from shared.roles import ACTIONS, TABLE, Role, Scope
from tests.doors.ground import HERE, PERSON, Door, Ground, Reach, doors_of, fresh
from tests.running import SERVICES, Programme
from tests.shared.issuing import Issuer

AWAY: Reach = (("PE",), "ELSEWHERE")
MISSING = ("{id}", "{key}", "{receipt}")
"""Placeholders for which the ground holds nothing: the door may say so once the caller was let in."""


async def knock(ground: Ground, door: Door, headers: Mapping[str, str], **other: str) -> httpx.Response:
    """One request with a good body; of a stream that goes on for ever only the head."""
    http, url = ground.services.http, ground.services.urls[door.service] + ground.address(door, **other)
    sent = {"Idempotency-Key": fresh(), **headers}
    request = http.build_request(door.method, url, headers=sent, json=door.body)
    answer = await http.send(request, stream=True)
    try:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
        return answer
    finally:
        await answer.aclose()


def bearer(ground: Ground, role: Role, reach: Reach) -> dict[str, str]:
    return {"Authorization": f"Bearer {ground.token(role, reach)}"}


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == MEDIA_TYPE
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("service", SERVICES)
async def test_who_is_not_named_in_the_table_is_refused_even_at_home(ground: Ground, service: str, role: Role) -> None:
    closed = [door for door in doors_of(ground.services, service) if role not in TABLE[door.action].cells]
    for door in closed:
        answer = await knock(ground, door, bearer(ground, role, HERE))
        assert answer.status_code == 403, f"{door} as {role}: {answer.text}"
        assert problem_of(answer)["code"] == door.action
        assert "insufficient_scope" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("service", SERVICES)
async def test_who_is_named_gets_in_as_far_as_the_reach(ground: Ground, service: str, role: Role) -> None:
    """Beyond the reach a thing is not there (404), or what would be made of it is refused (403)."""
    for door in doors_of(ground.services, service):
        scope = TABLE[door.action].cells.get(role)
        if scope is None:
            continue
        beyond = await knock(ground, door, bearer(ground, role, AWAY), **await _spare(ground, door))
        assert beyond.status_code < 500, f"{door} as {role} from elsewhere: {beyond.text}"
        if scope is not Scope.ALL:
            _nothing_seen(door, beyond)
        within = await knock(ground, door, bearer(ground, role, HERE), **await _spare(ground, door))
        allowed = within.status_code not in (401, 403) and within.status_code < 500
        assert allowed, f"{door} as {role}: {within.status_code} {within.text}"
        if not any(name in door.path for name in MISSING):
            assert within.status_code != 404, f"{door} as {role}: {within.text}"


async def _spare(ground: Ground, door: Door) -> dict[str, str]:
    """A person to be erased, where the door erases one."""
    if door.method != "DELETE":
        return {}
    office = ground.services.token("country_office", "CO")
    made = await ground.services.ask("intake", "POST", "/people", office, json=PERSON)
    return {"person_id": made.json()["person_id"]}


def _nothing_seen(door: Door, answer: httpx.Response) -> None:
    whole = door.method == "GET" and not door.path.endswith("}")
    if not whole and not door.path.startswith("/streams"):
        assert answer.status_code in (403, 404), f"{door} from elsewhere: {answer.status_code} {answer.text}"
    elif whole:
        assert answer.status_code == 200, f"{door} from elsewhere: {answer.text}"
        found = answer.json()
        items = found["items"] if "items" in found else found["projects"]
        assert {item["country"] for item in items} <= {"PE"}, f"{door} shows what is elsewhere"


def _part(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def bad_tokens(issuer: Issuer) -> dict[str, str | None]:
    """What an Authorization header must not get anyone in with; None: there is no such header."""
    now = int(time.time())
    claims: dict[str, Any] = {"trama_roles": [role.value for role in Role], "trama_countries": ["CO", "BR"]}
    good = issuer.token(**claims)
    head, body, signature = good.split(".")
    more = {**json.loads(base64.urlsafe_b64decode(body + "==")), "sub": "someone-else"}
    shared = _part({"alg": "HS256", "typ": "JWT", "kid": issuer.keys[0].kid}) + "." + body
    mac = hmac.digest(issuer.pem(), shared.encode(), hashlib.sha256)
    return {
        "none": None,
        "empty": "Bearer",
        "another scheme": "Basic cDpw",
        "no token": "Bearer no.token.atall",
        "expired": "Bearer " + issuer.token(exp=now - 3600, **claims),
        "not yet valid": "Bearer " + issuer.token(nbf=now + 3600, **claims),
        "foreign issuer": "Bearer " + issuer.token(iss="https://elsewhere.example", **claims),
        "foreign key": "Bearer " + issuer.token(Issuer().keys[0], **claims),
        "wrong audience": "Bearer " + issuer.token(aud="another", **claims),
        "without a subject": "Bearer " + issuer.token(sub=None, **claims),
        "tampered": f"Bearer {head}.{_part(more)}.{signature}",
        "without signature": f"Bearer {head}.{body}.",
        "alg none": "Bearer " + _part({"alg": "none", "typ": "JWT"}) + f".{body}.",
        "signed with the public key": f"Bearer {shared}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_no_door_opens_to_a_token_that_is_not_the_issuers(ground: Ground, service: str) -> None:
    for what, header in bad_tokens(ground.services.issuer).items():
        headers = {"Authorization": header} if header is not None else {}
        doors = list(doors_of(ground.services, service))
        answers = await asyncio.gather(*(knock(ground, door, headers) for door in doors))
        for door, answer in zip(doors, answers, strict=True):
            assert answer.status_code == 401, f"{door} with {what}: {answer.status_code} {answer.text}"
            assert problem_of(answer)["detail"]
            assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_who_has_no_good_token_is_told_in_the_language_asked_for(services: Programme) -> None:
    for headers in ({}, {"Authorization": "Bearer " + services.issuer.token(exp=1)}):
        answers = [
            await services.http.get(
                services.urls["intake"] + "/proposals", headers={"Accept-Language": lang, **headers}
            )
            for lang in ("es", "pt", "en")
        ]
        assert len({answer.json()["detail"] for answer in answers}) == 3


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_doors_that_hold_nobodys_data_are_open(services: Programme, service: str) -> None:
    app = services.apps[service]
    assert unguarded_routes(app) == []
    open_doors = {path for _, path, action in guarded_routes(app) if action is None}
    assert open_doors == {
        "/health/live", "/health/ready", "/metrics", "/openapi.json", "/asyncapi.json", "/schemas/{type}.json"
    }  # fmt: skip
    assert OPEN == ("/health/", "/metrics", "/openapi.json", "/asyncapi.json", "/schemas/")


def test_every_action_guards_a_door(services: Programme) -> None:
    guarded = {door.action for service in SERVICES for door in doors_of(services, service)}
    assert guarded == set(ACTIONS)
