"""Whatever is ordered, in whatever order: what the record adds up to, and that saying it again changes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from pydantic import TypeAdapter

from services.monitoring.commands import (
    AchieveResult,
    CancelProject,
    CertifyContribution,
    CompleteActivity,
    CorrectFigure,
    ProjectCommand,
    ReachMilestone,
    RecordContribution,
    RejectContribution,
    StartActivity,
    StartProject,
    Sum,
)
from services.monitoring.decider import DECIDER
from services.monitoring.projection import STEPS
from services.monitoring.replies import shown
from services.monitoring.state import State, figure_key
from shared.contracts.base import Fact
from shared.contracts.monitoring import (
    ContributionCertified,
    ContributionPledged,
    ContributionReceived,
    ContributionRejected,
    FigureCorrected,
    ProjectStarted,
)
from shared.errors import Refused
from shared.projection import Document
from shared.testing import NOW, event
from tests.monitoring.samples import projected, terms

KIND = {"C1": ("beneficiary_firms", "cash"), "C2": ("executing_agency", "in_kind"), "X1": ("others", "in_kind")}
amounts = st.decimals("0.01", "5000", places=2).map(lambda value: Sum(currency="USD", value=value))
corrected = st.decimals("0", "5000", places=2).map(lambda value: Sum(currency="USD", value=value))
# most name one of the first events: what it is decides what may be done with it
ids = st.integers(1, 12).map(lambda n: f"event-{n}")


def contribution(step: str) -> st.SearchStrategy[RecordContribution]:
    def build(name: str, amount: Sum, document: int) -> RecordContribution:
        contributor, kind = KIND[name]
        return RecordContribution.model_validate(
            {"step": step, "contribution_id": name, "contributor": contributor, "kind": kind, "amount": amount}
            | {"document": f"R-{document}", "valuation_method": "tariff" if kind == "in_kind" else None}
        )

    return st.builds(build, st.sampled_from(sorted(KIND)), amounts, st.integers(1, 9))


pointers = st.sampled_from(["/amount", "/amount", "/fund_amount", "/plan/pledges/0/amount", "/plan/pledges/1/amount"])
orders: st.SearchStrategy[ProjectCommand] = st.one_of(
    contribution("received"),
    contribution("received"),
    contribution("pledged"),
    st.builds(CertifyContribution, receipt_id=ids),
    st.builds(RejectContribution, receipt_id=ids, reason=st.just("no signature")),
    st.builds(CorrectFigure, corrects=ids, figure=pointers, becomes=corrected, reason=st.just("typing error")),
    st.sampled_from(["A1", "A2", "A9"]).map(lambda name: StartActivity(activity_id=name)),
    st.sampled_from(["A1", "A2"]).map(lambda name: CompleteActivity(activity_id=name)),
    st.just(ReachMilestone(milestone_id="M1", evidence="minutes")),
    st.sampled_from(["1", "2"]).map(
        lambda value: AchieveResult(result="joint_purchasing", indicator="I1", value=value, evidence="survey")
    ),
    st.just(CancelProject(reason="dissolved")),
)
START = StartProject(approval_id="approval-1", terms=terms())


def carried_out(commands: list[ProjectCommand]) -> tuple[list[Fact], State]:
    """The facts of the orders that were not refused, and the state kept up to date beside them."""
    facts: list[Fact] = []
    state = DECIDER.initial
    for command in (START, *commands):
        try:
            new = DECIDER.decide(command, state, NOW)
        except Refused:
            continue
        for fact in new:
            facts.append(fact)
            state = DECIDER.evolve(state, event(fact, len(facts)))
    return facts, state


def amounts_of(facts: list[Fact]) -> dict[str, tuple[str, str, Decimal]]:
    """Per figure of a contribution its kind, step and amount after corrections, counted from the facts alone."""
    found: dict[str, tuple[str, str, Decimal]] = {}
    for number, fact in enumerate(facts, 1):
        match fact:
            case ProjectStarted(plan=plan):
                for i, p in enumerate(plan.pledges):
                    found[f"event-{number}/plan/pledges/{i}/amount"] = (p.kind, "pledged", p.amount.value)
            case ContributionPledged() | ContributionReceived() | ContributionCertified() | ContributionRejected():
                step = fact.type.split(".")[1]
                found[f"event-{number}"] = (fact.kind, step, fact.amount.value)
            case FigureCorrected(corrects=corrects, figure=figure, becomes=becomes):
                key = figure_key(corrects, figure)
                if key in found:
                    found[key] = (*found[key][:2], becomes.value)
    return found


@given(st.lists(orders, max_size=40))
@settings(max_examples=150, deadline=None)
def test_totals_are_the_sums_of_the_events_with_their_corrections(commands: list[ProjectCommand]) -> None:
    facts, _ = carried_out(commands)
    document = projected(facts)
    for kind in ("cash", "in_kind"):
        for step in STEPS:
            figures = {key: a for key, (k, s, a) in amounts_of(facts).items() if (k, s) == (kind, step)}
            total: Document = document["totals"][f"USD/{kind}"][step]
            assert Decimal(total["value"]) == sum(figures.values())
            assert {key.split("/")[0] for key in figures} <= set(total["events"])


@given(st.lists(orders.filter(lambda order: not isinstance(order, CorrectFigure)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_no_more_is_certified_or_rejected_than_was_received(commands: list[ProjectCommand]) -> None:
    """Unless someone corrects a figure afterwards."""
    facts, _ = carried_out(commands)
    for total in projected(facts)["totals"].values():
        settled = Decimal(total["certified"]["value"]) + Decimal(total["rejected"]["value"])
        assert settled <= Decimal(total["received"]["value"])


@given(st.lists(orders, max_size=40))
@settings(max_examples=100, deadline=None)
def test_replaying_the_record_gives_the_same_state_and_so_does_a_snapshot(commands: list[ProjectCommand]) -> None:
    facts, live = carried_out(commands)
    events = [event(fact, number) for number, fact in enumerate(facts, 1)]
    assert DECIDER.fold(DECIDER.initial, events) == live
    adapter = TypeAdapter(State)
    half = DECIDER.fold(DECIDER.initial, events[: len(events) // 2])
    kept = adapter.validate_json(adapter.dump_json(half))
    assert DECIDER.fold(kept, events[len(events) // 2 :]) == live


@given(st.lists(orders, max_size=25))
@settings(max_examples=100, deadline=None)
def test_an_order_repeated_at_once_changes_nothing(commands: list[ProjectCommand]) -> None:
    twice = [order for command in commands for order in (command, command)]
    assert carried_out(twice)[0] == carried_out(commands)[0]


@given(st.lists(orders, max_size=40))
@settings(max_examples=50, deadline=None)
def test_every_project_can_be_shown_and_every_figure_of_it_be_corrected(commands: list[ProjectCommand]) -> None:
    """What a page names a figure by is what a correction is taken under."""
    facts, state = carried_out(commands)
    page: Any = shown(projected(facts), "pt")
    steps = [c.pledged for c in page.contributions if c.pledged]
    for contribution_ in page.contributions:
        for receipt in contribution_.receipts:
            steps += [receipt, *([receipt.settlement] if receipt.settlement else [])]
    assert len(steps) == len(amounts_of(facts))
    for step in steps:
        order = CorrectFigure(
            corrects=step.event, figure=step.figure, becomes=Sum(currency="USD", value="9999"), reason="x"
        )
        (fact,) = DECIDER.decide(order, state, NOW)
        assert isinstance(fact, FigureCorrected)
        assert fact.was.value == Decimal(step.value)


@given(st.lists(orders, max_size=30), st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_many_facts_at_once_are_as_one_after_another(commands: list[ProjectCommand], cut: int) -> None:
    """And what they are added to stays as it was."""
    facts, state = carried_out(commands)
    told = [event(fact, number) for number, fact in enumerate(facts, 1)]
    assert DECIDER.fold(DECIDER.initial, told) == state
    before = DECIDER.fold(DECIDER.initial, told[:cut])
    kept = before.model_copy(deep=True)
    assert DECIDER.fold(before, told[cut:]) == state
    assert before == kept
