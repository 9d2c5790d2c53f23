"""The policies at the start of the service: each published once, and none changed or taken away unnoticed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from services.evaluation.publishing import FOLDER, publish, read
from services.evaluation.rulebook import Rulebook
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


def test_the_hash_is_that_of_the_file_whatever_ends_its_lines(tmp_path: Path) -> None:
    file = tmp_path / f"{FIRST}.yaml"
    file.write_bytes(named(FIRST).replace("\n", "\r\n").encode())
    [policy] = read(tmp_path).loaded
    assert policy.hash == sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["2026-01-01.new.yml", "2026-01-01.new.YAML", "notes.txt", ".2026-01-01.new.yaml.swp"])
def test_nothing_in_the_folder_is_passed_over(tmp_path: Path, name: str) -> None:
    (folder(tmp_path, {FIRST: named(FIRST)}) / name).write_text("rubbish: [", "utf-8")
    with pytest.raises(SettingsError, match=re.escape(f"{name}, line 1, file: is no policy")):
        read(tmp_path)


def test_a_folder_that_is_not_there_and_a_file_that_is_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read(tmp_path / "missing")
    (tmp_path / f"{FIRST}.yaml").write_bytes(b"version: \xff")
    with pytest.raises(SettingsError, match=r"2000-01-01\.a\.yaml, line 1, file: is no UTF-8"):
        read(tmp_path)


async def test_many_replicas_publish_each_policy_once(store: EventStore) -> None:
    policies = read()
    await asyncio.gather(*(publish(store, policies) for _ in range(5)))
    await publish(store, policies)
    [published] = await history(store, f"policy-{REF.version}")
    assert published.fact.model_dump()["text"] == (FOLDER / f"{REF.version}.yaml").read_text("utf-8")
    assert published.event.actor == "service:evaluation"


async def test_a_policy_is_added_beside_the_others(store: EventStore, tmp_path: Path) -> None:
    await publish(store, read(folder(tmp_path, {FIRST: named(FIRST)})))
    await publish(store, read(folder(tmp_path, {LATER: named(LATER)})))
    assert [len(await history(store, f"policy-{version}")) for version in (FIRST, LATER)] == [1, 1]


async def test_a_published_policy_that_changed_stops_the_start(store: EventStore, tmp_path: Path) -> None:
    await publish(store, read(folder(tmp_path, {FIRST: named(FIRST)})))
    with pytest.raises(Refused, match=r"policy\.changed.*2000-01-01\.a"):
        await publish(store, read(folder(tmp_path, {FIRST: named(FIRST) + "\n# a remark\n"})))


async def test_a_published_policy_whose_file_is_gone_stops_the_start(store: EventStore, tmp_path: Path) -> None:
    """Told by the record itself: the read model may be behind."""
    await publish(store, read(folder(tmp_path, {FIRST: named(FIRST)})))
    (tmp_path / f"{FIRST}.yaml").unlink()
    with pytest.raises(Refused, match=r"policy\.missing.*2000-01-01\.a"):
        await publish(store, read(folder(tmp_path, {LATER: named(LATER)})))


@dataclass
class Holder:
    """What a rulebook needs of a service."""

    store: EventStore


def rulebook(store: EventStore) -> Rulebook:
    return Rulebook(cast(Any, Holder(store)))


async def test_the_policies_of_the_first_start_apply_from_their_days(store: EventStore, tmp_path: Path) -> None:
    await publish(store, read(folder(tmp_path, {FIRST: named(FIRST), LATER: named(LATER)})))
    assert [await applied(rulebook(store), day) for day in (date(2000, 5, 1), date(2001, 1, 1))] == [FIRST, LATER]


async def test_a_late_policy_changes_nothing_that_was_recorded_before_it(store: EventStore, tmp_path: Path) -> None:
    """Whenever it is assessed, by whichever replica: one that has started earlier learns of it too."""
    await publish(store, read(folder(tmp_path, {FIRST: named(FIRST)})))
    running = rulebook(store)
    submitted = datetime.now(UTC)
    await running.know(submitted)
    assert running.at(submitted).version == FIRST
    await asyncio.sleep(0.002)  # times are recorded in milliseconds
    await publish(store, read(folder(tmp_path, {LATER: named(LATER)})))
    for rules in (running, rulebook(store)):
        for moment, version in ((submitted, FIRST), (datetime.now(UTC), LATER)):
            await rules.know(moment)
            assert rules.at(moment).version == version


async def applied(rules: Rulebook, day: date) -> str:
    moment = datetime.combine(day, time(12), UTC)
    await rules.know(moment)
    return rules.at(moment).version
