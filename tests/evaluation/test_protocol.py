"""Two services never decide about the same thing at once: evaluation's rules and intake's, whatever the interleaving.

Each service takes the other's events in their order, as late as it may be, and some of them once more; meanwhile the
office and the evaluators do as they like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.commands import ApproveProposal, AssessRevision, OpenReview, RejectProposal, ReturnProposal
from services.evaluation.decider import REVIEW
from services.evaluation.decider import State as Review
from services.evaluation.inbox import order_of as order_of_evaluation
from services.intake.commands import ReviseProposal, SubmitProposal, WithdrawProposal
from services.intake.decider import DECIDER
from services.intake.decider import State as Proposal
from services.intake.inbox import order_of as order_of_intake
from shared.contracts import Fact
from shared.contracts import intake as proposals
from shared.contracts.evaluation import ProjectApproved, ProposalRejected, ProposalReturned
from shared.decider import Decider
from shared.errors import Refused
from shared.testing import NOW, event
from tests.evaluation.examples import COFFEE, POLICY, WHY, assess, recorded

DECISIONS = (ProjectApproved, ProposalRejected, ProposalReturned)


def evaluations(fact: Fact) -> Any:
    """Evaluation's order; the findings themselves do not matter here, so they are made once."""
    if isinstance(fact, proposals.ProposalSubmitted | proposals.ProposalRevised):
        return assess_quickly(fact.revision)
    order = order_of_evaluation(recorded(fact), lambda _: POLICY)
    return order[1] if order else None


ASSESS = assess()


def assess_quickly(revision: int) -> AssessRevision:
    return ASSESS.model_copy(update={"revision": revision})


def intakes(fact: Fact) -> Any:
    """Intake's order."""
    order = order_of_intake(fact)
    return order[1] if order else None


@dataclass
class Side:
    """A service: its state, its facts, and how many of the other's facts it has taken.

    `done` are those that led to facts: the command's id makes taking them again harmless.
    """

    decider: Decider[Any, Any]
    translate: Callable[[Fact], Any]
    state: Any
    facts: list[Fact] = field(default_factory=list)
    taken: int = 0
    done: set[int] = field(default_factory=set)

    def order(self, command: Any) -> Sequence[Fact]:
        new = list(self.decider.decide(command, self.state, NOW))
        for fact in new:
            self.facts.append(fact)
            self.state = self.decider.evolve(self.state, event(fact, len(self.facts)))
        return new

    def take(self, others: Sequence[Fact], again: bool = False) -> None:
        """The next of the other's facts that asks for something, or the last one taken once more."""
        number = max(self.taken - again, 0)
        for fact in others[number:]:
            self.taken = number + 1
            command = self.translate(fact)
            if command is not None:
                if number not in self.done and self.order(command):
                    self.done.add(number)
                return
            number += 1


@dataclass
class World:
    """Both services, from a submitted proposal on."""

    intake: Side = field(default_factory=lambda: Side(DECIDER, intakes, Proposal()))
    evaluation: Side = field(default_factory=lambda: Side(REVIEW, evaluations, Review()))

    def step(self, name: str) -> None:
        intake, evaluation = self.intake, self.evaluation
        revision = evaluation.state.revision
        match name:
            case "evaluation takes" | "evaluation takes again":
                evaluation.take(intake.facts, again=name.endswith("again"))
            case "intake takes" | "intake takes again":
                intake.take(evaluation.facts, again=name.endswith("again"))
            case "revise":
                intake.order(ReviseProposal(replaces=intake.state.revision, proposal=COFFEE))
            case "withdraw":
                intake.order(WithdrawProposal(reason="no partner"))
            case "open":
                evaluation.order(OpenReview(revision=revision))
            case "approve":
                self._decide(ApproveProposal(revision=revision))
            case "reject":
                self._decide(RejectProposal(revision=revision, reasons=WHY))
            case "return":
                self._decide(ReturnProposal(revision=revision, reasons=WHY))

    def _decide(self, command: Any) -> None:
        new = self.evaluation.order(command)
        if any(isinstance(fact, DECISIONS) for fact in new):
            assert (self.intake.state.status, self.intake.state.revision) == ("locked", command.revision)

    def settle(self) -> None:
        """Everything that is on its way arrives."""
        intake, evaluation = self.intake, self.evaluation
        while evaluation.taken < len(intake.facts) or intake.taken < len(evaluation.facts):
            evaluation.take(intake.facts)
            intake.take(evaluation.facts)


STEPS = [
    "evaluation takes",
    "intake takes",
    "evaluation takes again",
    "intake takes again",
    "revise",
    "withdraw",
    "open",
    "approve",
    "reject",
    "return",
]
AGREED = {
    "open": {"assessed", "returned"},
    "locked": {"confirmed"},
    "withdrawn": {"ended"},
    "closed": {"approved", "rejected"},
}


def submitted() -> World:
    world = World()
    world.intake.order(SubmitProposal(proposal_id="p1", reference="CO-1", proposal=COFFEE))
    return world


def run(steps: Sequence[str]) -> World:
    world = submitted()
    for name in steps:
        with suppress(Refused):
            world.step(name)
    world.settle()
    return world


# moving on is drawn more often than the rest, so that most runs get somewhere
@given(st.lists(st.sampled_from([*STEPS, *STEPS[:2] * 3, "open", "open"]), max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_decision_falls_on_a_locked_revision_and_both_agree_in_the_end(steps: list[str]) -> None:
    world = run(steps)
    intake, evaluation = world.intake.state, world.evaluation.state
    assert evaluation.status in AGREED[intake.status]
    assert evaluation.revision == intake.revision
    assert sum(isinstance(fact, ProjectApproved | ProposalRejected) for fact in world.evaluation.facts) <= 1


@pytest.mark.parametrize(
    ("steps", "proposal", "review"),
    [
        (["evaluation takes", "open", "intake takes", "evaluation takes", "approve"], "closed", "approved"),
        (["evaluation takes", "open", "revise"], "open", "assessed"),
        (["evaluation takes", "open", "withdraw"], "withdrawn", "ended"),
        (["evaluation takes", "open", "revise", "evaluation takes", "open"], "locked", "confirmed"),
    ],
)
def test_runs_that_lead_somewhere(steps: list[str], proposal: str, review: str) -> None:
    """So that the property above is not true for want of anything happening."""
    world = run(steps)
    assert (world.intake.state.status, world.evaluation.state.status) == (proposal, review)
