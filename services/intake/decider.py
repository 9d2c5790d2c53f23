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
from shared.contracts import CloudEvent, Fact
from shared.contracts import intake as events
from shared.decider import Decider
from shared.errors import Refused, Texts

Status = Literal["absent", "open", "locked", "withdrawn", "closed"]


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


ABSENT: Texts = {
    "es": "No existe esta propuesta.",
    "pt": "Esta proposta não existe.",
    "en": "There is no such proposal.",
}
ALREADY_SUBMITTED: Texts = {
    "es": "La propuesta ya fue presentada.",
    "pt": "A proposta já foi apresentada.",
    "en": "The proposal was submitted already.",
}
OUTDATED: Texts = {
    "es": "Otra revisión reemplazó la que usted vio.",
    "pt": "Outra revisão substituiu a que você viu.",
    "en": "Another revision has replaced the one you saw.",
}
OTHER_COUNTRY: Texts = {
    "es": "El país de una propuesta no puede cambiar.",
    "pt": "O país de uma proposta não pode mudar.",
    "en": "A proposal's country can't change.",
}
LOCKED: Texts = {
    "es": "La propuesta está en decisión y no puede cambiarse.",
    "pt": "A proposta está em decisão e não pode ser alterada.",
    "en": "The proposal is being decided on and can't be changed.",
}
WITHDRAWN: Texts = {
    "es": "La propuesta fue retirada.",
    "pt": "A proposta foi retirada.",
    "en": "The proposal was withdrawn.",
}
CLOSED: Texts = {
    "es": "Ya se decidió sobre la propuesta.",
    "pt": "Já se decidiu sobre a proposta.",
    "en": "The proposal has been decided on.",
}
REVISE: Texts = {
    "es": "Presente una revisión.",
    "pt": "Apresente uma revisão.",
    "en": "Submit a revision of it.",
}
RELOAD: Texts = {
    "es": "Cargue la revisión actual y repita el cambio.",
    "pt": "Carregue a revisão atual e repita a alteração.",
    "en": "Load the current revision and make the change again.",
}
SUBMIT_ANEW: Texts = {
    "es": "Presente una nueva propuesta.",
    "pt": "Apresente uma nova proposta.",
    "en": "Submit a new proposal.",
}
WAIT: Texts = {
    "es": "Espere la decisión, o pida que se la devuelvan.",
    "pt": "Aguarde a decisão, ou peça a devolução.",
    "en": "Wait for the decision, or ask for the proposal to be returned.",
}

DECIDER: Decider[ProposalCommand, State] = Decider("proposal", State(), decide, evolve)
