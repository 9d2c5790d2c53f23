"""Monitoring's doors as agencies, supervisors, offices and headquarters use them, on real servers."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from typing import Any

import pytest

from services.monitoring.commands import StartProject
from services.monitoring.decider import DECIDER
from shared.contracts.monitoring import ProjectTerms
from shared.roles import TABLE, Action, Caller, Role, Scope
from shared.service import Service
from tests.monitoring.samples import historical, terms
from tests.running import Programme, until

CONTRIBUTION: dict[str, Any] = {
    "step": "received",
    "contribution_id": "C1",
    "contributor": "beneficiary_firms",
    "kind": "cash",
    "amount": {"currency": "USD", "value": "1000.00"},
    "document": "R-1",
}
FIGURE = {"corrects": "none", "becomes": {"currency": "USD", "value": "1"}, "reason": "typing error"}
WOOD = {"name": "Paragominas", "subdivision": "BR-PA", "sector": {"es": "Madera"}}
PLACE = {"corrects": "none", "index": 1, "becomes": WOOD, "reason": "the fund's announcement"}
DOORS: list[tuple[Action, str, str, dict[str, Any] | None]] = [
    ("project.read", "GET", "", None),
    ("activity.start", "POST", "/activities/A1/start", {}),
    ("activity.complete", "POST", "/activities/A1/completion", {}),
    ("milestone.reach", "POST", "/milestones/M1/reached", {"evidence": "minutes"}),
    ("contribution.record", "POST", "/contributions", CONTRIBUTION),
    ("contribution.certify", "POST", "/receipts/none/certification", {}),
    ("contribution.certify", "POST", "/receipts/none/rejection", {"reason": "no signature"}),
    ("result.achieve", "POST", "/results", {"result": "joint_purchasing", "evidence": "survey"}),
    ("figure.correct", "POST", "/corrections/figures", FIGURE),
    ("figure.correct", "POST", "/corrections/places", PLACE),
    ("project.cancel", "POST", "/cancellation", {"reason": "dissolved"}),
]


async def start(services: Programme, of: ProjectTerms | None = None) -> str:
    """A project of the test's own, begun as the inbox begins it."""
    project_id = uuid.uuid4().hex[:20]
    begun = (of or terms()).model_copy(update={"project_id": project_id})
    order = StartProject(approval_id=f"approval-{project_id}", terms=begun)
    here: Service = services.apps["monitoring"].state.service
    await here.order(DECIDER, f"project-{project_id}", order, Caller("service:monitoring"), project_id)
    return project_id


