"""Constrained values that every document uses: texts, codes, amounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated

import pycountry
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
RECORDED = {"recorded": True}
"""The context in which recorded facts are validated: their codes were checked when they came in, and stay readable
although a later list drops one."""
_SHAPES = {"country": "[A-Z]{2}", "subdivision": "[A-Z]{2}-[A-Z0-9]{1,3}", "currency": "[A-Z]{3}"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXACT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if found := _CONTROL.search(text):
        code = f"{ord(found.group()):04X}"
        raise PydanticCustomError(
            "control_character", "holds the control character U+{code}: remove it", {"code": code}
        )
    if not text:
        raise PydanticCustomError("empty_text", "is empty: write something, or leave the field out")
    return text


def _clean_line(text: str) -> str:
    # the usual text is clean already, and seeing that is much cheaper than cleaning it
    if text.isprintable() and text == text.strip() and unicodedata.is_normalized("NFC", text) and text:
        return text
    text = _clean(text)
    if "\n" in text or "\t" in text:
        raise PydanticCustomError("line_break", "holds a line break or a tab: write it on one line")
    return text


def _cleaned(clean: Callable[[str], str], most: int) -> AfterValidator:
    """The cleaning of a text; NFC may make it longer, and what is kept must fit again when it is read."""

    def validate(text: str) -> str:
        cleaned = clean(text)
        if len(cleaned) > most:
            raise PydanticKnownError("string_too_long", {"max_length": most})
        return cleaned

    return AfterValidator(validate)


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value):  # a number alone would be taken for seconds since 1970
            return date.fromisoformat(value)  # strict validation takes no text behind this
    except ValueError:
        pass
    raise PydanticKnownError("date_from_datetime_parsing", {"error": "is no day of the calendar"})


def _exact(value: object) -> object:
    if isinstance(value, float):
        says = 'is a floating-point number, which is not exact: write it as text, such as "1234.50"'
        raise PydanticCustomError("inexact_number", says)
    if isinstance(value, str) and not _EXACT.fullmatch(value):
        says = 'is no plain decimal number: write digits and at most one point, such as "1234.50"'
        raise PydanticCustomError("plain_decimal", says)
    if isinstance(value, str):  # strict validation takes no text for a Decimal here
        number = Decimal(value)
        return number.copy_abs() if number.is_zero() else number  # nothing is shown as -0.00
    return value


@cache
def _country(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    if found is None or found.alpha_2 != code:  # pycountry finds small letters too
        says = "'{code}' is no ISO 3166-1 country code: use two capital letters such as CO"
        raise PydanticCustomError("country_code", says, {"code": code})
    return code


@cache
def _subdivision(code: str) -> str:
    found = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    if found is None or found.code != code:
        says = "'{code}' is no ISO 3166-2 subdivision: use a code such as CO-VAC, or leave it out"
        raise PydanticCustomError("subdivision_code", says, {"code": code})
    return code


@cache
def _currency(code: str) -> str:
    found = pycountry.currencies.get(alpha_3=code)
    if found is None or found.alpha_3 != code:  # pycountry finds small letters too
        says = "'{code}' is no ISO 4217 currency: use three capital letters such as USD"
        raise PydanticCustomError("currency_code", says, {"code": code})
    return code


def _listed(kind: str, check: Callable[[str], str]) -> AfterValidator:
    """The check of a code against its list, or of a recorded one against its shape."""
    shape = re.compile(_SHAPES[kind])

    def validate(code: str, info: ValidationInfo) -> str:
        if info.context == RECORDED and shape.fullmatch(code):
            return code
        return check(code)

    return AfterValidator(validate)


Line = Annotated[str, Field(max_length=300), _cleaned(_clean_line, 300)]
"""A short text on one line: at most 300 characters, without control characters, trimmed, NFC."""
Prose = Annotated[str, Field(max_length=10_000), _cleaned(_clean, 10_000)]
"""A long text: at most 10,000 characters."""
Reason = Annotated[str, Field(max_length=2_000), _cleaned(_clean, 2_000)]
"""Why something was decided or corrected: at most 2,000 characters, since there may be very many of them."""
Paragraph = Annotated[str, Field(max_length=1_000), _cleaned(_clean, 1_000)]
"""A text of at most 1,000 characters."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""An id within a document."""
AgencyId = Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=64)]
"""The id of an executing agency, as the token of its people names it: capitals and digits, parted by hyphens."""
WRITTEN_DAY = BeforeValidator(_day)
"""Of a date: written as 2026-01-31, and no other way."""
Day = Annotated[date, WRITTEN_DAY]
Country = Annotated[str, Field(max_length=2), _listed("country", _country)]
Subdivision = Annotated[str, Field(max_length=6), _listed("subdivision", _subdivision)]
Currency = Annotated[str, Field(max_length=3), _listed("currency", _currency)]
_NUMBER = WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,6})?$"})
_SIGNED = WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"})
Amount = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, max_digits=18, decimal_places=2), _NUMBER]
"""An exact amount of money, not negative, at most two decimals; a string in JSON."""
Percent = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=100, max_digits=6, decimal_places=3), _NUMBER]
"""A share in percent, 0 to 100, at most three decimals; a string in JSON."""
Measure = Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=18, decimal_places=6), _SIGNED]
"""A measured value of an indicator, at most six decimals; a string in JSON."""


class Part(BaseModel):
    """A part of a document. Unknown fields are tolerated here; a door refuses them (`extra="forbid"`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Texts(Part):
    """A text in one or more of Spanish, Portuguese and English."""

    es: Prose | None = None
    pt: Prose | None = None
    en: Prose | None = None

    @model_validator(mode="after")
    def _one_language(self) -> Texts:
        if not self.given():
            raise PydanticCustomError("no_language", "has no language: give the text in at least one of es, pt, en")
        return self

    def given(self) -> dict[str, str]:
        """The languages that there are."""
        return {k: v for k, v in (("es", self.es), ("pt", self.pt), ("en", self.en)) if v is not None}
