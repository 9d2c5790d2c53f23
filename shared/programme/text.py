"""Constrained values that every document uses: texts, codes, amounts."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from functools import cache
from typing import Annotated

import pycountry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise ValueError(f"holds the control character U+{ord(character):04X}: remove it")
    if not text:
        raise ValueError("is empty: write something, or leave the field out")
    return text


@cache
def _country(code: str) -> str:
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(f"{code!r} is no ISO 3166-1 country code: use two capital letters such as CO")
    return code


@cache
def _subdivision(code: str) -> str:
    if pycountry.subdivisions.get(code=code) is None:  # type: ignore[no-untyped-call]
        raise ValueError(f"{code!r} is no ISO 3166-2 subdivision: use a code such as CO-VAC, or leave it out")
    return code


@cache
def _currency(code: str) -> str:
    if pycountry.currencies.get(alpha_3=code) is None:
        raise ValueError(f"{code!r} is no ISO 4217 currency: use three capital letters such as USD")
    return code


Line = Annotated[str, Field(max_length=300), AfterValidator(_clean)]
"""A short text: at most 300 characters, without control characters, trimmed, NFC."""
Prose = Annotated[str, Field(max_length=10_000), AfterValidator(_clean)]
"""A long text: at most 10,000 characters."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""An id within a document."""
Country = Annotated[str, Field(max_length=2), AfterValidator(_country)]
Subdivision = Annotated[str, Field(max_length=6), AfterValidator(_subdivision)]
Currency = Annotated[str, Field(max_length=3), AfterValidator(_currency)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
"""An exact amount of money, not negative, at most two decimals; a string in JSON."""
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)]


class Part(BaseModel):
    """A part of a document. Unknown fields are tolerated here; a door refuses them (`extra="forbid"`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Texts(Part):
    """A text in one or more of Spanish, Portuguese and English."""

    es: Prose | None = None
    pt: Prose | None = None
    en: Prose | None = None

    def given(self) -> dict[str, str]:
        """The languages that there are."""
        return {k: v for k, v in (("es", self.es), ("pt", self.pt), ("en", self.en)) if v is not None}
