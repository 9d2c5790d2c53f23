"""Tokens are verified against a real issuer, and nothing but a good token is let through."""

import base64
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey

from shared import issuer as keys
from shared.auth import Claims, Unauthorized, Verifier, _header
from shared.errors import Unavailable
from shared.roles import Caller, Role
from shared.settings import SettingsError
from tests.shared.issuing import Issuer


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().serve() as issuer:
        yield issuer


@pytest.fixture
async def verifier(issuer: Issuer) -> AsyncIterator[Verifier]:
    async with Verifier(issuer.url) as verifier:
        yield verifier


async def test_claims_become_a_caller(issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.token(
        trama_roles=["country_office", "emperor", 7], trama_countries=["CO", "Colombia", None], trama_agency="agency-1"
    )
    expected = Caller("someone", frozenset({Role.COUNTRY_OFFICE}), frozenset({"CO"}), "agency-1")
    assert await verifier.verify(token) == expected
    assert await verifier.verify(token) == expected
    assert issuer.asked == 1


async def test_claim_names_are_settable_and_may_be_nested(issuer: Issuer) -> None:
    claims = Claims("realm.roles", "https://x.example/countries", "org")
    async with Verifier(issuer.url, claims=claims) as verifier:
        named: dict[str, Any] = {
            "realm": {"roles": "auditor operator"},
            "https://x.example/countries": ["BR"],
            "org": "a",
        }
        token = issuer.token(**named)
        assert await verifier.verify(token) == Caller(
            "someone", frozenset({Role.AUDITOR, Role.OPERATOR}), frozenset({"BR"}), "a"
        )


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RS256", RSAKey.generate_key(2048, auto_kid=True)),
        ("EdDSA", OKPKey.generate_key("Ed25519", auto_kid=True)),
        ("Ed25519", OKPKey.generate_key("Ed25519", auto_kid=True)),
    ],
)
async def test_other_key_pairs_work(issuer: Issuer, verifier: Verifier, alg: str, key: Any) -> None:
    issuer.keys.append(key)
    assert (await verifier.verify(issuer.token(key, alg))).subject == "someone"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": ["a", "b"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"nbf": NOW + 3000}, "not yet valid"),
        ({"iat": NOW + 3000}, "future"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "a b"}, "sub"),
        ({"sub": "x" * 129}, "sub"),
    ],
)
async def test_wrong_claims_are_refused(issuer: Issuer, verifier: Verifier, claims: dict[str, Any], says: str) -> None:
    with pytest.raises(Unauthorized, match=says):
        await verifier.verify(issuer.token(**claims))


async def test_clocks_may_differ_by_half_a_minute(issuer: Issuer, verifier: Verifier) -> None:
    now = int(time.time())
    await verifier.verify(issuer.token(exp=now - 20, nbf=now + 20, iat=now + 20))
    await verifier.verify(issuer.token(exp=10**400, aud=["other", "trama"]))


async def test_a_remembered_token_still_expires(
    issuer: Issuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token()
    await verifier.verify(token)
    later = time.time() + 3600 + 31
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Unauthorized, match="expired"):
        await verifier.verify(token)


def unsigned(header: object, payload: object) -> str:
    parts = (json.dumps(part).encode() for part in (header, payload))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


async def test_none_and_shared_secrets_are_refused(issuer: Issuer, verifier: Verifier) -> None:
    await verifier.check()
    body = {"iss": issuer.url, "aud": "trama", "sub": "x", "exp": NOW + 3600}
    algorithms: tuple[object, ...] = ("none", "None", ["ES256"], {}, None, 7)
    forged = [unsigned({"alg": alg}, body) for alg in algorithms]
    public = issuer.pem()  # joserfc refuses it as a secret; an attacker would not
    signed = unsigned({"alg": "HS256", "kid": issuer.keys[0].kid}, body).rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).decode().rstrip("=")
    forged.append(f"{signed}.{signature}")
    for token in forged:
        with pytest.raises(Unauthorized, match="algorithm"):
            await verifier.verify(token)


