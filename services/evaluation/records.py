"""What is recorded once and for all: a historical approval, a published policy. Pure.

Such a stream holds one fact; another one in its place is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.evaluation import refusals as say
from services.evaluation.commands import EARLIEST, PublishPolicy, RegisterApproval
from services.evaluation.terms import terms_of_historical
from shared.contracts import CloudEvent, Fact
from shared.contracts.evaluation import PolicyPublished, ProjectApproved
from shared.decider import Decider
from shared.errors import Refused
from shared.programme.words import fill


class Approved(BaseModel):
    """The project that was registered; '' if none was."""

    model_config = ConfigDict(frozen=True)

    project_id: str = ""


def approved(state: Approved, event: CloudEvent[Fact]) -> Approved:
    """The state after one more fact."""
    return Approved(project_id=event.data.project_id) if isinstance(event.data, ProjectApproved) else state


def register(command: RegisterApproval, state: Approved, now: datetime) -> Sequence[Fact]:
    """The approval as its source tells of it; raises `Refused` if the very same project is registered already."""
    if state.project_id:
        raise Refused("state.registered", fill(say.REGISTERED, project=state.project_id), fix=say.USE_REGISTERED)
    if command.project.approved_on > now.date():
        raise Refused("approval.future", say.FUTURE, "/approved_on", say.PAST_DAY)
    if command.project.approved_on < EARLIEST:
        raise Refused("approval.too_early", say.TOO_EARLY, "/approved_on", say.PAST_DAY)
    terms = terms_of_historical(command.project)
    return [ProjectApproved(**terms, project_id=command.project_id, revision=None, source=command.project)]


class Published(BaseModel):
    """The hash of the policy's text; '' if the version is not published."""

    model_config = ConfigDict(frozen=True)

    hash: str = ""


def published(state: Published, event: CloudEvent[Fact]) -> Published:
    """The state after one more fact."""
    return Published(hash=event.data.policy.hash) if isinstance(event.data, PolicyPublished) else state


def publish(command: PublishPolicy, state: Published, now: datetime) -> Sequence[Fact]:
    """The policy, if it is not published yet; raises `Refused` if it was published with another text."""
    if state.hash == command.policy.hash:
        return []
    if state.hash:
        raise Refused("policy.changed", fill(say.CHANGED, version=command.policy.version), fix=say.ADD_A_FILE)
    return [PolicyPublished(policy=command.policy, effective=command.effective, text=command.text)]


APPROVAL: Decider[RegisterApproval, Approved] = Decider("approval", Approved(), register, approved)
POLICY: Decider[PublishPolicy, Published] = Decider("policy", Published(), publish, published)
