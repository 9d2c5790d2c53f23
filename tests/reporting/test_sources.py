"""An event is read by whom its own service would show it to, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from services.reporting.sources import action_of, may_read
from shared.roles import TABLE, Action, Caller, Role, Scope
from tests.reporting.test_api import reported, submitted
from tests.reporting.test_portfolio import registered
from tests.running import Programme

CASES: list[tuple[str, str, Action]] = [
    ("intake-3", "proposal.submitted.v1", "proposal.read"),
    ("evaluation-0", "project.approved.v1", "review.read"),
    ("evaluation-0", "policy.published.v1", "policy.read"),
    ("monitoring-1", "project.started.v1", "project.read"),
]


def event(log: str, kind: str, country: str | None = "CO") -> dict[str, Any]:
    return {"log": log, "type": kind, "country": country}


@pytest.mark.parametrize(("log", "kind", "action"), CASES)
@pytest.mark.parametrize("door", ["report.read", "stream.read"])
@pytest.mark.parametrize("role", list(Role))
def test_both_the_door_and_the_own_service_must_let_in(
    role: Role, door: Action, log: str, kind: str, action: Action
) -> None:
    assert action_of(event(log, kind)) == action
    both = role in TABLE[door].roles and role in TABLE[action].roles
    home, abroad = Caller("x", frozenset({role}), frozenset({"CO"})), Caller("x", frozenset({role}), frozenset({"BR"}))
    assert may_read(home, door, event(log, kind)) is both
    everywhere = both and {TABLE[door].cells[role], TABLE[action].cells[role]} == {Scope.ALL}
    assert may_read(abroad, door, event(log, kind)) is everywhere


def test_what_is_of_no_country_is_told_to_those_who_may_see_all() -> None:
    office, hq = (Caller("x", frozenset({r}), frozenset({"CO"})) for r in (Role.COUNTRY_OFFICE, Role.HEADQUARTERS))
    later = event("intake-0", "proposal.renamed.v9", None)
    policy = event("evaluation-0", "policy.published.v1", None)
    assert [may_read(c, "report.read", later) for c in (office, hq)] == [False, True]
    assert [may_read(c, "stream.read", policy) for c in (office, hq)] == [True, True]


def test_two_roles_do_not_add_up_to_more_than_each_door_gives() -> None:
    """Supervisors see projects of all countries, but follow no stream."""
    both = Caller("x", frozenset({Role.COUNTRY_OFFICE, Role.SUPERVISOR}), frozenset({"CO"}))
    assert may_read(both, "stream.read", event("monitoring-0", "project.started.v1", "CO"))
    assert not may_read(both, "stream.read", event("monitoring-0", "project.started.v1", "BR"))


async def test_the_journal_never_shows_more_than_the_service_itself(services: Programme) -> None:
    hq = services.token("headquarters")
    proposal = await submitted(services)
    await reported(services, hq, proposal)
    stream = (await services.ask("reporting", "GET", f"/events/{proposal}", hq)).json()["stream"]
    project = await registered(services, "Madera de los roles")
    own = {
        proposal: ("intake", f"/proposals/{stream.removeprefix('proposal-')}"),
        project["events"][0]: ("monitoring", f"/projects/{project['project_id']}"),
    }
    for name, (service, path) in own.items():
        for role in Role:
            for country in ("CO", "BR"):
                token = services.token(role.value, country, agency="AN-AGENCY")
                there = (await services.ask(service, "GET", path, token)).status_code
                here = await services.ask("reporting", "GET", f"/events/{name}", token)
                reads = role in TABLE["report.read"].roles
                assert (here.status_code == 200) is (reads and there == 200), (role, country, path, here.text[:200])
                assert here.status_code == 200 or "proposal" not in here.text.replace("proposal.read", "")
