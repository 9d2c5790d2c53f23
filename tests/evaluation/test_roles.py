"""Each door of evaluation as each role: the table of roles says who is let in, and the door agrees."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http import guarded_routes
from shared.roles import TABLE, Action, Role
from tests.evaluation.test_api import UVA, WHY
from tests.running import Programme

ANSWER = {"revision": 1, "reasons": WHY}
# an order on what does not exist is refused for that (404) only after the caller was let in
DOORS: list[tuple[str, str, Action, Any, set[int]]] = [
    ("GET", "/reviews", "review.read", None, {200}),
    ("GET", "/reviews/none", "review.read", None, {404}),
    ("POST", "/reviews/none/opening", "review.open", {"revision": 1}, {404}),
    ("POST", "/reviews/none/approval", "proposal.approve", ANSWER, {404}),
    ("POST", "/reviews/none/rejection", "proposal.reject", ANSWER, {404}),
    ("POST", "/reviews/none/return", "proposal.return", ANSWER, {404}),
    ("POST", "/approvals", "approval.register", UVA, {201, 409}),
    ("GET", "/approvals/none", "review.read", None, {404}),
    ("GET", "/policies", "policy.read", None, {200}),
    ("GET", "/policies/none", "policy.read", None, {404}),
    ("POST", "/policies/backtest", "policy.backtest", {"text": "no policy"}, {422}),
]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path", "action", "body", "statuses"), DOORS)
async def test_a_door_lets_in_whom_the_table_names(
    services: Programme, role: Role, method: str, path: str, action: Action, body: Any, statuses: set[int]
) -> None:
    token = services.token(role.value, "CO", agency="AN-AGENCY")
    answer = await services.ask("evaluation", method, path, token, json=body)
    if role in TABLE[action].roles:
        assert answer.status_code in statuses, answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, action)


async def test_without_a_token_no_door_opens(services: Programme) -> None:
    for method, path, _, body, _ in DOORS:
        answer = await services.http.request(method, services.urls["evaluation"] + path, json=body)
        assert answer.status_code == 401


def test_no_door_is_left_out(services: Programme) -> None:
    """Every door of evaluation's own is tried above, with the action that guards it."""
    tried = {(method, path.replace("/none", "/{}"), action) for method, path, action, _, _ in DOORS}
    own = {
        (method, _nameless(path), action)
        for method, path, action in guarded_routes(services.apps["evaluation"])
        if path.startswith(("/reviews", "/approvals", "/policies"))
    }
    assert own == tried


def _nameless(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
