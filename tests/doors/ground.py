"""What stands behind the doors when they are tried, and what each of them takes when all is well."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from services.evaluation.terms import historical_id
from shared.http import guarded_routes
from shared.programme.historical import HistoricalProject
from shared.roles import Action, Role
from tests.evaluation.examples import POLICY_TEXT
from tests.evaluation.test_api import UVA, standing
from tests.intake.test_api import NETWORK
from tests.monitoring.test_api import CONTRIBUTION, FIGURE, PLACE, start
from tests.running import SERVICES, Programme

FURNITURE: dict[str, Any] = json.loads(
    files("shared.programme").joinpath("examples/cluster-furniture-br.json").read_text("utf-8")
)
PERSON = {"name": "Ana Gómez", "country": "CO", "email": "ana@example.org", "phone": "+57 1 234 5678"}
WHY = [{"es": "falta el presupuesto", "en": "the budget is missing"}]
Place = tuple[str, str, str]
"""Service, method, path with its placeholders."""
Reach = tuple[tuple[str, ...], str]
"""Countries and agency of a caller."""

BODIES: dict[Place, Any] = {
    ("intake", "POST", "/proposals"): NETWORK,
    ("intake", "PUT", "/proposals/{proposal_id}"): {"replaces": 1, "proposal": NETWORK},
    ("intake", "POST", "/proposals/{proposal_id}/withdrawal"): {"reason": "no funds"},
    ("intake", "POST", "/proposals/check"): NETWORK,
    ("intake", "POST", "/people"): PERSON,
    ("intake", "PUT", "/people/{person_id}"): PERSON,
    ("evaluation", "POST", "/reviews/{proposal_id}/opening"): {"revision": 1},
    ("evaluation", "POST", "/reviews/{proposal_id}/approval"): {
        "revision": 1,
        "reasons": WHY,
        "approved_on": "2026-01-15",
    },
    ("evaluation", "POST", "/reviews/{proposal_id}/rejection"): {"revision": 1, "reasons": WHY},
    ("evaluation", "POST", "/reviews/{proposal_id}/return"): {"revision": 1, "reasons": WHY},
    ("evaluation", "POST", "/approvals"): UVA,
    ("evaluation", "POST", "/policies/backtest"): {"text": POLICY_TEXT},
    ("monitoring", "POST", "/projects/{project_id}/activities/{activity}/start"): {"at": "2025-06-01T00:00:00Z"},
    ("monitoring", "POST", "/projects/{project_id}/activities/{activity}/completion"): {"at": "2025-07-01T00:00:00Z"},
    ("monitoring", "POST", "/projects/{project_id}/milestones/{milestone}/reached"): {"evidence": "minutes"},
    ("monitoring", "POST", "/projects/{project_id}/contributions"): CONTRIBUTION,
    ("monitoring", "POST", "/projects/{project_id}/receipts/{receipt}/certification"): {"at": "2025-07-01T00:00:00Z"},
    ("monitoring", "POST", "/projects/{project_id}/receipts/{receipt}/rejection"): {"reason": "no signature"},
    ("monitoring", "POST", "/projects/{project_id}/results"): {"result": "joint_purchasing", "evidence": "survey"},
    ("monitoring", "POST", "/projects/{project_id}/corrections/figures"): FIGURE,
    ("monitoring", "POST", "/projects/{project_id}/corrections/places"): PLACE,
    ("monitoring", "POST", "/projects/{project_id}/cancellation"): {"reason": "dissolved"},
}
"""A good body for each door that takes one."""
for _service in SERVICES:
    BODIES |= {
        (_service, "POST", "/admin/parked/{id}/skip"): {"reason": "typed twice"},
        (_service, "POST", "/admin/verifications"): {"log": "no such log"},
        (_service, "POST", "/admin/rebuilds"): {"projection": "no such read model"},
        (_service, "POST", "/admin/proofs"): {},
    }


@dataclass(frozen=True)
class Door:
    """A guarded door as the running application has it."""

    service: str
    method: str
    path: str
    action: Action

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.service, self.method, self.path

    @property
    def body(self) -> Any:
        """A good body, None where it takes none."""
        return BODIES.get(self.place)

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


def doors_of(services: Programme, service: str) -> Iterator[Door]:
    """The guarded doors of a service, in their order."""
    for method, path, action in guarded_routes(services.apps[service]):
        if action is not None:
            yield Door(service, method, path, action)


@dataclass
class Ground:
    """A proposal of Colombia under review and a person there, a project of Brazil; ids by placeholder."""

    services: Programme
    ids: dict[str, str]
    ids_of: dict[str, dict[str, str]]
    """What a placeholder means at one service only."""
    tokens: dict[tuple[Role, Reach], str] = field(default_factory=dict)

    def token(self, role: Role, reach: Reach) -> str:
        """A token of the role, the same each time: that is cheaper for both sides."""
        if (role, reach) not in self.tokens:
            self.tokens[role, reach] = self.services.token(role.value, *reach[0], agency=reach[1])
        return self.tokens[role, reach]

    def address(self, door: Door, **other: str) -> str:
        """The door's path with ids of things that are there (`none` where there is nothing such)."""
        known = self.ids | self.ids_of.get(door.service, {}) | other
        parts = door.path.split("/")
        return "/".join(known.get(part[1:-1], "none") if part.startswith("{") else part for part in parts)


HERE: Reach = (("CO", "BR"), "SEBRAE")
"""The reach that covers the ground."""


async def lay(services: Programme) -> Ground:
    """The ground, laid through the doors."""
    office = services.token("country_office", "CO")
    made = await services.ask("intake", "POST", "/proposals", office, json=NETWORK)
    assert made.status_code == 201, made.text
    person = await services.ask("intake", "POST", "/people", office, json=PERSON)
    assert person.status_code == 201, person.text
    proposal_id = made.json()["proposal_id"]
    await standing(services, proposal_id, "assessed")
    policies = await services.ask("evaluation", "GET", "/policies", services.token("headquarters"))
    ids = {
        "proposal_id": proposal_id,
        "person_id": person.json()["person_id"],
        "project_id": await start(services),
        "version": policies.json()["items"][0]["version"],
        "activity": "A1",
        "milestone": "M1",
        "cc": "CO",
        "stream": "countries",
    }
    registered = await services.ask("evaluation", "POST", "/approvals", services.token("headquarters"), json=UVA)
    assert registered.status_code in (201, 409), registered.text
    approval = historical_id(HistoricalProject.model_validate(UVA))
    return Ground(services, ids, {"evaluation": {"project_id": approval}})


def fresh() -> str:
    """A new idempotency key."""
    return uuid.uuid4().hex
