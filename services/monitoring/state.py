"""What the rules need to know of a project. Pure; `evolve` says how each fact changes it.

A project may have tens of thousands of events, so the state holds little per event: a short row per figure.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.contracts.values import Money, Place

Stage = Literal["approved", "pledged", "received", "certified", "rejected", "certification", "rejection"]


class Figure(NamedTuple):
    """An amount as it stands after its corrections, and what it is of.

    `stage` of a receipt is received, certified or rejected; `document` is its `mark`.
    """

    value: str
    currency: str
    stage: Stage
    contribution: str
    document: str
    at: datetime

    @property
    def money(self) -> Money:
        """The amount as events carry it."""
        return Money(currency=self.currency, value=Decimal(self.value))


def staged(figure: Figure, stage: Stage) -> Figure:
    """The figure at another stage; `_replace` takes three times as long."""
    return Figure(figure.value, figure.currency, stage, figure.contribution, figure.document, figure.at)


class Activity(NamedTuple):
    """When an activity of the plan was started and completed."""

    started: datetime | None = None
    completed: datetime | None = None


class Reached(NamedTuple):
    """When a milestone was reached, and what proves it."""

    at: datetime
    evidence: str


class Contribution(NamedTuple):
    """What all steps of a contribution share; `pledged` is None if it was not pledged."""

    contributor: str
    kind: str
    currency: str
    valuation_method: str | None
    pledged: Decimal | None


class State(BaseModel):
    """A project. `figures` are keyed by `figure_key`, the rest by the ids of the plan.

    `achieved` tells when what `achievement` names happened.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["absent", "running", "cancelled"] = "absent"
    events: int = 0
    project_id: str = ""
    country: str = ""
    agency_id: str | None = None
    approval_id: str = ""
    approved_on: date = date.min
    started_id: str = ""
    planned: bool = False
    places: list[Place] = []
    activities: dict[str, Activity] = {}
    milestones: dict[str, Reached | None] = {}
    results: dict[str, list[str]] = {}
    achieved: dict[str, datetime] = {}
    contributions: dict[str, Contribution] = {}
    figures: dict[str, Figure] = {}


def figure_key(event_id: str, figure: str = "/amount") -> str:
    """Names one amount of one event; most events have only one."""
    return event_id if figure == "/amount" else event_id + figure


def mark(text: str) -> str:
    """Stands for a text in few bytes: the first half of a SHA-256 (hex)."""
    return sha256(text.encode()).hexdigest()[:32]


def achievement(result: str, indicator: str | None, value: Decimal | None, evidence: str) -> str:
    """Names what was achieved, and how it is proved."""
    return mark(json.dumps([result, indicator, None if value is None else plain(value.normalize()), evidence]))


def plain(value: Decimal) -> str:
    """The number in digits, never with an exponent."""
    return format(value, "f")
