"""The policy of intake's dry run is the one that evaluation would apply, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from services.intake import queries
from shared.mongo import Database
from tests.programme.building import POLICY_TEXT

START, LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Holder:
    """What the query needs of a service."""

    database: Database


def document(version: str, recorded: datetime, more: str = "") -> dict[str, Any]:
    text = POLICY_TEXT.replace("2000-01-01.default", version).replace(
        "effective: 2000-01-01", f"effective: {version[:10]}"
    )
    return {
        "_id": f"policy-{version}",
        "version": version,
        "hash": f"{version}{more}",
        "effective": version[:10],
        "recorded": recorded.isoformat(),
        "text": text + more,
    }


async def version_at(database: Database, moment: datetime) -> str | None:
    policy = await queries.policy(cast(Any, Holder(database)), moment)
    return policy.version if policy else None


async def test_before_any_policy_has_arrived_there_is_none(database: Database) -> None:
    assert await version_at(database, LATE) is None


async def test_a_late_policy_applies_from_the_moment_it_was_recorded(database: Database) -> None:
    late = document("2026-01-01.firmer", LATE)
    await database["policies"].insert_many([document("2000-01-01.default", START), late])
    assert await version_at(database, datetime(2026, 2, 1, tzinfo=UTC)) == "2000-01-01.default"
    assert await version_at(database, LATE) == "2026-01-01.firmer"


async def test_one_of_a_later_release_is_not_replaced_by_an_older_one(database: Database) -> None:
    newer = document("2026-01-01.newer", LATE, "\na_field_of_later_releases: 1\n")
    await database["policies"].insert_many([document("2000-01-01.default", START), newer])
    assert await version_at(database, datetime(2026, 2, 1, tzinfo=UTC)) == "2000-01-01.default"
    assert await version_at(database, LATE) is None
