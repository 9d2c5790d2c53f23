"""The people of the local stack: data, read from personas.yaml."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

FILE = Path(__file__).parent / "personas.yaml"


class Persona(BaseModel):
    """Someone who can sign in locally: an opaque id, and what the token claims of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    sub: str
    roles: list[str]
    countries: list[str]  # ISO 3166-1 alpha-2; empty where the role is not tied to any
    agency: str | None = None

    def claims(self) -> dict[str, str | list[str]]:
        """The token's claims about this persona."""
        about: dict[str, str | list[str]] = {
            "sub": self.sub,
            "trama_roles": self.roles,
            "trama_countries": self.countries,
        }
        return about | ({"trama_agency": self.agency} if self.agency else {})


@functools.cache
def personas() -> dict[str, Persona]:
    """All personas by name."""
    loaded = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Persona]).validate_python(loaded)
