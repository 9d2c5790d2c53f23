"""Evaluation's approvals become monitoring's own projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from services.monitoring.commands import StartProject
from services.monitoring.decider import DECIDER
from shared.contracts import CloudEvent, Fact, Recorded
from shared.contracts import evaluation as scoring
from shared.contracts.monitoring import ProjectTerms
from shared.service import Service

ACTS_ON = (scoring.ProjectApproved,)
"""The facts that ask something of monitoring."""


def order_of(event: CloudEvent[Fact]) -> tuple[str, StartProject] | None:
    """The project's stream and the order to start it, on the day of its approval; None if the event asks nothing."""
    match event.data:
        case scoring.ProjectApproved() as fact:
            terms = ProjectTerms(**{name: getattr(fact, name) for name in ProjectTerms.model_fields})
            begins = datetime.combine(fact.approved_on, time.min, UTC)
            return f"project-{fact.project_id}", StartProject(approval_id=event.id, terms=terms, at=begins)
        case _:
            return None


@dataclass
class Inbox:
    """The Kafka door for `evaluation.scoring`."""

    service: Service

    async def react(self, event: Recorded) -> None:
        """Start the project that was approved; a repetition changes nothing."""
        order = order_of(event.event)
        if order is not None:
            stream, command = order
            await self.service.react(DECIDER, stream, command, event, type(command).__name__)
