"""Monitoring's orders about a project. Unknown fields are refused.

In all of them `at` is when the thing happened: it may lie in the past, but not in the future, nor before the approval.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.monitoring import ProjectTerms
from shared.contracts.values import Money, Place
from shared.decider import Command
from shared.programme import vocabulary as v
from shared.programme.text import Amount, Currency, Id, Line, Measure, Part, Prose, Reason, Subdivision, Texts


class Sum(Part):
    """An exact amount in a currency: not negative, at most two decimals."""

    currency: Currency
    value: Amount

    @property
    def money(self) -> Money:
        """The amount as events carry it."""
        return Money(currency=self.currency, value=self.value)


class Locality(Part):
    """A place and its sector; `subdivision` is an ISO 3166-2 code."""

    sector: Texts
    name: Line
    subdivision: Subdivision | None = None

    @property
    def place(self) -> Place:
        """The place as events carry it."""
        return Place(sector=self.sector.given(), name=self.name, subdivision=self.subdivision)


class StartProject(Command):
    """An approval becomes a project; `approval_id` is the approval's event."""

    approval_id: str
    terms: ProjectTerms


class StartActivity(Command):
    """An activity of the plan began."""

    activity_id: str


class CompleteActivity(Command):
    """An activity of the plan, whose start is recorded, was finished."""

    activity_id: str


class ReachMilestone(Command):
    """A milestone of the plan was reached; `evidence` says what proves it."""

    milestone_id: str
    evidence: Line


class RecordContribution(Command):
    """A counterpart contribution was pledged, or it or a part of it received.

    Several receipts of one contribution are told apart by their `document`, which a receipt must name. A contribution
    in kind needs a `valuation_method`, its own or its pledge's.
    """

    step: Literal["pledged", "received"]
    contribution_id: Id
    contributor: v.Contributor
    kind: v.ContributionKind
    amount: Sum
    document: Line | None = None
    valuation_method: Line | None = None


class CertifyContribution(Command):
    """A received contribution is accepted; `receipt_id` is the event that recorded it."""

    receipt_id: str


class RejectContribution(Command):
    """A received contribution is not accepted; `receipt_id` is the event that recorded it."""

    receipt_id: str
    reason: Reason


class AchieveResult(Command):
    """A result was achieved, or an `indicator` of it reached `value`."""

    result: v.ResultCode
    indicator: Id | None = None
    value: Measure | None = None
    evidence: Line


class CorrectFigure(Command):
    """An amount of an earlier event was wrong; `corrects` is the id of the event that first gave it.

    `figure` says which amount of that event: for a contribution's event the only one; for the project's start
    `/fund_amount`, `/counterpart_amount` or `/plan/pledges/<number>/amount`.
    """

    corrects: Line
    figure: Annotated[str, Field(pattern=r"^(/[a-z0-9_]{1,40}){1,6}$")] = "/amount"
    becomes: Sum
    reason: Reason


class CorrectPlace(Command):
    """A place was wrong; `corrects` is the event of the project's start, `index` its place in the list, from 0."""

    corrects: Line
    index: Annotated[int, Field(ge=0, le=1_000)]
    becomes: Locality
    reason: Reason


class CancelProject(Command):
    """The project ends before its time."""

    reason: Prose


ProjectCommand = (
    StartProject
    | StartActivity
    | CompleteActivity
    | ReachMilestone
    | RecordContribution
    | CertifyContribution
    | RejectContribution
    | AchieveResult
    | CorrectFigure
    | CorrectPlace
    | CancelProject
)
