"""The policies at the start of the service: each published once, and none changed or taken away unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.evaluation.publishing import FOLDER, Policies, publish, read
from shared.errors import Refused
from shared.eventstore import EventStore, open_store
from shared.history import history
from shared.mongo import Database
from shared.settings import SettingsError
from tests.evaluation.examples import POLICY_TEXT, REF


@pytest.fixture
async def store(database: Database) -> AsyncIterator[EventStore]:
    store = await open_store(database, "evaluation", 2)
    yield store
    await store.close()


FIRST, LATER = "2000-01-01.a", "2001-01-01.b"


def folder(place: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        (place / f"{name}.yaml").write_text(text, "utf-8")
    return place


def named(version: str) -> str:
    text = POLICY_TEXT.replace(f"version: {REF.version}", f"version: {version}")
    return text.replace("effective: 2000-01-01", f"effective: {version[:10]}")


def test_the_programmes_own_policies_can_be_used() -> None:
    policies = read()
    assert REF.version in policies.texts
    assert [policy.version for policy in policies.loaded] == sorted(policies.texts)


def test_all_that_is_wrong_is_told_with_file_line_and_field(tmp_path: Path) -> None:
    wrong = named(FIRST).replace("minimum_rows: ", "minimum_rows: many")
    with pytest.raises(SettingsError) as error:
        read(folder(tmp_path, {FIRST: wrong, LATER: named(LATER).replace("version: ", "edition: ")}))
    for part in (f"{FIRST}.yaml", "line ", "minimum_rows", f"{LATER}.yaml", "edition"):
        assert part in str(error.value)


def test_a_folder_without_policies_is_no_folder_of_policies(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read(tmp_path)


async def test_many_replicas_publish_each_policy_once(store: EventStore, database: Database) -> None:
    policies = read()
    await asyncio.gather(*(publish(store, database, policies) for _ in range(5)))
    await publish(store, database, policies)
    [published] = await history(store, f"policy-{REF.version}")
    assert published.fact.model_dump()["text"] == (FOLDER / f"{REF.version}.yaml").read_text("utf-8")
    assert published.event.actor == "service:evaluation"


async def test_a_policy_is_added_beside_the_others(store: EventStore, database: Database, tmp_path: Path) -> None:
    await publish(store, database, read(folder(tmp_path, {FIRST: named(FIRST)})))
    await publish(store, database, read(folder(tmp_path, {LATER: named(LATER)})))
    assert [len(await history(store, f"policy-{version}")) for version in (FIRST, LATER)] == [1, 1]


async def test_a_published_policy_that_changed_stops_the_start(
    store: EventStore, database: Database, tmp_path: Path
) -> None:
    await publish(store, database, read(folder(tmp_path, {FIRST: named(FIRST)})))
    with pytest.raises(Refused, match=r"policy\.changed.*2000-01-01\.a"):
        await publish(store, database, read(folder(tmp_path, {FIRST: named(FIRST) + "\n# a remark\n"})))


async def test_a_published_policy_whose_file_is_gone_stops_the_start(store: EventStore, database: Database) -> None:
    await database["policies"].insert_one({"_id": "policy-2000-01-01.old", "version": "2000-01-01.old"})
    policies: Policies = read()
    with pytest.raises(Refused, match=r"policy\.missing.*2000-01-01\.old"):
        await publish(store, database, policies)
