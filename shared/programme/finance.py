"""The money of a proposal: the budget in one currency, its tranches, and the counterpart."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.text import Amount, Currency, Id, Line, Part


class Tranche(Part):
    """A part of the fund's money; number 0 is released by the prior conditions."""

    number: Annotated[int, Field(ge=0, le=50)]
    amount: Amount


class BudgetLine(Part):
    """An amount for a cost item in a year, and who pays it."""

    item: v.CostItem
    year: Annotated[int, Field(ge=1900, le=2200)]
    source: v.Source
    amount: Amount


class Budget(Part):
    """The budget in one currency: what the fund gives, its tranches, and the lines of all sources."""

    currency: Currency
    fund_amount: Amount
    tranches: Annotated[list[Tranche], Field(max_length=51)]
    lines: Annotated[list[BudgetLine], Field(max_length=2_000)]


class CounterpartPledge(Part):
    """A promised contribution; one in kind states how it was valued."""

    id: Id
    contributor: v.Contributor
    kind: v.ContributionKind
    amount: Amount
    valuation_method: Line | None = None
    schedule: Line | None = None
