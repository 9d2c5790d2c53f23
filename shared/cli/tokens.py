"""Who asks: a token given by the user, or one that the local issuer hands to a persona."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx

from shared.cli.failure import Code, Failure

EARLY = 60
"""A token is replaced this many seconds before it expires."""


@dataclass
class Tokens:
    """Tokens for requests. `token` goes before everything; `persona` before what a command would choose."""

    http: httpx.Client
    issuer: str | None
    token: str | None = None
    persona: str | None = None
    _kept: dict[str, tuple[str, float]] = field(default_factory=dict)

    def get(self, persona: str) -> str:
        """A bearer token; `persona` is the command's own choice. Raises `Failure`."""
        if self.token:
            return self.token
        name = self.persona or persona
        if name not in self._kept or self._kept[name][1] < time.monotonic():
            self._kept[name] = self._ask(name)
        return self._kept[name][0]

    def forget(self) -> None:
        """Ask the issuer anew next time: a service refused what it gave."""
        self._kept.clear()

    def _ask(self, name: str) -> tuple[str, float]:
        if not self.issuer:
            raise Failure(Code.NOT_PERMITTED, "no-token")
        form = {"grant_type": "client_credentials", "client_id": name}
        try:
            answer = self.http.post(self._endpoint(), data=form)
            found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):  # nothing there, or no issuer
            raise Failure(Code.UNREACHABLE, "issuer-unreachable", url=self.issuer) from None
        if answer.status_code != httpx.codes.OK or not isinstance(found.get("access_token"), str):
            raise Failure(Code.NOT_PERMITTED, "no-persona", persona=name, reason=found.get("error_description", ""))
        return found["access_token"], time.monotonic() + float(found.get("expires_in", 300)) - EARLY

    def _endpoint(self) -> str:
        configuration = self.http.get(f"{(self.issuer or '').rstrip('/')}/.well-known/openid-configuration")
        return str(configuration.json()["token_endpoint"])
