"""The local issuer's tokens: verified as a service does it, by its published keys."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, InvalidKeyIdError
from joserfc.jwk import KeySet

from deploy.local.issuer import create_app, mint, signing_key
from deploy.local.personas import personas

URL = "http://127.0.0.1:8100"
ROLES = {"country_office", "evaluator", "committee", "supervisor", "executing_agency", "headquarters", "operator", "auditor"}  # fmt: skip  # noqa: E501


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(URL, tmp_path))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def published_keys(issuer: httpx.AsyncClient) -> KeySet:
    where = (await issuer.get("/.well-known/openid-configuration")).json()
    assert where["issuer"] == URL
    keys = (await issuer.get(where["jwks_uri"])).json()
    assert all("d" not in key for key in keys["keys"]), "the private key is published"
    return KeySet.import_key_set(keys)


def verify(token: str, keys: KeySet) -> dict[str, object]:
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    claims = jwt.JWTClaimsRegistry(iss={"value": URL}, aud={"value": "trama"}, exp={"essential": True})
    claims.validate(decoded.claims)
    return decoded.claims


async def test_a_token_verifies_by_the_published_keys(issuer: httpx.AsyncClient) -> None:
    """Asked for as a form or as JSON; an hour long; with the persona's claims."""
    keys = await published_keys(issuer)
    asked = {"grant_type": "client_credentials", "client_id": "agency"}
    for reply in (await issuer.post("/token", data=asked), await issuer.post("/token", json={"client_id": "agency"})):
        assert reply.headers["cache-control"] == "no-store"
        claims = verify(reply.json()["access_token"], keys)
        assert claims["sub"] == personas()["agency"].sub
        assert claims["trama_roles"] == ["executing_agency"]
        assert claims["trama_countries"] == ["CO"]
        assert claims["trama_agency"] == "ADEL-CAFE-TOLIMA"
        assert int(str(claims["exp"])) - int(str(claims["iat"])) == reply.json()["expires_in"] == 3600


async def test_what_is_not_a_good_token_does_not_verify(issuer: httpx.AsyncClient, tmp_path: Path) -> None:
    """Tampered, expired, for someone else, from someone else, signed by another key."""
    keys = await published_keys(issuer)
    key, foreign = signing_key(tmp_path), signing_key(tmp_path / "other")
    head, _, signature = mint("auditor", key=key, issuer=URL).split(".")
    _, richer, _ = mint("operator", key=key, issuer=URL).split(".")
    with pytest.raises(BadSignatureError):
        verify(f"{head}.{richer}.{signature}", keys)
    with pytest.raises(ExpiredTokenError):
        verify(mint("auditor", key=key, issuer=URL, exp=1), keys)
    for wrong in ({"aud": "other"}, {"iss": "http://elsewhere"}):
        with pytest.raises(InvalidClaimError):
            verify(mint("auditor", key=key, issuer=URL, **wrong), keys)
    with pytest.raises(InvalidKeyIdError):
        verify(mint("auditor", key=foreign, issuer=URL), keys)


async def test_the_key_is_kept_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """A restarted issuer knows its earlier tokens."""
    first = signing_key(tmp_path)
    assert signing_key(tmp_path).as_dict(private=True) == first.as_dict(private=True)
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("body", "kind", "status", "error"),
    [
        (b"client_id=nobody", "application/x-www-form-urlencoded", 401, "invalid_client"),
        (b"grant_type=password&client_id=agency", "application/x-www-form-urlencoded", 400, "unsupported_grant_type"),
        (b"", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded", 400, "invalid_request"),
        (b"{", "application/json", 400, "invalid_request"),
        (b"[1]", "application/json", 400, "invalid_request"),
    ],
)
async def test_a_bad_request_gets_an_oauth_error(
    issuer: httpx.AsyncClient, body: bytes, kind: str, status: int, error: str
) -> None:
    """RFC 6749, section 5.2."""
    reply = await issuer.post("/token", content=body, headers={"content-type": kind})
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_there_is_a_persona_for_each_role() -> None:
    """Opaque and distinct ids; a country office has its one country, an agency its claim."""
    everyone = personas()
    assert {role for p in everyone.values() for role in p.roles} == ROLES
    assert len({p.sub for p in everyone.values()}) == len(everyone)
    assert all(len(p.countries) == 1 for p in everyone.values() if "country_office" in p.roles)
    assert {p.agency for p in everyone.values() if "executing_agency" in p.roles} >= {"ADEL-CAFE-TOLIMA"}