async def test_a_published_shared_secret_is_ignored(issuer: Issuer, verifier: Verifier) -> None:
    issuer.extra = [{"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, {"kty": "EC", "crv": "?"}, {"kty": "new"}, {}]
    assert await verifier.verify(issuer.token())


async def test_tampered_and_foreign_tokens_are_refused(issuer: Issuer, verifier: Verifier) -> None:
    head, body, signature = issuer.token().split(".")
    other = base64.urlsafe_b64encode(json.dumps({"sub": "boss"}).encode()).decode().rstrip("=")
    foreign = ECKey.generate_key("P-256", auto_kid=True)
    same_kid = ECKey.import_key(foreign.as_pem(private=True), {"kid": issuer.keys[0].kid or ""})
    for token in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        f"{head}.{body}.{'A' * 86}",
        issuer.token(foreign),
        issuer.token(same_kid),
        unsigned({"alg": "ES256", "kid": issuer.keys[0].kid, "crit": ["exp"], "exp": 1}, {}) + signature,
        unsigned({"alg": "ES256", "kid": issuer.keys[0].kid, "crit": 5}, {}) + signature,
        unsigned({"alg": "RS256", "kid": issuer.keys[0].kid}, {}) + signature,
        "x" * 9000,
        "é.ü.ñ",
        "",
        "..",
    ):
        with pytest.raises(Unauthorized):
            await verifier.verify(token)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: base64.urlsafe_b64encode(b).decode() + ".e30.x"))
def test_any_text_is_a_header_or_refused(text: str) -> None:
    try:
        _header(text)
    except Unauthorized:
        return


async def test_a_new_key_is_found_and_forged_ones_do_not_flood(
    issuer: Issuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = issuer.token()
    await verifier.verify(old)
    issuer.keys = [ECKey.generate_key("P-256", auto_kid=True)]
    for _ in range(5):
        with pytest.raises(Unauthorized, match="does not publish"):
            await verifier.verify(issuer.token())
    assert issuer.asked == 1
    monkeypatch.setattr(keys, "AT_MOST_EVERY", 0.0)
    assert await verifier.verify(issuer.token())
    assert issuer.asked == 2
    with pytest.raises(Unauthorized):
        await verifier.verify(old)  # its key was taken back, so what was remembered of it is void


async def test_the_last_good_keys_are_kept(issuer: Issuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    await verifier.check()
    issuer.away = True
    monkeypatch.setattr(keys, "AT_MOST_EVERY", 0.0)
    with pytest.raises(Unauthorized):
        await verifier.verify(issuer.token(ECKey.generate_key("P-256", auto_kid=True)))
    assert issuer.asked == 2
    assert await verifier.verify(issuer.token(sub="another"))


async def test_without_any_keys_it_says_so_and_recovers(
    issuer: Issuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.away = True
    with pytest.raises(Unavailable):
        await verifier.check()
    with pytest.raises(Unavailable):
        await verifier.verify(issuer.token())
    issuer.away = False
    monkeypatch.setattr(keys, "FIRST_EVERY", 0.0)
    assert await verifier.verify(issuer.token())


async def test_an_issuer_may_be_reached_at_another_address_than_its_name(issuer: Issuer) -> None:
    """Its tokens name the front door, its keys are fetched inside the network."""
    inside, issuer.url = issuer.url, "http://localhost:1/issuer"
    async with Verifier(issuer.url, reached_at=inside) as verifier:
        assert (await verifier.verify(issuer.token())).subject == "someone"


async def test_another_name_of_the_issuer_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    issuer.calls_itself = "https://elsewhere.example"
    with pytest.raises(Unavailable):
        await verifier.check()


@pytest.mark.parametrize(
    "url", ["http://issuer:8080", "http://10.0.0.1", "ftp://localhost", "https://", "", "localhost"]
)
def test_https_is_required(url: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        Verifier(url)


@pytest.mark.parametrize(
    "url", ["https://issuer.example", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]
)
def test_the_loopback_needs_no_https(url: str) -> None:
    Verifier(url)
    Verifier("http://issuer:8080", insecure=True)


def test_an_address_as_subject_never_enters_the_record() -> None:
    subject = Claims().caller({"sub": "ana@example.org"}).subject
    assert re.fullmatch(r"p-[0-9a-f]{32}", subject)
    assert subject == Claims().caller({"sub": "ana@example.org"}).subject
    assert subject != Claims().caller({"sub": "eva@example.org"}).subject
    assert Claims().caller({"sub": "0f1e2d"}).subject == "0f1e2d"
