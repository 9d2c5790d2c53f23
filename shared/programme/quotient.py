"""The location quotient: how much more a sector weighs in a locality than in its reference region.

Exact, with fractions: (sector's share of local employment or establishments) / (its share in the reference region).
Source: the programme's page, "Making it operational"; the bounds are the policy's.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from shared.programme.proposal import Specialisation
from shared.programme.words import Explanation, say


class Percentage(NamedTuple):
    """A part of a whole (not zero), divided only when it is shown."""

    part: Decimal
    whole: Decimal

    @property
    def exact(self) -> Fraction:
        """The percentage."""
        return Fraction(self.part) * 100 / Fraction(self.whole)


def location_quotient(local_sector: int, local_total: int, region_sector: int, region_total: int) -> Fraction | None:
    """The quotient, without unit; None where it is not defined.

    It is not defined if the locality or the region counts nothing at all, or if the region has nothing of the sector:
    then there is no share to compare with.
    """
    if local_total == 0 or region_total == 0 or region_sector == 0:
        return None
    return Fraction(local_sector * region_total, local_total * region_sector)


def quotient_of(counts: Specialisation) -> Fraction | None:
    """The quotient of a proposal's counts."""
    return location_quotient(counts.local_sector, counts.local_total, counts.region_sector, counts.region_total)


def as_text(value: Fraction, places: int = 4) -> str:
    """The value as a decimal, cut (never rounded up): what is shown never reaches a bound it has not reached."""
    scale = 10**places
    cut = value.numerator * scale // value.denominator
    return f"{Decimal(cut).scaleb(-places).normalize():f}"


def interpretation(value: Fraction | None) -> Explanation:
    """What the value means, and what it does not, in words."""
    if value is None:
        return say("quotient", "undefined")
    case = "above" if value > 1 else "same" if value == 1 else "below"
    return {
        language: f"{text} {say('quotient', 'limits')[language]}"
        for language, text in say("quotient", case, value=as_text(value)).items()
    }
