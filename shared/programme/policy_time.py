"""Which policy applies to what was recorded at a moment: it never depends on when that is looked at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import NamedTuple


class Published(NamedTuple):
    """A published policy: its version, the day (UTC) from which it is meant to apply, and when it was recorded."""

    version: str
    effective: date
    recorded: datetime


def applies_from(one: Published, published: Collection[Published]) -> datetime:
    """The moment from which `one` of the published policies applies: its day, but not before it was recorded.

    A policy that is older than all that were recorded before it applies from its day: nothing was assessed then. The
    first start publishes the latest policy first, so that this holds for all policies of a new record.
    """
    day = datetime.combine(one.effective, time(), UTC)
    late = any(other.effective < one.effective and other.recorded < one.recorded for other in published)
    return max(day, one.recorded) if late else day


def in_force_at(published: Collection[Published], moment: datetime) -> Published:
    """The policy that applies to what was recorded at `moment`: the one that applies since last.

    Raises LookupError if none did.
    """
    since = [(applies_from(one, published), one.effective, one) for one in published]
    applied = [dated for dated in since if dated[0] <= moment]
    if not applied:
        raise LookupError(f"no policy was in force at {moment.isoformat()}: add one that is effective by then")
    return max(applied)[-1]
