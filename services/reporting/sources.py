"""Who may read an event: nobody reads here what its own service would not show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.roles import Action, Caller, Forbidden, permit

ACTIONS: dict[str, Action] = {"intake": "proposal.read", "evaluation": "review.read", "monitoring": "project.read"}
"""What it takes to read what a service records."""
POLICIES = "policy."
"""How the types of evaluation's events begin that are about policies, which belong to no country."""


def action_of(event: Mapping[str, Any]) -> Action:
    """The action that shows a journal's event at its own service."""
    if event["type"].startswith(POLICIES):
        return "policy.read"
    return ACTIONS[event["log"].rpartition("-")[0]]


def may_read(caller: Caller, door: Action, event: Mapping[str, Any]) -> bool:
    """Whether the caller's roles reach the event both through this door and at its own service."""
    country = event["country"]
    return (country is None or caller.may(door, country=country)) and caller.may(action_of(event), country=country)


def require(caller: Caller, action: Action) -> None:
    """Raises `Forbidden` if none of the caller's roles may do this anywhere."""
    if permit(caller, action) is None:
        raise Forbidden(action)
