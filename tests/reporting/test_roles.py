"""Each door of reporting as each role: the table of roles says who is let in, and the door agrees."""

from __future__ import annotations

import pytest

from shared.http import guarded_routes
from shared.roles import TABLE, Action, Role
from tests.running import Programme

DOORS: list[tuple[str, Action, int]] = [
    ("/countries", "report.read", 200),
    ("/countries/CO", "report.read", 200),
    ("/clusters", "report.read", 200),
    ("/clusters/none", "report.read", 404),
    ("/reports/countries", "report.read", 200),
    ("/reports/countries/CO", "report.read", 200),
    ("/reports/clusters", "report.read", 200),
    ("/reports/clusters/none", "report.read", 404),
    ("/reports/portfolio", "report.read", 200),
    ("/events/none", "report.read", 404),
]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("path", "action", "status"), DOORS)
async def test_a_door_lets_in_whom_the_table_names(
    services: Programme, role: Role, path: str, action: Action, status: int
) -> None:
    answer = await services.ask("reporting", "GET", path, services.token(role.value, "CO", agency="AN-AGENCY"))
    if role in TABLE[action].roles:
        assert answer.status_code == status, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, action)


async def test_without_a_token_no_door_opens(services: Programme) -> None:
    for path, _, _ in DOORS:
        assert (await services.http.get(services.urls["reporting"] + path)).status_code == 401


def test_no_door_is_left_out(services: Programme) -> None:
    """Every door of reporting's own is tried above, with the action that guards it."""
    tried = {(path.replace("/none", "/{}").replace("/CO", "/{}"), action) for path, action, _ in DOORS}
    own = {
        ("/".join("{}" if part.startswith("{") else part for part in path.split("/")), action)
        for _, path, action in guarded_routes(services.apps["reporting"])
        if path.startswith(("/countries", "/clusters", "/reports", "/events"))
    }
    assert own == tried
