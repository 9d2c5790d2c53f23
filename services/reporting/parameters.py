"""What the doors of reports can be asked: up to which day, as known when, of which country."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from services.reporting.portfolio import Cursor
from services.reporting.report import Cut
from shared.programme.text import Country, Day

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+")


# a number alone would be taken for seconds since 1970
def _moment(text: object) -> object:
    if isinstance(text, str) and not _MOMENT.fullmatch(text):
        raise PydanticCustomError("datetime_from_date_parsing", "is no time")
    return text


# near the calendar's ends a time of another zone may have none in UTC
def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_from_date_parsing", "is no time in UTC") from None


async def cut(
    as_of: Annotated[
        Day | None,
        Query(description="a day, such as 2003-12-31: what happened up to its end (UTC), as known now"),
    ] = None,
    known_at: Annotated[
        Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)] | None,
        Query(description="a time with its zone, such as 2026-01-31T12:00:00Z: only what was recorded by then"),
    ] = None,
) -> Cut:
    """A dependency: up to which day things happened, and up to which time they were recorded."""
    return Cut(as_of, known_at)


Bounds = Annotated[Cut, Depends(cut)]
OneCountry = Annotated[Country | None, Query(description="of this country only (ISO 3166-1 alpha-2)")]
AfterKey = Annotated[str, Query(max_length=400, description="`next` of the page before")]


async def after_project(
    after: Annotated[
        str | None,
        Query(max_length=400, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}/.+$", description="`next` of the page before"),
    ] = None,
) -> Cursor | None:
    """A dependency: the project behind which the page begins."""
    return None if after is None else Cursor(*after.split("/", 1))


AfterProject = Annotated[Cursor | None, Depends(after_project)]
