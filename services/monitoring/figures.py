"""Counterpart contributions, pledged, received and certified or rejected, and the correction of figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.monitoring.commands import CertifyContribution, CorrectFigure, RecordContribution, RejectContribution
from services.monitoring.refusals import refused
from services.monitoring.state import Contribution, Figure, State, figure_key, mark
from shared.contracts import Fact
from shared.contracts import monitoring as events

RECEIPT = ("received", "certified", "rejected")


def about(state: State) -> dict[str, str]:
    """What every fact about a project says."""
    return {"project_id": state.project_id, "country": state.country}


def record(command: RecordContribution, state: State) -> Sequence[Fact]:
    """A pledge or a receipt; a receipt needs no pledge before it, but may not contradict one."""
    known = state.contributions.get(command.contribution_id)
    if known is not None:
        _must_match(command, known)
    if command.amount.value == 0:
        raise refused("amount.zero", "/amount/value")
    method = command.valuation_method or (known.valuation_method if known else None)
    if command.kind == "in_kind" and method is None:
        raise refused("contribution.valuation", "/valuation_method")
    said = {
        "contribution_id": command.contribution_id,
        "contributor": command.contributor,
        "kind": command.kind,
        "amount": command.amount.money,
        "valuation_method": method,
    }
    if command.step == "pledged":
        return [] if _pledged(command, known) else [events.ContributionPledged(**about(state), **said)]
    if command.document is None:
        raise refused("contribution.document", "/document")
    if _received(command, command.document, state):
        return []
    return [events.ContributionReceived(**about(state), **said, document=command.document)]


def _must_match(command: RecordContribution, known: Contribution) -> None:
    what = command.contribution_id
    if command.contributor != known.contributor:
        raise refused("contribution.contributor", "/contributor", contribution=what, known=known.contributor)
    if command.kind != known.kind:
        raise refused("contribution.kind", "/kind", contribution=what, known=known.kind)
    if command.amount.currency != known.currency:
        raise refused("contribution.currency", "/amount/currency", contribution=what, known=known.currency)


def _pledged(command: RecordContribution, known: Contribution | None) -> bool:
    """Whether the same was pledged already."""
    if known is None or known.pledged is None:
        return False
    if known.pledged != command.amount.value:
        amount = f"{known.pledged} {known.currency}"
        raise refused("state.pledged", "/amount", contribution=command.contribution_id, amount=amount)
    return True


def _received(command: RecordContribution, document: str, state: State) -> bool:
    """Whether the same receipt was recorded already. A rejected one may be brought again."""
    named = mark(document)
    for receipt, figure in state.figures.items():
        if figure.document != named or figure.contribution != command.contribution_id:
            continue
        if figure.stage not in ("received", "certified"):
            continue
        same_time = command.at in (None, figure.at)
        if figure.money.value == command.amount.value and same_time:
            return True
        said = {"contribution": figure.contribution, "amount": _amount(figure), "at": figure.at.isoformat()}
        raise refused("state.document_recorded", "/document", document=document, receipt=receipt, **said)
    return False


def settle(command: CertifyContribution | RejectContribution, state: State, now: datetime) -> Sequence[Fact]:
    """A receipt's whole amount, as it stands after corrections, is certified or rejected."""
    receipt = state.figures.get(command.receipt_id)
    if receipt is None or receipt.stage not in RECEIPT:
        raise refused("receipt.unknown", "/receipt_id", receipt=command.receipt_id)
    accept = isinstance(command, CertifyContribution)
    if receipt.stage != "received":
        if (receipt.stage == "certified") == accept:
            return []
        raise refused(f"state.{receipt.stage}", "/receipt_id")
    if (command.at or now) < receipt.at:
        raise refused("receipt.later", "/at", at=receipt.at.isoformat())
    if accept and receipt.money.value == 0:
        raise refused("receipt.empty", "/receipt_id")
    known = state.contributions[receipt.contribution]
    said = {
        "contribution_id": receipt.contribution,
        "contributor": known.contributor,
        "kind": known.kind,
        "amount": receipt.money,
        "receipt_id": command.receipt_id,
    }
    if isinstance(command, CertifyContribution):
        return [events.ContributionCertified(**about(state), **said)]
    return [events.ContributionRejected(**about(state), **said, reason=command.reason)]


def correct(command: CorrectFigure, state: State) -> Sequence[Fact]:
    """An amount becomes another, down to zero, in its currency; a receipt and its certification are two figures."""
    figure = state.figures.get(figure_key(command.corrects, command.figure))
    if figure is None:
        raise _unknown(command, state)
    if command.becomes.currency != figure.currency:
        raise refused("figure.currency", "/becomes/currency", known=figure.currency)
    if command.becomes.value == figure.money.value:
        return []
    return [
        events.FigureCorrected(
            **about(state),
            corrects=command.corrects,
            figure=command.figure,
            was=figure.money,
            becomes=command.becomes.money,
            reason=command.reason,
        )
    ]


def _unknown(command: CorrectFigure, state: State) -> Exception:
    if command.corrects == state.started_id and command.figure in ("/fund_amount", "/counterpart_amount"):
        return refused("figure.not_given", "/figure")
    prefix = f"{state.started_id}/"
    known = ", ".join(key.removeprefix(state.started_id) for key in state.figures if key.startswith(prefix)) or "-"
    wrong = "/figure" if command.corrects == state.started_id or command.corrects in state.figures else "/corrects"
    return refused("figure.unknown", wrong, corrects=command.corrects, figure=command.figure, known=known)


def _amount(figure: Figure) -> str:
    return f"{figure.value} {figure.currency}"
