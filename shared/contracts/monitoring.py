"""What monitoring records about projects, on `monitoring.projects`; stream `project-...`.

A figure is corrected by a fact of its own that names the event it corrects; nothing is overwritten.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from shared.contracts.base import Fact
from shared.contracts.values import Cluster, Money, Place, Text, Value


class PlannedActivity(Value):
    """An activity of the plan; dates are inclusive."""

    id: str
    title: Text
    area: str
    start: date
    end: date


class PlannedMilestone(Value):
    """A milestone of the plan and the tranche that it releases, if any."""

    id: str
    title: Text
    due: date
    tranche: int | None = None


class PlannedResult(Value):
    """A promised result by its code, with the ids of its indicators."""

    code: str
    indicators: list[str]


class Pledge(Value):
    """A counterpart contribution promised in the plan. `kind` is cash or in_kind."""

    id: str
    contributor: str
    kind: Literal["cash", "in_kind"]
    amount: Money
    valuation_method: str | None = None


class Plan(Value):
    """What the project set out to do. All lists are empty for a historical project: its source does not say."""

    months: int | None = None
    start: date | None = None
    activities: list[PlannedActivity] = []
    milestones: list[PlannedMilestone] = []
    results: list[PlannedResult] = []
    pledges: list[Pledge] = []


class ProjectFact(Fact):
    """What every fact about a project says."""

    project_id: str
    country: str


class ProjectTerms(ProjectFact):
    """What was approved, as both the approval and its project carry it. `None` means that the source does not say.

    `agency_id` is the executing agency's id, by which its people's tokens name it.
    """

    proposal_id: str | None
    reference: str | None
    approved_on: date
    historical: bool
    title: Text
    executing_agency: str
    agency_id: str | None = None
    typology: str | None
    places: list[Place]
    clusters: list[Cluster]
    fund_amount: Money | None
    counterpart_amount: Money | None
    firms: int | None
    plan: Plan


class ProjectStarted(ProjectTerms, type="project.started.v1"):
    """An approval became a project."""

    approval_id: str


class ActivityStarted(ProjectFact, type="activity.started.v1"):
    """An activity of the plan began."""

    activity_id: str


class ActivityCompleted(ProjectFact, type="activity.completed.v1"):
    """An activity of the plan was finished."""

    activity_id: str


class MilestoneReached(ProjectFact, type="milestone.reached.v1"):
    """A milestone was reached; `evidence` says what proves it."""

    milestone_id: str
    evidence: str


class ContributionFact(ProjectFact):
    """What every fact about a counterpart contribution says; amounts are in the contribution's own currency."""

    contribution_id: str
    contributor: str
    kind: Literal["cash", "in_kind"]
    amount: Money


class ContributionPledged(ContributionFact, type="contribution.pledged.v1"):
    """A contributor promised a contribution."""

    valuation_method: str | None = None


class ContributionReceived(ContributionFact, type="contribution.received.v1"):
    """A contribution, or a part of it, arrived. `document` names the receipt."""

    document: str
    valuation_method: str | None = None


class ContributionCertified(ContributionFact, type="contribution.certified.v1"):
    """A received contribution was certified by a supervisor; `receipt_id` is the event that it certifies."""

    receipt_id: str


class ContributionRejected(ContributionFact, type="contribution.rejected.v1"):
    """A received contribution was not accepted; `receipt_id` is the event that it refuses."""

    receipt_id: str
    reason: str


class ResultAchieved(ProjectFact, type="result.achieved.v1"):
    """A promised result was achieved, or an indicator of it reached `value`."""

    result: str
    indicator: str | None = None
    value: Decimal | None = None
    evidence: str


class FigureCorrected(ProjectFact, type="figure.corrected.v1"):
    """The amount that an earlier event gave was wrong; `corrects` is that event's id, also if it was corrected before.

    `figure` says which of its amounts, as an RFC 6901 pointer into that event's data: a project's start has several
    (`/fund_amount`, `/counterpart_amount`, `/plan/pledges/0/amount`). `was` is the amount that stood until now.
    """

    corrects: str
    figure: str = "/amount"
    was: Money
    becomes: Money
    reason: str


class PlaceCorrected(ProjectFact, type="place.corrected.v1"):
    """A place that an earlier event gave was wrong; `index` is its number in the list of places, from 0.

    `clusters` are the project's clusters with the correction applied.
    """

    corrects: str
    index: int
    was: Place
    becomes: Place
    clusters: list[Cluster]
    reason: str


class ProjectCancelled(ProjectFact, type="project.cancelled.v1"):
    """The project was ended before its time."""

    reason: str
