"""Evaluation's doors as evaluators, the committee and headquarters use them, on real servers."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.evaluation.examples import COFFEE, EXAMPLES, LONGER, POLICY_TEXT, REF
from tests.running import Programme, until

UVA: dict[str, Any] = json.loads((EXAMPLES / "approved-projects.json").read_text("utf-8"))["projects"][0]
WHY = [{"es": "falta el presupuesto", "en": "the budget is missing"}]


def document(proposal: Any) -> dict[str, Any]:
    found: dict[str, Any] = proposal.model_dump(mode="json", exclude_none=True)
    return found


async def ask(services: Programme, method: str, path: str, role: str, status: int = 200, **more: Any) -> Any:
    answer = await services.ask("evaluation", method, path, services.token(role, "CO"), **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def submitted(services: Programme, proposal: Any = COFFEE) -> str:
    """The id of a new proposal, submitted at intake and assessed here."""
    office = services.token("country_office", "CO")
    answer = await services.ask("intake", "POST", "/proposals", office, json=document(proposal))
    assert answer.status_code == 201, answer.text
    proposal_id: str = answer.json()["proposal_id"]
    await standing(services, proposal_id, "assessed")
    return proposal_id


async def standing(services: Programme, proposal_id: str, status: str, revision: int = 1) -> dict[str, Any]:
    """The review, once it stands so."""

    async def look() -> dict[str, Any] | None:
        token = services.token("evaluator")
        answer = await services.ask("evaluation", "GET", f"/reviews/{proposal_id}", token)
        found: dict[str, Any] = answer.json()
        there = answer.status_code == 200 and (found["status"], found["revision"]) == (status, revision)
        return found if there else None

    found = await until(look)
    assert found
    return found


async def locked(services: Programme) -> str:
    """The id of a proposal whose first revision can be decided on."""
    proposal_id = await submitted(services)
    await ask(services, "POST", f"/reviews/{proposal_id}/opening", "evaluator", json={"revision": 1})
    await standing(services, proposal_id, "confirmed")
    return proposal_id


async def at_intake(services: Programme, proposal_id: str, status: str) -> dict[str, Any]:
    """The proposal at intake, once its office sees it so."""

    async def look() -> dict[str, Any] | None:
        office = services.token("country_office", "CO")
        found: dict[str, Any] = (await services.ask("intake", "GET", f"/proposals/{proposal_id}", office)).json()
        return found if found["status"] == status else None

    found = await until(look)
    assert found
    return found


async def test_a_proposal_is_approved_on_a_locked_revision_and_becomes_a_project(services: Programme) -> None:
    proposal_id = await locked(services)
    path, key, today = f"/reviews/{proposal_id}/approval", uuid.uuid4().hex, datetime.now(UTC).date().isoformat()
    body = {"revision": 1, "reasons": WHY, "approved_on": today}
    early = await ask(services, "POST", path, "committee", 422, json=body | {"approved_on": "1905-01-01"})
    assert (early["code"], early["errors"][0]["pointer"]) == ("approval.before_submission", "/approved_on")
    first = await ask(services, "POST", path, "committee", json=body, key=key)
    again = await ask(services, "POST", path, "committee", json=body, key=key)
    assert (first["status"], first["repeated"], again["repeated"]) == ("approved", False, True)
    assert first["events"] == again["events"]
    shown = await ask(services, "GET", f"/reviews/{proposal_id}", "auditor", language="es")
    assert shown["decisions"][0]["reasons"] == ["falta el presupuesto"]
    assert (shown["approved_on"], shown["decisions"][0]["event"]) == (today, first["events"][0])
    assert shown["history"][-1]["time"] == f"{today}T00:00:00+00:00"
    approval = await ask(services, "GET", f"/approvals/{proposal_id}", "headquarters")
    assert (approval["project_id"], approval["agency_id"]) == (proposal_id, "ADEL-CAFE-TOLIMA")
    assert [activity["id"] for activity in approval["plan"]["activities"]] == ["A1", "A2", "A3", "A4"]
    seen = await at_intake(services, proposal_id, "approved")
    assert seen["reasons"][0]["reasons"] == ["the budget is missing"]


async def test_a_return_lets_the_office_revise_and_the_revision_says_what_changed(services: Programme) -> None:
    proposal_id = await locked(services)
    path = f"/reviews/{proposal_id}"
    await ask(services, "POST", f"{path}/return", "committee", json={"revision": 1, "reasons": WHY})
    await at_intake(services, proposal_id, "open")
    office = services.token("country_office", "CO")
    revised = {"replaces": 1, "proposal": document(LONGER)}
    answer = await services.ask("intake", "PUT", f"/proposals/{proposal_id}", office, json=revised)
    assert answer.status_code == 200, answer.text
    await standing(services, proposal_id, "assessed", 2)
    shown = await ask(services, "GET", path, "evaluator", language="es")
    assert any("60" in change for change in shown["changes"])
    stale = await ask(services, "POST", f"{path}/opening", "evaluator", 409, json={"revision": 1})
    assert stale["code"] == "state.outdated"
    await ask(services, "POST", f"{path}/opening", "evaluator", json={"revision": 2})
    await standing(services, proposal_id, "confirmed", 2)
    await ask(services, "POST", f"{path}/rejection", "committee", json={"revision": 2, "reasons": WHY})
    assert (await at_intake(services, proposal_id, "rejected"))["revision"] == 2
    late = await ask(services, "POST", f"{path}/approval", "committee", 409, json={"revision": 2}, language="pt")
    assert (late["code"], late["detail"]) == ("state.decided", "Já se decidiu sobre a proposta.")


async def test_nothing_is_decided_on_a_revision_that_the_office_may_still_change(services: Programme) -> None:
    proposal_id = await submitted(services)
    path = f"/reviews/{proposal_id}/approval"
    refused = await ask(services, "POST", path, "committee", 409, json={"revision": 1}, language="es")
    assert refused["code"] == "state.unlocked"
    assert refused["errors"][0]["fix"] == "Abra primero la evaluación de esta revisión."


async def test_a_withdrawal_ends_the_review(services: Programme) -> None:
    proposal_id = await submitted(services)
    office = services.token("country_office", "CO")
    path = f"/proposals/{proposal_id}/withdrawal"
    await services.ask("intake", "POST", path, office, json={"reason": "no partner"})
    await standing(services, proposal_id, "ended")
    late = await ask(services, "POST", f"/reviews/{proposal_id}/opening", "evaluator", 409, json={"revision": 1})
    assert late["code"] == "state.withdrawn"


async def test_findings_are_told_in_the_callers_language_and_mean_the_same(services: Programme) -> None:
    proposal_id = await submitted(services)
    shown = {
        language: await ask(services, "GET", f"/reviews/{proposal_id}", "evaluator", language=language)
        for language in ("es", "pt", "en")
    }
    assert {found["typology"] for found in shown.values()} == {"simple_network"}
    assert len({found["findings"]["rows"][0]["explanation"] for found in shown.values()}) == 3
    assert len({json.dumps(found["findings"]["points"]) for found in shown.values()}) == 1
    assert shown["en"]["policy"] == {"version": REF.version, "hash": REF.hash}


async def test_reviews_are_listed_within_reach(services: Programme) -> None:
    proposal_id = await submitted(services)

    async def listed() -> bool:
        found = await ask(services, "GET", "/reviews?country=CO&status=assessed&limit=200", "evaluator")
        return proposal_id in [item["proposal_id"] for item in found["items"]]

    await until(listed)
    abroad = services.token("country_office", "BR")
    found = (await services.ask("evaluation", "GET", "/reviews?limit=200", abroad)).json()
    assert all(item["country"] == "BR" for item in found["items"])
    assert (await services.ask("evaluation", "GET", f"/reviews/{proposal_id}", abroad)).status_code == 404


async def test_the_same_historical_project_is_registered_once(services: Programme) -> None:
    project = UVA | {"title": {"es": f"Proyecto {uuid.uuid4().hex}"}}
    key = uuid.uuid4().hex
    first = await ask(services, "POST", "/approvals", "headquarters", 201, json=project, key=key)
    again = await ask(services, "POST", "/approvals", "headquarters", 201, json=project, key=key)
    assert (first["project_id"], first["events"]) == (again["project_id"], again["events"])
    assert again["repeated"]
    other = await ask(services, "POST", "/approvals", "headquarters", 409, json=project | {"firms": 3})
    assert other["code"] == "state.registered"
    assert first["project_id"] in other["detail"]
    approval = await ask(services, "GET", f"/approvals/{first['project_id']}", "country_office")
    assert (approval["historical"], approval["fund_amount"], approval["plan"]["months"]) == (True, None, None)
    assert approval["source"]["executing_agency"] == "Fundación Carvajal"
    abroad = services.token("country_office", "BR")
    hidden = await services.ask("evaluation", "GET", f"/approvals/{first['project_id']}", abroad)
    assert hidden.status_code == 404


async def test_a_key_is_of_one_historical_project_only(services: Programme) -> None:
    """Whether the other project comes later or at the same time; the refused one can be brought in under its own."""
    headquarters = services.token("headquarters")
    for _ in range(5):
        key = uuid.uuid4().hex
        projects = [UVA | {"title": {"es": f"Proyecto {uuid.uuid4().hex}"}} for _ in range(2)]
        sent = [services.ask("evaluation", "POST", "/approvals", headquarters, key=key, json=p) for p in projects]
        answers = await asyncio.gather(*sent)
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        won = [answer.status_code for answer in answers].index(201)
        refused = await ask(services, "POST", "/approvals", "headquarters", 409, key=key, json=projects[1 - won])
        assert refused["type"] == "urn:trama:problem:idempotency-conflict"
        again = await ask(services, "POST", "/approvals", "headquarters", 201, key=key, json=projects[won])
        assert again["repeated"]
        await ask(services, "POST", "/approvals", "headquarters", 201, json=projects[1 - won])


async def test_a_refused_registration_leaves_its_key_free(services: Programme) -> None:
    key, project = uuid.uuid4().hex, UVA | {"title": {"es": f"Proyecto {uuid.uuid4().hex}"}}
    future = project | {"approved_on": "2999-01-01"}
    found = await ask(services, "POST", "/approvals", "headquarters", 422, key=key, json=future)
    assert found["code"] == "approval.future"
    await ask(services, "POST", "/approvals", "headquarters", 201, key=key, json=project)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/approvals", UVA | {"approved_on": "2999-01-01"}, "/approved_on"),
        ("/approvals", UVA | {"approved_on": "0001-01-01"}, "/approved_on"),
        ("/approvals", UVA | {"approved_on": "2001-02-30"}, "/approved_on"),
        ("/approvals", UVA | {"country": "ZZ"}, "/country"),
        ("/approvals", UVA | {"score": 5}, "/score"),
        ("/approvals", UVA | {"fund_amount": {"currency": "USD", "value": "-1"}}, "/fund_amount/value"),
        ("/approvals", UVA | {"agency_id": "lower case"}, "/agency_id"),
        ("/reviews/none/opening", {}, "/revision"),
        ("/reviews/none/opening", {"revision": "1"}, "/revision"),
        ("/reviews/none/opening", {"revision": 0}, "/revision"),
        ("/reviews/none/approval", {"revision": 1, "approved_on": "1899-12-31"}, "/approved_on"),
        ("/reviews/none/rejection", {"revision": 1}, "/reasons"),
        ("/reviews/none/return", {"revision": 1, "reasons": [{}]}, "/reasons/0"),
        ("/reviews/none/return", {"revision": 1, "reasons": [{"pt": "x" * 1_001}]}, "/reasons/0/pt"),
        ("/reviews/none/rejection", {"revision": 1, "reasons": [{"pt": "não"}] * 11}, "/reasons"),
        ("/policies/backtest", {"text": 5}, "/text"),
    ],
)
async def test_bad_input_is_told_with_a_pointer(services: Programme, path: str, body: Any, pointer: str) -> None:
    found = await ask(services, "POST", path, "headquarters", 422, json=body)
    assert pointer in [error["pointer"] for error in found["errors"]]
    assert all(error["fix"] for error in found["errors"])


async def test_a_rejection_without_reasons_is_refused(services: Programme) -> None:
    proposal_id = await locked(services)
    body = {"revision": 1, "reasons": []}
    found = await ask(services, "POST", f"/reviews/{proposal_id}/rejection", "committee", 422, json=body)
    assert (found["code"], found["errors"][0]["pointer"]) == ("review.reasons", "/reasons")


async def test_policies_are_published_and_shown(services: Programme) -> None:
    async def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await ask(services, "GET", "/policies", "country_office"))["items"]
        return found

    found = await until(listed)
    assert [policy["version"] for policy in found if policy["in_force"]] == [REF.version]
    shown = await ask(services, "GET", f"/policies/{REF.version}", "auditor")
    assert (shown["text"], shown["hash"]) == (POLICY_TEXT, REF.hash)
    await ask(services, "GET", "/policies/2000-01-01.other", "auditor", 404)


async def test_a_policy_is_tried_on_the_past_without_writing(services: Programme) -> None:
    proposal_id = await submitted(services)
    store = services.apps["evaluation"].state.service.store
    shorter = POLICY_TEXT.replace(
        "  simple_network: {least: 24, most: 36}\n  complex_network: {least: 24, most: 36}\n",
        "  simple_network: {least: 12, most: 18}\n  complex_network: {least: 24, most: 36}\n",
    )
    assert shorter != POLICY_TEXT

    async def flips() -> dict[str, Any] | None:
        found: dict[str, Any] = await ask(services, "POST", "/policies/backtest", "evaluator", json={"text": shorter})
        return found if proposal_id in [flip["proposal_id"] for flip in found["flips"]] else None

    before = len(await store.load(f"review-{proposal_id}"))
    found = await until(flips)
    assert found
    [flip] = [f for f in found["flips"] if (f["proposal_id"], f["what"]) == (proposal_id, "check:term")]
    assert (flip["before"], flip["after"], flip["country"]) == ("pass", "refer", "CO")
    assert found["rules"]["check:term"] >= 1
    assert sum(count["count"] for count in found["counts"]) == len(found["flips"]) + found["left_out"]
    assert len(await store.load(f"review-{proposal_id}")) == before
    same = await ask(services, "POST", "/policies/backtest", "evaluator", json={"text": POLICY_TEXT})
    assert (same["flips"], same["counts"]) == ([], [])


async def test_what_is_wrong_with_a_policy_is_told_with_its_line(services: Programme) -> None:
    wrong = POLICY_TEXT.replace("effective: 2000-01-01", "effective: 2000-02-30")
    found = await ask(services, "POST", "/policies/backtest", "evaluator", 422, json={"text": wrong}, language="es")
    assert any(error["detail"].startswith("línea ") for error in found["errors"])
    assert any("effective" in error["detail"] for error in found["errors"])
