"""What intake takes, evaluation can record: assessed and approved in one commit each, however it is made up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import pytest

from services.evaluation.commands import ApproveProposal
from services.evaluation.decider import REVIEW
from services.intake.replies import LARGEST, recorded_sizes
from shared.contracts import Fact
from shared.eventstore.commit import MAX_BYTES
from shared.execute import text_of
from shared.programme.proposal import Proposal
from shared.testing import decide, event
from tests.evaluation.examples import COFFEE, CONFIRMED, OPENED, assessed

LETTERS = "abcdefghij" * 1_000
PARTS: dict[str, Any] = {
    "activities": lambda i: COFFEE.activities[0].model_dump() | {"id": f"a{i}", "title": {"es": LETTERS[:9_000]}},
    "places": lambda i: {"name": f"Place {i}", "sector": {"es": LETTERS[:3_000]}},
    "short places": lambda i: {"name": f"P{i}", "sector": {"es": f"s{i}"}},
    "milestones": lambda i: COFFEE.milestones[0].model_dump() | {"id": f"m{i}", "title": {"es": LETTERS[:3_000]}},
    "groups": lambda i: {"name": f"g{i}", "firms": [{"name": "a", "size": "micro"}] * 50},
    "identified groups": lambda i: {"name": f"g{i}", "firms": [{"name": "a", "size": "micro", "tax_id": "1"}] * 50},
}
"""The `i`-th of what a proposal may have very many of."""


def largest(what: str) -> Proposal:
    """A proposal with as many of these as intake takes."""
    name = what.split()[-1]
    document = COFFEE.model_dump()
    holder = document["beneficiaries"] if name == "groups" else document

    def made(count: int) -> Proposal:
        holder[name] = [PARTS[what](i) for i in range(count)]
        return Proposal.model_validate(document)

    return made(bisect_left(range(1, 201), True, key=lambda n: sum(recorded_sizes(made(n)).values()) > LARGEST))


def size(facts: Sequence[Fact]) -> int:
    """Bytes of the facts' events."""
    return sum(len(text_of(event(fact)).encode()) for fact in facts)


@pytest.mark.parametrize("what", PARTS)
def test_the_largest_proposal_is_assessed_and_approved(what: str) -> None:
    facts = assessed(1, largest(what))
    longest = dict.fromkeys(("es", "pt", "en"), "\U0001f600" * 1_000)
    order = ApproveProposal(revision=1, reasons=[longest] * 10)
    approved = decide(REVIEW, [*facts, OPENED, CONFIRMED], order)
    assert max(size(facts), size(approved)) < MAX_BYTES
