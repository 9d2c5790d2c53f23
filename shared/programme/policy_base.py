"""What the parts of a selection policy are made of: texts, counts, bounds, ranges. Unknown fields are refused."""

from __future__ import annotations

import re
from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.programme.words import Explanation


def _written(form: str, error: str, wanted: str) -> BeforeValidator:
    """Only texts of this form: without it Python's own readings (3_0, 1e1, Arabic digits, seconds) would do too."""

    def check(given: object) -> object:
        if isinstance(given, str) and not re.fullmatch(form, given, re.ASCII):
            raise PydanticCustomError(error, wanted)
        return given

    return BeforeValidator(check)


WHOLE = _written(r"-?\d+", "int_parsing", "must be a whole number")
NUMBER = _written(r"-?\d+(\.\d+)?", "decimal_parsing", "must be a decimal number")
DAY = _written(r"\d{4}-\d{2}-\d{2}", "date_parsing", "must be a date")
Cell = Literal["yes", "no", "uncertain_yes", "uncertain_no"]
Verdict = Literal["pass", "refer", "fail"]
Count = Annotated[int, WHOLE, Field(ge=0, le=1_000_000)]
Bound = Annotated[Decimal, NUMBER, Field(ge=0, le=1_000, max_digits=12, decimal_places=6)]
Share = Annotated[Decimal, NUMBER, Field(ge=0, le=100, max_digits=9, decimal_places=6)]
Short = Annotated[str, Field(min_length=1, max_length=1_000)]
Origin = Annotated[str, Field(min_length=1, max_length=100)]
"""Where a number comes from: a key of the policy's own `origins`."""


class PolicyPart(BaseModel):
    """A part of a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(PolicyPart):
    """A text in the three languages."""

    es: Short
    pt: Short
    en: Short

    def all(self) -> Explanation:
        """The text per language."""
        return {"es": self.es, "pt": self.pt, "en": self.en}

    def places(self) -> set[str]:
        """The names in braces; after a colon, forms for one and for many may follow (`{n:# group|# groups}`).

        Raises ValueError for a malformed template, or one with another format.
        """
        fields = [field for text in self.all().values() for field in Formatter().parse(text) if field[1] is not None]
        if any(conversion or (spec and (spec.count("|") != 1 or "{" in spec)) for _, _, spec, conversion in fields):
            raise ValueError("only names, and forms for one and for many, may stand in braces")
        return {str(name) for _, name, _, _ in fields}


def ordered(low: str, least: Decimal | int, high: str, most: Decimal | int) -> None:
    """Raise what the policy's reader words as "must not exceed"."""
    if least > most:
        values = {"low": low, "least": str(least), "high": high, "most": str(most)}
        raise PydanticCustomError("not_ordered", "{low} ({least}) must not exceed {high} ({most})", values)


class Range(PolicyPart):
    """Least and most, both included."""

    least: Count
    most: Count

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        ordered("least", self.least, "most", self.most)
        return self

    def holds(self, value: int) -> bool:
        """Whether the value lies in the range."""
        return self.least <= value <= self.most


class Bands(PolicyPart):
    """From `passes` on: pass; from `refers` on: to a person; below: fail."""

    refers: Bound
    passes: Bound
    origin: Origin

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        ordered("refers", self.refers, "passes", self.passes)
        return self
