"""Intake's doors for offices: proposals and what was found about them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.intake import directory, queries
from services.intake.commands import ReviseProposal, SubmitProposal, WithdrawProposal, reference_of
from services.intake.decider import DECIDER, State
from services.intake.directory import Entries
from services.intake.replies import Findings, Listed, Receipt, Shown, find, must_add_up, receipt, shown
from shared.errors import CommitTooLarge, Conflict, IdempotencyConflict, Refused
from shared.execute import Outcome, command_id
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.paging import After, Limit, Page
from shared.programme.proposal import Proposal
from shared.programme.taxids import replace_tax_ids
from shared.programme.text import Prose
from shared.roles import Caller
from shared.service import Here, Service

router = APIRouter(tags=["proposals"])
Key = Annotated[str, Depends(idempotency_key)]
Speaks = Annotated[Language, Depends(language)]


class Revision(BaseModel):
    """A new revision; `replaces` is the number of the revision that the office has seen."""

    replaces: int
    proposal: Proposal


class Withdrawal(BaseModel):
    """Why the office takes the proposal back."""

    reason: Prose


@router.post("/proposals", status_code=201, summary="Submit a complete proposal")
async def submit_proposal(
    caller: Annotated[Caller, allow("proposal.submit")],
    key: Key,
    body: Annotated[Proposal, json_body(Proposal)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """Validated whole, and told what the machine checks find; the findings that count are evaluation's."""
    caller.require("proposal.submit", country=body.country)
    must_add_up(body, "", speaks)
    proposal_id = command_id(caller.subject, "SubmitProposal", "new proposal", key)[:20]
    proposal, entries = await _without_tax_ids(here, body, proposal_id)
    command = SubmitProposal(
        proposal_id=proposal_id, reference=reference_of(body.country, proposal_id), proposal=proposal
    )
    outcome = await _carry_out(here, f"proposal-{proposal_id}", command, caller, key, entries)
    return receipt(outcome, await _findings(here, proposal, speaks))


@router.put("/proposals/{proposal_id}", summary="Submit a new revision")
async def revise_proposal(
    caller: Annotated[Caller, allow("proposal.revise")],
    proposal_id: str,
    key: Key,
    body: Annotated[Revision, json_body(Revision)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """Only while the proposal is open, and only on top of the revision that the office has seen."""
    stream = await _own(here, caller, "proposal.revise", proposal_id, speaks)
    must_add_up(body.proposal, "/proposal", speaks)
    name = command_id(caller.subject, "ReviseProposal", stream, key)
    proposal, entries = await _without_tax_ids(here, body.proposal, name)
    command = ReviseProposal(replaces=body.replaces, proposal=proposal)
    outcome = await _carry_out(here, stream, command, caller, key, entries)
    return receipt(outcome, await _findings(here, proposal, speaks))


@router.post("/proposals/{proposal_id}/withdrawal", summary="Withdraw a proposal")
async def withdraw_proposal(
    caller: Annotated[Caller, allow("proposal.withdraw")],
    proposal_id: str,
    key: Key,
    body: Annotated[Withdrawal, json_body(Withdrawal)],
    speaks: Speaks,
    here: Here,
) -> Receipt:
    """Final: what is to be submitted later is a new proposal."""
    stream = await _own(here, caller, "proposal.withdraw", proposal_id, speaks)
    return receipt(await here.order(DECIDER, stream, WithdrawProposal(reason=body.reason), caller, key))


@router.post("/proposals/check", summary="Try a proposal without submitting it")
async def check_proposal(
    caller: Annotated[Caller, allow("proposal.check")],
    body: Annotated[Proposal, json_body(Proposal)],
    speaks: Speaks,
    here: Here,
) -> Findings:
    """A dry run under the policy in force today; nothing is kept."""
    caller.require("proposal.check", country=body.country)
    must_add_up(body, "", speaks)
    return await _findings(here, body, speaks)


@router.get("/proposals/{proposal_id}", summary="A proposal as it is now")
async def read_proposal(
    caller: Annotated[Caller, allow("proposal.read")], proposal_id: str, speaks: Speaks, here: Here
) -> Shown:
    """With its state, the reasons that came back, and how evaluation saw it, in the caller's language."""
    found = await queries.proposal(here, proposal_id)
    if found is None or not caller.may("proposal.read", country=found["country"]):
        raise not_found(speaks)
    return shown(found, speaks)


@router.get("/proposals", summary="Proposals, newest first")
async def list_proposals(
    caller: Annotated[Caller, allow("proposal.read")],
    speaks: Speaks,
    here: Here,
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    status: Literal["open", "locked", "withdrawn", "approved", "rejected"] | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[Listed]:
    """Those within the caller's reach."""
    reach = caller.reach("proposal.read")
    found, following = await queries.proposals(here, reach, country, status, after, limit)
    return Page(items=[Listed.of(document, speaks) for document in found], next=following)


async def _own(here: Service, caller: Caller, action: Any, proposal_id: str, speaks: Language) -> str:
    """The stream of a proposal that the caller may act on; 404 if there is none, or none that the caller may see."""
    stream = f"proposal-{proposal_id}"
    state = await here.state(DECIDER, stream) if proposal_id.isalnum() else State()
    if state.status == "absent" or not caller.may("proposal.read", country=state.country):
        raise not_found(speaks)
    caller.require(action, country=state.country)
    return stream


async def _without_tax_ids(here: Service, proposal: Proposal, command: str) -> tuple[Proposal, Entries]:
    secret = await directory.secret(here.database)
    entries: Entries = {}

    def refer(pointer: str, tax_id: str) -> str:
        ref = directory.reference(secret, command, pointer, tax_id)
        entries[ref] = tax_id
        return ref

    return replace_tax_ids(proposal, refer), entries


async def _carry_out(
    here: Service, stream: str, command: SubmitProposal | ReviseProposal, caller: Caller, key: str, entries: Entries
) -> Outcome[State]:
    """The directory first: what an event refers to must be there; a refused order leaves nothing behind."""
    name, attempt = command_id(caller.subject, type(command).__name__, stream, key), uuid.uuid4().hex
    await directory.keep_tax_ids(here.database, command.proposal.country, stream, name, entries, attempt)
    try:
        return await here.order(DECIDER, stream, command, caller, key)
    except (Refused, Conflict, IdempotencyConflict, CommitTooLarge):
        await directory.release_tax_ids(here.database, entries, attempt)
        raise


async def _findings(here: Service, proposal: Proposal, speaks: Language) -> Findings:
    return find(proposal, await queries.policy(here, datetime.now(UTC)), speaks)
