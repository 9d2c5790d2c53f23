"""Codes are checked against their lists where documents come in; recorded ones stay readable when a list drops them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.contracts import evaluation
from shared.contracts.base import CloudEvent, Fact
from shared.contracts.registry import decode
from shared.contracts.values import PolicyRef
from shared.execute import text_of
from shared.programme.proposal import Proposal
from tests.evaluation.examples import COFFEE

CODE = f'"country":"{COFFEE.country}"'


def recorded() -> str:
    """The text of a recorded event that holds a whole proposal."""
    fact = evaluation.AssessmentStarted(
        proposal_id="p", country="CO", revision=1, reference="r", policy=PolicyRef(version="v", hash="h"),
        proposal=COFFEE,
    )  # fmt: skip
    event = CloudEvent[Fact](
        id="e-0", source="/evaluation", type=fact.type, subject="review-p", time=datetime(2026, 1, 2, tzinfo=UTC),
        dataschema="s", sequence="0000000001", correlationid="c", actor="a", data=fact,
    )  # fmt: skip
    return text_of(event)


def test_a_recorded_code_that_a_list_has_dropped_is_read() -> None:
    text = recorded()
    assert CODE in text
    fact = decode(text.replace(CODE, '"country":"XX"')).data
    assert isinstance(fact, evaluation.AssessmentStarted)
    assert fact.proposal.country == "XX"


def test_the_same_code_does_not_come_in() -> None:
    with pytest.raises(ValidationError, match="no ISO 3166-1 country code"):
        Proposal.model_validate_json(COFFEE.model_dump_json().replace(CODE, '"country":"XX"'))


@pytest.mark.parametrize("code", ["co", "C", "C1"])
def test_a_recorded_code_keeps_its_shape(code: str) -> None:
    with pytest.raises(ValidationError):
        decode(recorded().replace(CODE, f'"country":"{code}"'))
