"""Bearer token -> `Caller`: OpenID Connect, verified with joserfc against the issuer's published keys."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jws import JWSRegistry

from shared.errors import TramaError
from shared.issuer import KeyStore
from shared.roles import Caller, Role
from shared.settings import ServiceSettings

__all__ = ["ALGORITHMS", "Caller", "Claims", "Unauthorized", "Verifier"]

ALGORITHMS = ("ES256", "RS256", "EdDSA", "Ed25519")
"""Signatures with a key pair only: with HS* whoever knows the public key could sign, with `none` anyone."""
LEEWAY = 30
"""Seconds that clocks may differ."""
MAX_TOKEN = 8192
"""Characters; the usual limit of a header line."""
_MAX_HEADER = 512
_REMEMBER = 1024
_FAR = 1e12  # seconds; an `exp` may be an integer that no float holds
_KINDS = {"ES256": "EC", "RS256": "RSA", "EdDSA": "OKP", "Ed25519": "OKP"}
_SUBJECT = re.compile(r"[\x21-\x7e]{1,128}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Unauthorized(TramaError):
    """The token is missing or not acceptable; the text says why, without repeating any of it."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Claims:
    """Where the issuer puts what we need; a dotted name reaches into nested claims.

    The subject is written into the record for ever. One that holds an "@" would be an e-mail address there: of it only
    a hash is taken. That keeps addresses out of sight; whoever has one can still tell which hash is its own.
    """

    roles: str = "trama_roles"
    countries: str = "trama_countries"
    agency: str = "trama_agency"

    def caller(self, claims: Mapping[str, Any]) -> Caller:
        """The caller that verified claims describe; unknown roles and malformed countries give nothing."""
        subject, agency = claims.get("sub"), _reach(claims, self.agency)
        if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
            raise Unauthorized("the claim sub must be 1 to 128 visible ASCII characters")
        known = {role.value for role in Role}
        return Caller(
            _opaque(subject),
            frozenset(Role(text) for text in _texts(_reach(claims, self.roles)) if text in known),
            frozenset(text for text in _texts(_reach(claims, self.countries)) if _COUNTRY.fullmatch(text)),
            agency if isinstance(agency, str) and 0 < len(agency) <= 128 else None,
        )


class Verifier:
    """Verifies tokens of one issuer for one audience. Use as an async context: it keeps the keys fresh meanwhile.

    Raises `shared.settings.SettingsError` if the issuer is not https (see `shared.issuer.require_https`).
    """

    def __init__(
        self,
        issuer: str,
        audience: str = "trama",
        *,
        claims: Claims | None = None,
        insecure: bool = False,
        reached_at: str = "",
    ) -> None:
        self._client = httpx.AsyncClient(follow_redirects=False)
        self._keys = KeyStore(issuer, self._client, insecure, reached_at)
        self._claims = claims or Claims()
        self._registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        self._rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._known: dict[str, tuple[int, float, Caller]] = {}
        self._task: asyncio.Task[None] | None = None
        # RFC 9864 prefers the name Ed25519; issuers still say EdDSA, and it is as safe
        warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

    @classmethod
    def of(cls, settings: ServiceSettings) -> Self:
        """The verifier that the settings describe."""
        claims = Claims(settings.oidc_roles_claim, settings.oidc_countries_claim, settings.oidc_agency_claim)
        return cls(
            settings.oidc_issuer,
            settings.oidc_audience,
            claims=claims,
            insecure=settings.oidc_insecure,
            reached_at=settings.oidc_reached_at,
        )

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keys.keep_fresh(), name="issuer-keys")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def check(self) -> None:
        """For readiness: raises `Unavailable` while no keys are known."""
        await self._keys.load()

    async def verify(self, token: str) -> Caller:
        """Who the token speaks for; raises `Unauthorized`, or `Unavailable` while no keys are known."""
        remembered = self._known.get(token)
        if remembered and remembered[0] == self._keys.generation and time.time() < remembered[1] + LEEWAY:
            return remembered[2]
        algorithm, kid = _header(token)
        key = await self._keys.find(kid, _KINDS[algorithm])
        if key is None:
            raise Unauthorized("the token is signed with a key that the issuer does not publish")
        try:
            claims = jwt.decode(token, key, registry=self._registry).claims
            self._rules.validate(claims)
        except ExpiredTokenError:
            raise Unauthorized("the token has expired: get a new one") from None
        except JoseError as error:
            raise Unauthorized(f"the token is not acceptable: {error.description or error.error}") from None
        except (ValueError, TypeError, RecursionError):
            raise Unauthorized("the token is malformed") from None
        caller = replace(self._claims.caller(claims), expires=float(min(claims["exp"], _FAR)))
        self._remember(token, caller.expires, caller)
        return caller

    def _remember(self, token: str, until: float, caller: Caller) -> None:
        # a signature costs more than the rest of a small request; forgetting all at once keeps it simple
        if len(self._known) >= _REMEMBER:
            self._known.clear()
        self._known[token] = (self._keys.generation, until, caller)


def _opaque(subject: str) -> str:
    return f"p-{sha256(subject.encode()).hexdigest()[:32]}" if "@" in subject else subject


def _header(token: str) -> tuple[str, str | None]:
    """Algorithm and key id, read before anything is verified: so with suspicion."""
    head, dot, _ = token.partition(".")
    if len(token) > MAX_TOKEN or len(head) > _MAX_HEADER or not dot:
        raise Unauthorized("the token is malformed")
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        raise Unauthorized("the token is malformed") from None
    algorithm, kid = (header.get("alg"), header.get("kid")) if isinstance(header, dict) else (None, None)
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unauthorized(f"the token's algorithm is not one of {', '.join(ALGORITHMS)}")
    if kid is not None and not isinstance(kid, str):
        raise Unauthorized("the token is malformed")
    return algorithm, kid


def _reach(claims: Mapping[str, Any], name: str) -> object:
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
