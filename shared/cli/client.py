"""Requests to the services, with a token, in the user's language; problem documents become exceptions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from shared.cli.failure import Answered, Code, Failure
from shared.cli.places import Places
from shared.cli.tokens import Tokens

TIMEOUT = httpx.Timeout(30, connect=5)
PATIENCE = 15.0
"""Seconds that an order is repeated, under its key, while its outcome is unknown or a service is not available."""
PAUSE = 0.5
Query = Mapping[str, str | int | bool | None]


@dataclass
class Client:
    """A client of all services. Close it with `close`."""

    http: httpx.Client
    places: Places
    tokens: Tokens

    def get(self, service: str, path: str, persona: str, query: Query | None = None) -> Any:
        """What a door shows. Raises `Answered` and `Failure`."""
        return self._send("GET", service, path, persona, query)

    def order(
        self, service: str, path: str, persona: str, body: bytes | Mapping[str, Any], key: str, method: str = "POST"
    ) -> Any:
        """Carry out an order under an idempotency key; repeated for a while if its outcome is not known."""
        content = body if isinstance(body, bytes) else httpx.Request("POST", "http://-", json=dict(body)).read()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._send(method, service, path, persona, None, content, headers)
            except Answered as error:
                if error.status != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                    raise
            except Lost:
                if time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE)

    def everything(self, service: str, path: str, persona: str, query: Query | None = None) -> Iterator[Any]:
        """All items of a list, page by page."""
        after: str | None = None
        while True:
            page = self.get(service, path, persona, {**(query or {}), "after": after})
            yield from page["items"]
            after = page.get("next")
            if after is None:
                return

    @contextmanager
    def stream(self, service: str, path: str, persona: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """A door that does not end, as it comes."""
        url = f"{self.places.service(service)}{path}"
        sent = {"Authorization": f"Bearer {self.tokens.get(persona)}", **headers}
        with (
            _reaching(service, url, "stream-broke"),
            self.http.stream("GET", url, headers=sent, timeout=httpx.Timeout(60, connect=5)) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise _problem(answer)
            yield answer

    def health(self, service: str, path: str) -> tuple[int, Any]:
        """Status and content of one of the doors that need no token."""
        url = f"{self.places.service(service)}{path}"
        with _reaching(service, url):
            answer = self.http.get(url)
            return answer.status_code, answer.json()

    def _send(
        self,
        method: str,
        service: str,
        path: str,
        persona: str,
        query: Query | None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = True,
    ) -> Any:
        url = f"{self.places.service(service)}{path}"
        sent = {"Authorization": f"Bearer {self.tokens.get(persona)}", **(headers or {})}
        asked = {k: str(v).lower() if isinstance(v, bool) else v for k, v in (query or {}).items() if v is not None}
        with _reaching(service, url):
            answer = self.http.request(method, url, params=asked, content=content, headers=sent)
        if answer.is_success:
            return answer.json() if answer.content else None
        if answer.status_code == httpx.codes.UNAUTHORIZED and again and not self.tokens.token:
            self.tokens.forget()  # expired meanwhile, or the stack was made anew
            return self._send(method, service, path, persona, query, content, headers, again=False)
        raise _problem(answer)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


class Lost(Failure):
    """The connection broke before the answer came: it is not known what became of the request."""


@contextmanager
def _reaching(service: str, url: str, lost: str = "lost") -> Iterator[None]:
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise Failure(Code.UNREACHABLE, "unreachable", service=service, url=url) from None
    except httpx.TransportError as error:
        raise Lost(Code.UNREACHABLE, lost, service=service, url=url, reason=type(error).__name__) from None
    except ValueError:  # an answer that is no JSON: something else listens there
        raise Failure(Code.UNREACHABLE, "foreign", service=service, url=url) from None


def _problem(answer: httpx.Response) -> Answered:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict) or "title" not in document:
        document = {"title": f"HTTP {answer.status_code}", "status": answer.status_code, "detail": answer.reason_phrase}
    return Answered(answer.status_code, document)


def open_client(places: Places, language: str, token: str | None, persona: str | None) -> Client:
    """A client of these places, in this language."""
    http = httpx.Client(timeout=TIMEOUT, headers={"Accept-Language": language, "User-Agent": "trama"})
    return Client(http, places, Tokens(http, places.issuer, token, persona))
