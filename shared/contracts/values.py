"""Values that several events carry."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = dict[str, str]
"""A text in one or more of the languages es, pt, en."""


class Value(BaseModel):
    """A value without identity of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Money(Value):
    """An exact amount in a currency (ISO 4217). Decimals are JSON strings, never floats."""

    currency: str
    value: Annotated[Decimal, Field(max_digits=20, decimal_places=4)]


class Place(Value):
    """A locality with its sector, as the record names it; `subdivision` is an ISO 3166-2 code where it is known."""

    sector: Text
    name: str
    subdivision: str | None = None


class Cluster(Value):
    """A place and a sector within a country. `key` is stable and fit for a URL; the texts are for people."""

    key: str
    country: str
    place: str
    sector: Text


class PolicyRef(Value):
    """Which selection policy a result was made under: its version, and the SHA-256 of its text."""

    version: str
    hash: str
