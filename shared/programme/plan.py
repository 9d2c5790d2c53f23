"""What a proposal promises and when: term, support areas, results, activities, milestones."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.text import WRITTEN_DAY, Day, Id, Line, Measure, Part, Percent, Texts


class Term(Part):
    """When the project starts, as planned, and how many months it takes."""

    start: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31)), WRITTEN_DAY]
    months: Annotated[int, Field(ge=1, le=240)]


class UsedArea(Part):
    """A support area and its share of the budget, in percent."""

    code: v.SupportArea
    share: Percent


class Indicator(Part):
    """An indicator with its baseline and its target, each at a date; `effect` is the firm-level effect it measures."""

    id: Id
    name: Line
    unit: Line
    baseline: Measure
    baseline_date: Day
    target: Measure
    target_date: Day
    direction: Literal["up", "down"]
    disaggregation: Line | None = None
    effect: v.Effect | None = None


class ExpectedResult(Part):
    """A promised result and its indicators."""

    code: v.ResultCode
    indicators: Annotated[list[Indicator], Field(max_length=100)] = []


class Activity(Part):
    """An activity; dates are inclusive; `responsible` an organisation, or a person's opaque id."""

    id: Id
    area: v.SupportArea
    title: Texts
    start: Day
    end: Day
    responsible: Line | None = None


class Milestone(Part):
    """A milestone, what proves it, and the tranche it releases."""

    id: Id
    title: Texts
    due: Day
    proof: Line
    tranche: Annotated[int, Field(ge=0, le=50)] | None = None
