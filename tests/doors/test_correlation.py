"""One request's id on everything that follows from it, in every service, and what caused what."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared import logs
from tests.evaluation.test_api import standing
from tests.intake.test_api import NETWORK
from tests.running import Programme, until


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as JSON lines."""
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    logs.configure("tests", "INFO", "json", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


async def ask(services: Programme, service: str, path: str, role: str, body: Any, correlation: str) -> dict[str, Any]:
    answer = await services.ask(
        service, "POST", path, services.token(role, "CO"), json=body, headers={"X-Correlation-ID": correlation}
    )
    assert answer.status_code in (200, 201), answer.text
    assert answer.headers["x-correlation-id"] == correlation
    found: dict[str, Any] = answer.json()
    return found


async def journalled(services: Programme, correlation: str, *types: str) -> dict[str, dict[str, Any]]:
    """The events of a request in reporting's journal, by their type, once all of these are there."""
    journal = services.apps["reporting"].state.service.database["journal"]

    async def look() -> dict[str, dict[str, Any]]:
        documents = await journal.find({"text": {"$regex": f'"correlationid":"{correlation}"'}}).to_list(None)
        events = [json.loads(document["text"]) for document in documents]
        found = {event["type"]: event for event in events}
        return found if set(types) <= set(found) else {}

    return await until(look)


async def test_a_requests_id_is_on_all_that_follows_from_it(services: Programme, lines: io.StringIO) -> None:
    one, two, three = (f"test-{uuid.uuid4().hex}" for _ in range(3))
    proposal_id = (await ask(services, "intake", "/proposals", "country_office", NETWORK, one))["proposal_id"]
    await standing(services, proposal_id, "assessed")
    review = f"/reviews/{proposal_id}"
    await ask(services, "evaluation", f"{review}/opening", "evaluator", {"revision": 1}, two)
    await standing(services, proposal_id, "confirmed")
    await ask(services, "evaluation", f"{review}/approval", "committee", {"revision": 1}, three)

    told = await journalled(
        services,
        one,
        "proposal.submitted.v1",
        "assessment.started.v1",
        "proposal.classified.v1",
        "eligibility.screened.v1",
    )
    caused = {event["causationid"] for kind, event in told.items() if kind != "proposal.submitted.v1"}
    assert caused == {told["proposal.submitted.v1"]["id"]}
    assert "causationid" not in told["proposal.submitted.v1"]

    told = await journalled(services, two, "review.opened.v1", "proposal.locked.v1", "review.confirmed.v1")
    assert told["proposal.locked.v1"]["causationid"] == told["review.opened.v1"]["id"]
    assert told["review.confirmed.v1"]["causationid"] == told["proposal.locked.v1"]["id"]

    told = await journalled(services, three, "project.approved.v1", "proposal.closed.v1", "project.started.v1")
    assert told["project.started.v1"]["causationid"] == told["project.approved.v1"]["id"]
    assert told["proposal.closed.v1"]["causationid"] == told["project.approved.v1"]["id"]
    assert told["project.started.v1"]["actor"] == "service:monitoring"

    for correlation in (one, two, three):
        said = [json.loads(line) for line in lines.getvalue().splitlines() if correlation in line]
        assert {"http.request", "reacted", "projected"} <= {line["event"] for line in said}
        assert all(line["correlation_id"] == correlation for line in said if line["event"] != "projected")