class Doors:
    """A project's doors, as one caller after another uses them."""

    def __init__(self, services: Programme, project_id: str) -> None:
        self.services = services
        self.path = f"/projects/{project_id}"
        self.agency = services.token("executing_agency", agency="SEBRAE")
        self.supervisor = services.token("supervisor")
        self.headquarters = services.token("headquarters")

    async def order(self, token: str, path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = await self.services.ask("monitoring", "POST", self.path + path, token, json=body, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, token: str, path: str, body: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
        answer = await self.services.ask("monitoring", "POST", self.path + path, token, json=body, **more)
        return answer.status_code, answer.json()

    async def read(self, language: str = "en") -> dict[str, Any]:
        answer = await self.services.ask("monitoring", "GET", self.path, self.supervisor, language=language)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def doors(services: Programme) -> Doors:
    return Doors(services, await start(services))


async def test_a_project_is_taken_through_its_plan(doors: Doors) -> None:
    """Start, completion, milestone, pledge, receipt, certification, result: each read back at once."""
    at = "2025-06-01T00:00:00Z"
    await doors.order(doors.agency, "/activities/A1/start", {"at": at})
    done = await doors.order(doors.agency, "/activities/A1/completion", {})
    await doors.order(doors.agency, "/milestones/M1/reached", {"evidence": "minutes of 3 June"})
    receipt = (await doors.order(doors.agency, "/contributions", CONTRIBUTION | {"at": at}))["events"][0]
    certified = await doors.order(doors.supervisor, f"/receipts/{receipt}/certification", {})
    measured = {"result": "joint_purchasing", "indicator": "I1", "value": "102000", "evidence": "survey"}
    await doors.order(doors.agency, "/results", measured)
    found = await doors.read()
    activity = found["activities"][0]
    assert (activity["state"], activity["events"][-1]) == ("completed", done["events"][0])
    assert activity["started_at"].startswith("2025-06-01T00:00:00")
    assert found["milestones"][0]["evidence"] == "minutes of 3 June"
    assert found["results"][0]["achieved"][0]["value"] == "102000"
    contribution = found["contributions"][0]
    assert contribution["pledged"]["value"] == "50000.00"
    assert contribution["receipts"][0]["settlement"]["event"] == certified["events"][0]
    total = next(t for t in found["totals"] if t["kind"] == "cash")
    assert (total["received"], total["certified"]) == (
        {"value": "1000.00", "events": [receipt]},
        {"value": "1000.00", "events": certified["events"]},
    )
    assert found["version"] == 7


async def test_an_order_sent_again_is_carried_out_once(doors: Doors) -> None:
    key = uuid.uuid4().hex
    first = await doors.order(doors.agency, "/contributions", CONTRIBUTION, key=key)
    again = await doors.order(doors.agency, "/contributions", CONTRIBUTION, key=key)
    anew = await doors.order(doors.agency, "/contributions", CONTRIBUTION)
    assert (first["events"], first["repeated"]) == (again["events"], False)
    assert again["repeated"]
    assert (anew["events"], anew["version"]) == ([], first["version"])
    other = CONTRIBUTION | {"document": "R-2"}
    assert (await doors.refused(doors.agency, "/contributions", other, key=key))[0] == 409


async def test_a_figure_and_a_place_are_corrected_without_erasing_also_after_cancellation(doors: Doors) -> None:
    receipt = (await doors.order(doors.agency, "/contributions", CONTRIBUTION))["events"][0]
    await doors.order(doors.headquarters, "/cancellation", {"reason": "the agency was dissolved"})
    correction = {"corrects": receipt, "becomes": {"currency": "USD", "value": "800"}, "reason": "typing error"}
    corrected = await doors.order(doors.supervisor, "/corrections/figures", correction)
    started_id = (await doors.read())["started_id"]
    await doors.order(doors.headquarters, "/corrections/places", PLACE | {"corrects": started_id})
    found = await doors.read()
    assert (found["status"], found["cancelled"]["reason"]) == ("cancelled", "the agency was dissolved")
    figure = found["contributions"][0]["receipts"][0]
    assert (figure["value"], figure["events"]) == ("800", [receipt, corrected["events"][0]])
    assert [c["key"] for c in found["clusters"]] == ["br-rj--ropa-interior", "br-pa-paragominas--madera"]
    assert [c["was"].get("value") or c["was"]["name"] for c in found["corrections"]] == ["1000.00", "Paraná"]
    status, problem = await doors.refused(doors.agency, "/activities/A1/start", {}, language="es")
    assert (status, problem["code"]) == (409, "state.cancelled")
    assert problem["detail"] == "El proyecto fue cancelado."


async def test_a_refusal_names_the_field_and_the_fix(doors: Doors) -> None:
    status, problem = await doors.refused(
        doors.agency, "/contributions", {k: v for k, v in CONTRIBUTION.items() if k != "document"}, language="pt"
    )
    assert (status, problem["code"]) == (422, "contribution.document")
    assert problem["errors"][0]["pointer"] == "/document"
    assert problem["errors"][0]["fix"].startswith("Indique o documento")
    for field, body in {
        "/amount/currency": CONTRIBUTION | {"amount": {"currency": "XYZ", "value": "1"}},
        "/amount/value": CONTRIBUTION | {"amount": {"currency": "USD", "value": "-1"}},
        "/colour": CONTRIBUTION | {"colour": "red"},
        "/at": CONTRIBUTION | {"at": "2025-02-30T00:00:00Z"},
    }.items():
        status, problem = await doors.refused(doors.agency, "/contributions", body)
        assert status == 422
        assert [error["pointer"] for error in problem["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        ("/activities/A9/start", {}, "path/activity"),
        ("/activities/A1/completion", {}, "path/activity"),
        ("/milestones/M9/reached", {"evidence": "minutes"}, "path/milestone"),
        ("/receipts/none/certification", {}, "path/receipt"),
        ("/receipts/none/rejection", {"reason": "no signature"}, "path/receipt"),
    ],
)
async def test_what_the_address_names_wrongly_is_told_as_its_parameter(
    doors: Doors, path: str, body: dict[str, Any], parameter: str
) -> None:
    _, problem = await doors.refused(doors.supervisor, path, body)
    [found] = problem["errors"]
    assert (found.get("pointer"), found["parameter"]) == (None, parameter)


async def test_a_project_of_the_past_takes_contributions_and_says_that_its_plan_is_unknown(services: Programme) -> None:
    doors = Doors(services, await start(services, historical()))
    await doors.order(doors.supervisor, "/contributions", CONTRIBUTION | {"at": "2004-05-06T12:00:00Z"})
    status, problem = await doors.refused(doors.supervisor, "/activities/A1/start", {})
    assert (status, problem["code"]) == (422, "plan.unknown")


async def test_an_approval_becomes_a_project(services: Programme) -> None:
    """From evaluation's door over Kafka; the project began on the day of its approval."""
    headquarters = services.token("headquarters")
    past: dict[str, Any] = {
        "country": "MX",
        "approved_on": "2003-09-10",
        "title": {"es": f"Cadenas productivas {uuid.uuid4().hex}"},
        "executing_agency": "COFOCE",
        "localities": [{"sector": {"es": "Confección"}, "territory": {"name": "Guanajuato", "subdivision": "MX-GUA"}}],
    }
    approval = (await services.ask("evaluation", "POST", "/approvals", headquarters, json=past)).json()
    path = f"/projects/{approval['project_id']}"

    async def begun() -> dict[str, Any]:
        answer = await services.ask("monitoring", "GET", path, headquarters)
        return answer.json() if answer.status_code == 200 else {}

    found = await until(begun)
    assert (found["title"], found["approved_on"], found["historical"]) == (past["title"]["es"], "2003-09-10", True)
    assert found["approval_id"] == approval["events"][0]
    assert (found["fund_amount"], found["contributions"]) == (None, [])
    here: Service = services.apps["monitoring"].state.service
    (commit,) = await here.store.load(f"project-{approval['project_id']}")
    assert '"time":"2003-09-10T00:00:00Z"' in commit.texts[0]
    assert f'"causationid":"{approval["events"][0]}"' in commit.texts[0]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("action", "method", "path", "body"), DOORS)
async def test_each_door_opens_as_far_as_the_table_says(
    services: Programme, action: Action, method: str, path: str, body: dict[str, Any] | None, role: Role
) -> None:
    """In reach: carried out, or refused for its content. Out of reach: not there, or not allowed."""
    project = f"/projects/{await start(services)}{path}"
    scope = TABLE[action].cells.get(role)
    own = services.token(role, "BR", agency="SEBRAE")
    answer = await services.ask("monitoring", method, project, own, json=body)
    assert (answer.status_code in (200, 409, 422)) == (scope is not None), answer.text
    if scope is None:
        assert answer.status_code == 403
    other = services.token(role, "CO", agency="another")
    answer = await services.ask("monitoring", method, project, other, json=body)
    expected = 403 if scope is None else 404
    assert answer.status_code in ((200, 409, 422) if scope is Scope.ALL else (expected,)), answer.text


async def test_an_office_that_may_read_a_project_may_not_act_on_it(services: Programme) -> None:
    office = services.token("country_office", "BR")
    project = f"/projects/{await start(services)}"
    assert (await services.ask("monitoring", "GET", project, office)).status_code == 200
    assert (
        await services.ask("monitoring", "POST", f"{project}/activities/A1/start", office, json={})
    ).status_code == 403


async def test_lists_keep_to_the_callers_reach_and_filter(services: Programme) -> None:
    mine = await start(services)
    theirs = await start(services, terms(agency_id="ADEC", country="AR"))
    cancelled = Doors(services, await start(services))
    await cancelled.order(cancelled.headquarters, "/cancellation", {"reason": "dissolved"})

    async def listed(token: str, query: str = "") -> set[str]:
        answer = await services.ask("monitoring", "GET", f"/projects?limit=200{query}", token)
        assert answer.status_code == 200, answer.text
        return {item["project_id"] for item in answer.json()["items"]}

    async def status() -> bool:
        found = await listed(cancelled.headquarters, "&status=cancelled")
        return cancelled.path.endswith(tuple(found)) if found else False

    headquarters = cancelled.headquarters
    await until(status)
    await until(lambda: _holds(listed(headquarters), {mine, theirs}))
    assert mine in await listed(cancelled.agency)
    assert theirs not in await listed(cancelled.agency)
    assert theirs not in await listed(services.token("country_office", "BR"))
    assert await listed(services.token("country_office", "AR")) >= {theirs}
    assert mine not in await listed(headquarters, "&country=AR")
    assert mine not in await listed(headquarters, "&status=cancelled")
    assert await listed(services.token("executing_agency")) == set()


async def _holds(found: Awaitable[set[str]], wanted: set[str]) -> bool:
    return wanted <= await found


async def test_what_is_not_there_is_not_found(services: Programme) -> None:
    token = services.token("supervisor")
    for name in ("nothing", "..%2fadmin", "x" * 300, "%F0%9F%98%80"):
        assert (await services.ask("monitoring", "GET", f"/projects/{name}", token)).status_code == 404
        answer = await services.ask("monitoring", "POST", f"/projects/{name}/activities/A1/start", token, json={})
        assert answer.status_code == 404
