"""A project with a plan and a historical one, as the tests of monitoring begin with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.monitoring.projection import PROJECTS
from shared.contracts.base import Fact, Recorded
from shared.contracts.monitoring import (
    Plan,
    PlannedActivity,
    PlannedMilestone,
    PlannedResult,
    Pledge,
    ProjectStarted,
    ProjectTerms,
)
from shared.contracts.values import Cluster, Money, Place
from shared.projection import Document
from shared.testing import NOW, event

APPROVED = datetime(2025, 3, 1, tzinfo=UTC)
LINEN = {"es": "Ropa interior"}
WOOD = {"es": "Madera"}
RIO = Place(sector=LINEN, name="Rio de Janeiro", subdivision="BR-RJ")
PARANA = Place(sector=WOOD, name="Paraná", subdivision="BR-PR")
PARAGOMINAS = Place(sector=WOOD, name="Paragominas", subdivision="BR-PA")
RIO_LINEN = Cluster(key="br-rj--ropa-interior", country="BR", place="Rio de Janeiro", sector=LINEN)
PARANA_WOOD = Cluster(key="br-pr--madera", country="BR", place="Paraná", sector=WOOD)
PARAGOMINAS_WOOD = Cluster(key="br-pa-paragominas--madera", country="BR", place="Paragominas", sector=WOOD)

PLAN = Plan(
    months=30,
    start=date(2025, 4, 1),
    activities=[
        PlannedActivity(id="A1", title={"en": "Workshops"}, area="1.1", start=date(2025, 4, 1), end=date(2025, 9, 30)),
        PlannedActivity(id="A2", title={"en": "Fairs"}, area="3.4", start=date(2025, 5, 1), end=date(2026, 9, 30)),
    ],
    milestones=[PlannedMilestone(id="M1", title={"en": "Groups formed"}, due=date(2025, 12, 15), tranche=1)],
    results=[
        PlannedResult(code="joint_purchasing", indicators=["I1", "I2"]),
        PlannedResult(code="joint_promotion", indicators=[]),
    ],
    pledges=[
        Pledge(id="C1", contributor="beneficiary_firms", kind="cash", amount=Money(currency="USD", value="50000.00")),
        Pledge(
            id="C2",
            contributor="executing_agency",
            kind="in_kind",
            amount=Money(currency="USD", value="20000.00"),
            valuation_method="staff hours at payroll cost",
        ),
    ],
)


def usd(value: str) -> Money:
    return Money(currency="USD", value=value)


def terms(**changes: Any) -> ProjectTerms:
    """What was approved for a project with a plan."""
    said: dict[str, Any] = {
        "project_id": "p1",
        "country": "BR",
        "proposal_id": "p1",
        "reference": "BR-1",
        "approved_on": APPROVED.date(),
        "historical": False,
        "title": {"es": "Distritos"},
        "executing_agency": "SEBRAE",
        "agency_id": "SEBRAE",
        "typology": "cluster",
        "places": [RIO, PARANA],
        "clusters": [RIO_LINEN, PARANA_WOOD],
        "fund_amount": usd("100000.00"),
        "counterpart_amount": usd("70000.00"),
        "firms": 40,
        "plan": PLAN,
    }
    return ProjectTerms(**said | changes)


def historical() -> ProjectTerms:
    """What a source tells of a project of the past: no plan, no counterpart."""
    return terms(
        project_id="br-2002-1", proposal_id=None, reference=None, approved_on=date(2002, 6, 26), historical=True,
        typology=None, counterpart_amount=None, firms=None, plan=Plan(),
    )  # fmt: skip


def started(of: ProjectTerms) -> ProjectStarted:
    """The project's first event."""
    return ProjectStarted(**dict(of), approval_id="approval-1")


def recorded(facts: Sequence[Fact]) -> list[Recorded]:
    """The facts as one stream, each a commit of its own: `event-1` a minute before `event-2`, and so on."""
    return [
        Recorded(
            event=event(fact, i, NOW + timedelta(minutes=i)),
            log="test-0",
            n=i,
            index=0,
            count=1,
            version=i,
            command=f"command-{i}",
            recorded=NOW + timedelta(hours=1, minutes=i),
            hash="",
            text="",
        )
        for i, fact in enumerate(facts, 1)
    ]


def projected(facts: Sequence[Fact]) -> Document:
    """The document that the facts add up to."""
    document = PROJECTS.fold("project-p1", None, recorded(facts))
    assert document is not None
    return document
