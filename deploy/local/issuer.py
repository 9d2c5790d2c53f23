"""A small OpenID Connect issuer for the local stack: it hands a token to whoever names a persona.

It asks for no secret, so it is for one machine (or one composed network) only: a production setting names its own
issuer with TRAMA_OIDC_ISSUER, and nothing of this module runs there.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, Field, ValidationError

from deploy.local.personas import personas

ALGORITHM = "ES256"
AUDIENCE = "trama"
LIFETIME = 3600  # seconds


def signing_key(data: Path) -> ECKey:
    """The key pair kept in `data`/key.json, readable by its owner only; made when there is none."""
    kept = data / "key.json"
    if not kept.exists():
        data.mkdir(parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", auto_kid=True)
        fresh = data / f".key-{uuid.uuid4().hex}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
        fresh.replace(kept)
    return ECKey.import_key(json.loads(kept.read_text()))


def mint(persona: str, *, key: ECKey, issuer: str, **overrides: Any) -> str:
    """A signed token for `persona`, valid for an hour; `overrides` replace claims (None removes one).

    Raises KeyError for a persona that does not exist. Overrides are for tests: expired or foreign tokens.
    """
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME, "jti": uuid.uuid4().hex
    }  # fmt: skip
    claims |= personas()[persona].claims() | overrides
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, algorithms=[ALGORITHM])


class TokenRequest(BaseModel):
    """What /token takes, as a form or as JSON; a `client_secret` is not looked at."""

    grant_type: Literal["client_credentials"] = "client_credentials"
    client_id: Annotated[str, Field(description="a persona's name")]


def discovery(issuer: str) -> dict[str, Any]:
    """The OpenID Connect discovery document."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid"],
    }


def create_app(issuer: str, data: Path) -> FastAPI:
    """The issuer that calls itself `issuer` (a URL), with its key in `data`."""
    key = signing_key(data)
    app = FastAPI(title="Trama's local token issuer", docs_url=None, redoc_url=None)

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return discovery(issuer)

    @app.get("/jwks")
    async def keys() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) | {"use": "sig", "alg": ALGORITHM}]}

    @app.get("/personas")
    async def people() -> dict[str, Any]:
        return {name: persona.model_dump(exclude={"sub"}) for name, persona in personas().items()}

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        return await _answer(request, key, issuer)

    return app


async def _answer(request: Request, key: ECKey, issuer: str) -> JSONResponse:
    try:
        asked = _parse(await request.body(), request.headers.get("content-type", ""))
    except ValueError as error:
        if isinstance(error, ValidationError) and any(e["loc"] == ("grant_type",) for e in error.errors()):
            return _refused("unsupported_grant_type", "grant_type must be client_credentials", 400)
        return _refused("invalid_request", "give client_id=<persona> and grant_type=client_credentials", 400)
    if asked.client_id not in personas():
        return _refused("invalid_client", f"no such persona; there are: {', '.join(personas())}", 401)
    token = mint(asked.client_id, key=key, issuer=issuer)
    return _uncached({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}, 200)


def _parse(body: bytes, content_type: str) -> TokenRequest:
    if content_type.startswith("application/json"):
        return TokenRequest.model_validate_json(body)
    return TokenRequest.model_validate(dict(parse_qsl(body.decode(), max_num_fields=20)))


def _refused(code: str, description: str, status: int) -> JSONResponse:
    return _uncached({"error": code, "error_description": description}, status)


def _uncached(content: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse(content, status, headers={"Cache-Control": "no-store"})


def command_line(arguments: list[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.issuer", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="directory that keeps the signing key")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--issuer-url", help="what tokens name as their issuer (default: http://127.0.0.1:PORT)")
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until stopped."""
    given = command_line()
    url = (given.issuer_url or f"http://127.0.0.1:{given.port}").rstrip("/")
    uvicorn.run(create_app(url, given.data), host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
