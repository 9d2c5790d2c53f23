"""What may be done with a proposal, and what follows from it. Pure.

A proposal is open (the office may revise or withdraw it), locked (evaluation decides on a revision), withdrawn or
closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict

from services.intake.commands import (
    CloseProposal,
    LockRevision,
    ProposalCommand,
    ReturnProposal,
    ReviseProposal,
    SubmitProposal,
    WithdrawProposal,
)
from services.intake.refusals import (
    ABSENT,
    ALREADY_SUBMITTED,
    CLOSED,
    LOCKED,
    OTHER_COUNTRY,
    OUTDATED,
    RELOAD,
    REVISE,
    SUBMIT_ANEW,
    TOO_MANY,
    WAIT,
    WITHDRAW_FIRST,
    WITHDRAWN,
)
from shared.contracts import CloudEvent, Fact
from shared.contracts import intake as events
from shared.decider import Decider
from shared.errors import Refused
from shared.programme.words import fill

Status = Literal["absent", "open", "locked", "withdrawn", "closed"]


MOST = 100
"""Revisions of a proposal: every order reads them all."""


class State(BaseModel):
    """What the rules need to know of a proposal."""

    model_config = ConfigDict(frozen=True)

    status: Status = "absent"
    proposal_id: str = ""
    country: str = ""
    reference: str = ""
    revision: int = 0


def evolve(state: State, event: CloudEvent[Fact]) -> State:
    """The state after one more fact."""
    match event.data:
        case events.ProposalSubmitted() as fact:
            return State(
                status="open",
                proposal_id=fact.proposal_id,
                country=fact.country,
                reference=fact.reference,
                revision=fact.revision,
            )
        case events.ProposalRevised(revision=revision):
            return state.model_copy(update={"revision": revision})
        case events.ProposalWithdrawn():
            return state.model_copy(update={"status": "withdrawn"})
        case events.ProposalLocked():
            return state.model_copy(update={"status": "locked"})
        case events.ProposalUnlocked():
            return state.model_copy(update={"status": "open"})
        case events.ProposalClosed():
            return state.model_copy(update={"status": "closed"})
        case _:
            return state


def decide(command: ProposalCommand, state: State, now: datetime) -> Sequence[Fact]:
    """The facts that the order leads to; raises `Refused`."""
    match command:
        case SubmitProposal():
            return _submit(command, state)
        case ReviseProposal():
            return _revise(command, state)
        case WithdrawProposal():
            return _withdraw(command, state)
        case LockRevision():
            return _lock(command, state)
        case ReturnProposal():
            if state.status != "locked" or command.revision != state.revision:
                return []
            return [events.ProposalUnlocked(**_about(state), reasons=command.reasons)]
        case CloseProposal():
            if state.status != "locked" or command.revision != state.revision:
                return []
            return [events.ProposalClosed(**_about(state), outcome=command.outcome, reasons=command.reasons)]
        case _:
            assert_never(command)


def _submit(command: SubmitProposal, state: State) -> Sequence[Fact]:
    if state.status != "absent":
        raise Refused("state.submitted", ALREADY_SUBMITTED, fix=REVISE)
    return [
        events.ProposalSubmitted(
            proposal_id=command.proposal_id,
            country=command.proposal.country,
            revision=1,
            reference=command.reference,
            proposal=command.proposal,
        )
    ]


def _revise(command: ReviseProposal, state: State) -> Sequence[Fact]:
    _must_be_open(state)
    if command.replaces != state.revision:
        raise Refused("state.outdated", OUTDATED, "/replaces", RELOAD)
    if command.proposal.country != state.country:
        raise Refused("proposal.country", OTHER_COUNTRY, "/proposal/country", SUBMIT_ANEW)
    if state.revision >= MOST:
        raise Refused("state.revisions", fill(TOO_MANY, most=MOST), fix=WITHDRAW_FIRST)
    about = _about(state) | {"revision": state.revision + 1}
    return [events.ProposalRevised(**about, reference=state.reference, proposal=command.proposal)]


def _withdraw(command: WithdrawProposal, state: State) -> Sequence[Fact]:
    if state.status == "withdrawn":
        return []
    _must_be_open(state)
    return [events.ProposalWithdrawn(**_about(state), reason=command.reason)]


def _lock(command: LockRevision, state: State) -> Sequence[Fact]:
    """Evaluation always gets an answer as an event: it can't be told by a refusal."""
    if state.status == "absent":
        raise Refused("state.absent", ABSENT)
    about = _about(state) | {"revision": command.revision}
    if state.status == "withdrawn":
        return [events.ProposalLockRefused(**about, reason="withdrawn", current=state.revision)]
    if state.status == "closed":
        return [events.ProposalLockRefused(**about, reason="decided", current=state.revision)]
    if command.revision != state.revision:
        return [events.ProposalLockRefused(**about, reason="replaced", current=state.revision)]
    return [] if state.status == "locked" else [events.ProposalLocked(**about)]


def _about(state: State) -> dict[str, str | int]:
    return {"proposal_id": state.proposal_id, "country": state.country, "revision": state.revision}


def _must_be_open(state: State) -> None:
    match state.status:
        case "absent":
            raise Refused("state.absent", ABSENT)
        case "locked":
            raise Refused("state.locked", LOCKED, fix=WAIT)
        case "withdrawn":
            raise Refused("state.withdrawn", WITHDRAWN, fix=SUBMIT_ANEW)
        case "closed":
            raise Refused("state.closed", CLOSED, fix=SUBMIT_ANEW)
        case "open":
            return
        case _:
            assert_never(state.status)


DECIDER: Decider[ProposalCommand, State] = Decider("proposal", State(), decide, evolve)
