"""What each fact adds to the figures: pure.

What the source does not say is counted as unknown; it never becomes an amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Context, Decimal, Inexact
from typing import Any, NamedTuple, TypeVar

from shared.contracts import evaluation, intake, monitoring
from shared.contracts.base import Fact
from shared.contracts.values import Money

EXACT = Context(prec=100, traps=[Inexact])
"""Sums of amounts are exact, or an error."""

OF_THE_PROJECT = frozenset(
    (
        "projects_started",
        "projects_by_typology",
        "projects_cancelled",
        "projects_with_unknown_firms",
        "projects_with_unknown_fund_amount",
        "projects_with_unknown_counterpart",
    )
)
"""Figures that count projects: a project is counted in each of its clusters. All others are shared by its clusters."""


class Part(NamedTuple):
    """What one event adds to the figure `name`: a count, or an amount in `currency` (ISO 4217).

    `group` parts the figure further: a typology, a kind of contribution, a result's code. `at` is where the amount
    stands in the event's data (RFC 6901), by which corrections name it. Parts of a stream with the same `once` say the
    same thing again: it counts once.
    """

    name: str
    group: str | None = None
    currency: str | None = None
    value: str = "1"
    at: str | None = None
    once: str | None = None


F = TypeVar("F", bound=Fact)
Rule = Callable[[F], Iterable[Part]]


def exact(value: Decimal) -> str:
    """The one text of a value: no exponent, no zeros at the end of a fraction."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tells(fact: Fact) -> bool:
    """Whether there may be a figure about a fact of this kind."""
    return type(fact) in _RULES


def parts(fact: Fact) -> list[Part]:
    """What a fact adds; nothing if no figure is about it."""
    rule = _RULES.get(type(fact))
    return list(rule(fact)) if rule else []


def _money(name: str, money: Money, group: str | None = None, at: str = "/amount") -> Part:
    return Part(name, group, money.currency, exact(money.value), at)


def _started(fact: monitoring.ProjectStarted) -> Iterable[Part]:
    yield Part("projects_started")
    yield Part("projects_by_typology", fact.typology or "unknown")
    yield Part("projects_with_unknown_firms") if fact.firms is None else Part("firms", value=str(fact.firms))
    if fact.fund_amount is None:
        yield Part("projects_with_unknown_fund_amount")
    else:
        yield _money("fund_amount", fact.fund_amount, at="/fund_amount")
    if fact.counterpart_amount is None:
        yield Part("projects_with_unknown_counterpart")
    else:
        yield _money("counterpart_planned", fact.counterpart_amount, at="/counterpart_amount")
    for i, pledge in enumerate(fact.plan.pledges):
        yield _money("contributions_pledged", pledge.amount, pledge.kind, f"/plan/pledges/{i}/amount")


def _approved(fact: evaluation.ProjectApproved) -> Iterable[Part]:
    """A historical approval decided on no proposal."""
    return [] if fact.proposal_id is None else [Part("proposals_approved")]


def _result(fact: monitoring.ResultAchieved) -> Iterable[Part]:
    """An indicator that reached a value is a step towards the result, not the result.

    Monitoring records every proof and every measurement; a project still has each result, and each indicator, once.
    """
    if fact.indicator is None:
        return [Part("results_achieved", fact.result, once=fact.result)]
    return [Part("indicators_reached", fact.result, once=f"{fact.result}/{fact.indicator}")]


def _contribution(name: str) -> Rule[monitoring.ContributionFact]:
    return lambda fact: [_money(name, fact.amount, fact.kind)]


def _one(name: str) -> Rule[Fact]:
    part = [Part(name)]
    return lambda _: part


_RULES: dict[type[Fact], Rule[Any]] = {
    intake.ProposalSubmitted: _one("proposals_submitted"),
    intake.ProposalRevised: _one("proposals_revised"),
    intake.ProposalWithdrawn: _one("proposals_withdrawn"),
    evaluation.ProposalReturned: _one("proposals_returned"),
    evaluation.ProposalRejected: _one("proposals_rejected"),
    evaluation.ProjectApproved: _approved,
    monitoring.ProjectStarted: _started,
    monitoring.ProjectCancelled: _one("projects_cancelled"),
    monitoring.ActivityStarted: _one("activities_started"),
    monitoring.ActivityCompleted: _one("activities_completed"),
    monitoring.MilestoneReached: _one("milestones_reached"),
    monitoring.ContributionPledged: _contribution("contributions_pledged"),
    monitoring.ContributionReceived: _contribution("contributions_received"),
    monitoring.ContributionCertified: _contribution("contributions_certified"),
    monitoring.ContributionRejected: _contribution("contributions_rejected"),
    monitoring.ResultAchieved: _result,
}
