"""The issuer's published keys: discovered, cached, refreshed; the last good ones are kept while the issuer is away."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from shared.errors import Unavailable
from shared.settings import SettingsError
from shared.telling import told

log = structlog.get_logger(__name__)

REFRESH = 300.0
"""Seconds between periodic refreshes."""
AT_MOST_EVERY = 10.0
"""Seconds between refreshes asked for by tokens with unknown keys, so that forged ones can't flood the issuer."""
FIRST_EVERY = 1.0
"""The same, as long as there are no keys at all: the issuer may just be starting."""
TIMEOUT = 5.0
_KINDS = ("EC", "RSA", "OKP")  # never a shared secret ("oct")


def require_https(url: str, insecure: bool, what: str) -> None:
    """Raises `SettingsError` unless the URL is https, on the loopback, or insecure ones are allowed explicitly."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname and (insecure or _loopback(parts.hostname)):
        return
    raise SettingsError(
        f"{what} {url!r} must be an https URL: use https, or set TRAMA_OIDC_INSECURE=true on a network you trust"
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class KeyStore:
    """The signature keys of one issuer. `await load()` once or let `find` do it; `keep_fresh` runs until cancelled."""

    def __init__(self, issuer: str, client: httpx.AsyncClient, insecure: bool = False, reached_at: str = "") -> None:
        """`reached_at` is the issuer's address from here, where it is not the one that it calls itself by."""
        require_https(issuer, insecure, "the issuer")
        self._issuer = issuer
        self._reached_at = (reached_at or issuer).rstrip("/")
        require_https(self._reached_at, insecure, "the issuer's address")
        self._client = client
        self._insecure = insecure
        self._keys: tuple[Key, ...] = ()
        self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self.generation = 0
        """Rises whenever the set of keys changes: what was concluded from the old ones no longer holds."""

    async def find(self, kid: str | None, kind: str) -> Key | None:
        """The key of that id and type (`EC`, `RSA`, `OKP`), asking the issuer if it is unknown; without an id the only
        one of its type. Raises `Unavailable` if there are no keys yet and the issuer does not answer."""
        found = self._pick(kid, kind)
        if found is None:
            await self._refresh_for_unknown()
            found = self._pick(kid, kind)
        if not self._keys:
            raise Unavailable("the token issuer's keys are not known yet")
        return found

    def _pick(self, kid: str | None, kind: str) -> Key | None:
        fitting = [k for k in self._keys if k.key_type == kind and (kid is None or k.kid == kid)]
        return fitting[0] if len(fitting) == 1 else None

    async def load(self) -> None:
        """Makes sure that there are keys; raises `Unavailable` if there are none and the issuer does not answer."""
        if not self._keys:
            await self._refresh_for_unknown()
        if not self._keys:
            raise Unavailable("the token issuer's keys are not known yet")

    async def keep_fresh(self) -> None:
        """Asks again periodically, sooner while there are no keys."""
        while True:
            await asyncio.sleep(REFRESH if self._keys else FIRST_EVERY)
            async with self._lock:
                await self._refresh()

    async def _refresh_for_unknown(self) -> None:
        before = self._asked
        async with self._lock:
            waited = self._asked != before  # someone else has just asked, for us as well
            if not waited and time.monotonic() - self._asked >= (AT_MOST_EVERY if self._keys else FIRST_EVERY):
                await self._refresh()

    async def _refresh(self) -> None:
        self._asked = time.monotonic()
        try:
            keys = await self._fetch()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, SettingsError) as error:
            log.warning("issuer.unavailable", issuer=self._issuer, error=told(error), kept=len(self._keys))
            return
        finally:
            self._asked = time.monotonic()
        if {k.thumbprint() for k in keys} != {k.thumbprint() for k in self._keys}:
            self._keys = keys
            self.generation += 1
            log.info("issuer.keys", issuer=self._issuer, keys=[k.kid for k in keys])

    async def _fetch(self) -> tuple[Key, ...]:
        found = await self._json(self._reached_at + "/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise ValueError(f"the issuer calls itself {found.get('issuer')!r}: set TRAMA_OIDC_ISSUER to exactly that")
        url = found.get("jwks_uri")
        if not isinstance(url, str):
            raise ValueError("the issuer's configuration names no jwks_uri")
        if url.startswith(own := self._issuer.rstrip("/") + "/"):
            url = f"{self._reached_at}/{url.removeprefix(own)}"
        require_https(url, self._insecure, "the issuer's jwks_uri")
        listed = (await self._json(url)).get("keys")
        if not isinstance(listed, list):
            raise ValueError("the issuer's key set holds no list of keys")
        keys = tuple(key for key in map(_import, listed) if key is not None)
        if not keys:
            raise ValueError("the issuer's key set holds no usable signature key")
        return keys

    async def _json(self, url: str) -> dict[str, Any]:
        answer = await self._client.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        document = answer.json()
        if not isinstance(document, dict):
            raise ValueError(f"{url} holds no JSON object")
        return document


def _import(data: object) -> Key | None:
    """The key, None if it isn't one for signatures; RFC 7517 section 5 wants unknown ones ignored."""
    if not isinstance(data, dict) or data.get("kty") not in _KINDS or data.get("use", "sig") != "sig":
        return None
    with contextlib.suppress(JoseError, ValueError, TypeError, KeyError):
        return JWKRegistry.import_key(data)
    log.warning("issuer.key_ignored", kid=str(data.get("kid"))[:64], kty=data.get("kty"))
    return None
