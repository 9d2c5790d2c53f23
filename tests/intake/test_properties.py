"""Whatever is ordered about a proposal, in whatever order: where it may stand; saying it again adds nothing."""

from __future__ import annotations

import random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from services.intake.commands import (
    CloseProposal,
    LockRevision,
    ProposalCommand,
    ReturnProposal,
    ReviseProposal,
    SubmitProposal,
    WithdrawProposal,
)
from services.intake.decider import DECIDER, State
from services.intake.projection import PROPOSALS
from shared.contracts import Fact
from shared.contracts.intake import (
    ProposalClosed,
    ProposalLocked,
    ProposalLockRefused,
    ProposalRevised,
    ProposalSubmitted,
    ProposalUnlocked,
    ProposalWithdrawn,
)
from shared.errors import Refused
from shared.eventstore import open_store
from shared.execute import Context, execute
from shared.mongo import Database
from shared.projection import Document
from shared.testing import NOW, event
from tests.intake.test_decider import ABROAD, PROPOSAL, WHY
from tests.intake.test_projection import recorded

STEPS = {
    ("absent", ProposalSubmitted, "open"),
    ("open", ProposalRevised, "open"),
    ("open", ProposalWithdrawn, "withdrawn"),
    ("open", ProposalLocked, "locked"),
    ("open", ProposalLockRefused, "open"),
    ("locked", ProposalLockRefused, "locked"),
    ("locked", ProposalUnlocked, "open"),
    ("locked", ProposalClosed, "closed"),
    ("withdrawn", ProposalLockRefused, "withdrawn"),
    ("closed", ProposalLockRefused, "closed"),
}
"""Every step that there is: from where, by which fact, to where."""

revisions = st.integers(0, 4)
reasons = st.sampled_from([[], WHY, [*WHY, {"es": "falta un anexo"}]])
orders: st.SearchStrategy[ProposalCommand] = st.one_of(
    st.just(SubmitProposal(proposal_id="p1", reference="CO-1", proposal=PROPOSAL)),
    st.builds(ReviseProposal, replaces=revisions, proposal=st.sampled_from([PROPOSAL, PROPOSAL, ABROAD])),
    st.just(WithdrawProposal(reason="no partner")),
    st.builds(LockRevision, revision=revisions),
    st.builds(ReturnProposal, revision=revisions, reasons=reasons),
    st.builds(CloseProposal, revision=revisions, outcome=st.sampled_from(["approved", "rejected"]), reasons=reasons),
)


def obey(state: State, order: ProposalCommand) -> list[Fact]:
    """The facts that follow; none from a refusal, which says why in three languages."""
    try:
        return list(DECIDER.decide(order, state, NOW))
    except Refused as refused:
        languages = set(refused.texts), set(refused.fix or refused.texts)
    assert languages == ({"es", "pt", "en"}, {"es", "pt", "en"})
    return []


def after(state: State, facts: list[Fact]) -> State:
    return DECIDER.fold(state, [event(fact) for fact in facts])


@settings(max_examples=400, deadline=None)
@given(st.lists(orders, max_size=25))
def test_a_proposal_takes_the_steps_that_there_are_and_no_other(given: list[ProposalCommand]) -> None:
    state = State()
    for order in given:
        facts = obey(state, order)
        assert len(facts) <= 1
        for fact in facts:
            following = after(state, [fact])
            assert (state.status, type(fact), following.status) in STEPS
            revised = isinstance(fact, (ProposalSubmitted, ProposalRevised))
            assert following.revision == state.revision + revised
            assert (following.proposal_id, following.country, following.reference) == ("p1", "CO", "CO-1")
            state = following


@settings(max_examples=300, deadline=None)
@given(st.lists(orders, max_size=25), orders)
def test_an_order_given_twice_adds_nothing_to_what_is(given: list[ProposalCommand], last: ProposalCommand) -> None:
    """The second time it is refused, empty, or the same answer to evaluation, which changes nothing."""
    state = State()
    for order in given:
        state = after(state, obey(state, order))
    first = obey(state, last)
    once = after(state, first)
    again = obey(once, last)
    assert after(once, again) == once
    assert all(isinstance(fact, ProposalLockRefused) for fact in again)


@settings(max_examples=300, deadline=None)
@given(st.lists(orders, max_size=25), orders)
def test_only_an_open_proposal_is_its_offices_to_change(given: list[ProposalCommand], last: ProposalCommand) -> None:
    state = State()
    for order in given:
        state = after(state, obey(state, order))
    changed = [f for f in obey(state, last) if isinstance(f, (ProposalRevised, ProposalWithdrawn, ProposalLocked))]
    assert not changed or state.status == "open"
    if isinstance(last, ReviseProposal) and changed:
        assert last.replaces == state.revision
    if isinstance(last, LockRevision) and changed:
        assert last.revision == state.revision


@settings(max_examples=300, deadline=None)
@given(st.lists(orders, max_size=25))
def test_what_is_shown_is_what_was_decided(given: list[ProposalCommand]) -> None:
    """Every history that can come about folds, and the document says what the state says; reasons keep their order."""
    state, document, told = State(), None, []
    number = 0
    for order in given:
        for fact in obey(state, order):
            number += 1
            state = after(state, [fact])
            one = recorded(fact, number)
            assert PROPOSALS.key(one) == "proposal-p1"
            document = PROPOSALS.fold("proposal-p1", document, [one])
            if isinstance(fact, ProposalUnlocked):
                told.append(("returned", fact.revision, fact.reasons))
            elif isinstance(fact, ProposalClosed):
                told.append((fact.outcome, fact.revision, fact.reasons))
    if document is None:
        assert state == State()
        return
    assert _stands(document) == (state.status, state.revision)
    assert [(a["outcome"], a["revision"], a["reasons"]) for a in document["reasons"]] == told


def _stands(document: Document) -> tuple[str, int]:
    status = document["status"]
    return ("closed" if status in ("approved", "rejected") else status), document["revision"]


@pytest.mark.parametrize("seed", range(3))
async def test_an_order_repeated_under_its_key_is_answered_with_its_own_commit(database: Database, seed: int) -> None:
    """On the real store, much later too: what it came to then, and nothing new."""
    store, dice = await open_store(database, "test", 1), random.Random(seed)
    done: list[tuple[ProposalCommand, str, list[str]]] = []
    kinds: list[ProposalCommand] = [
        ReviseProposal(replaces=1, proposal=PROPOSAL), LockRevision(revision=1), LockRevision(revision=2),
        ReturnProposal(revision=1, reasons=WHY), ReturnProposal(revision=2, reasons=WHY),
        CloseProposal(revision=2, outcome="approved", reasons=[]), WithdrawProposal(reason="no partner"),
    ]  # fmt: skip
    orders = [SubmitProposal(proposal_id="p1", reference="CO-1", proposal=PROPOSAL), *dice.choices(kinds, k=20)]
    for number, order in enumerate(orders):
        context = Context(actor="ana", key=f"key-{number}", correlation="c")
        try:
            outcome = await execute(store, DECIDER, "proposal-p1", order, context)
        except Refused:
            continue
        if outcome.events:
            done.append((order, context.key, [one.id for one in outcome.events]))
    before = await database["commits"].count_documents({})
    for order, key, events in done:
        again = await execute(store, DECIDER, "proposal-p1", order, Context(actor="ana", key=key, correlation="later"))
        assert again.repeated
        assert [one.id for one in again.events] == events
    assert await database["commits"].count_documents({}) == before == len(done)
    await store.close()
