"""Amounts as monitoring's doors show them: figures, totals, contributions step by step, and corrections.

Amounts are decimal text; every one names the ids of the events behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel


class Figure(BaseModel):
    """An amount as it stands after its corrections."""

    currency: str
    value: str
    events: list[str]


class Sum(BaseModel):
    """What amounts add up to."""

    value: str
    events: list[str]


class Total(BaseModel):
    """The contributions of a currency and kind, added up; `received` whatever became of it afterwards."""

    currency: str
    kind: str
    pledged: Sum
    received: Sum
    certified: Sum
    rejected: Sum


class Step(Figure):
    """A step of a contribution; `event` is the id that recorded it, and that a correction names."""

    event: str
    figure: str = "/amount"
    at: str
    reason: str | None = None


class Receipt(Step):
    """A part of a contribution that arrived, and what became of it."""

    document: str
    settled: Literal["certified", "rejected"] | None
    settlement: Step | None = None


class Contribution(BaseModel):
    """A counterpart contribution with all its steps."""

    contribution_id: str
    contributor: str
    kind: str
    currency: str
    valuation_method: str | None
    pledged: Step | None = None
    receipts: list[Receipt] = []


class Correction(BaseModel):
    """What was corrected: a figure (by its pointer in the event) or a place (by its index)."""

    event: str
    at: str
    corrects: str
    figure: str | None = None
    index: int | None = None
    was: dict[str, Any]
    becomes: dict[str, Any]
    reason: str


def by_contribution(entries: Mapping[str, dict[str, Any]], started_id: str) -> list[dict[str, Any]]:
    """The steps by the contribution that they belong to, in the order in which they were recorded."""
    found: dict[str, dict[str, Any]] = {}
    receipts: dict[str, dict[str, Any]] = {}
    for key, entry in entries.items():
        step = entry | _name(key, started_id)
        contribution = found.setdefault(entry["contribution_id"], {**entry, "receipts": []})
        if entry["step"] == "pledged":
            contribution |= {"pledged": step, "valuation_method": entry["valuation_method"]}
        elif entry["step"] == "received":
            receipts[key] = step
            contribution["receipts"].append(step)
        else:
            receipts[entry["receipt_id"]]["settlement"] = step
    return list(found.values())


def _name(key: str, started_id: str) -> dict[str, str]:
    """What a correction names a step by: the event, and the figure in it."""
    if key.startswith(f"{started_id}/"):
        return {"event": started_id, "figure": key.removeprefix(started_id)}
    return {"event": key}
