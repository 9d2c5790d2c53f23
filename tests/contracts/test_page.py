"""docs/contracts.md tells the truth: its tables are complete, and its proof runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import schemas
from shared.contracts import tables
from shared.contracts.topics import contract_types
from shared.eventstore import GENESIS, Draft
from shared.eventstore.commit import chain
from shared.wire import Headers, messages

PAGE = schemas.PAGE.read_text(encoding="utf-8")


@dataclass
class Sent:
    """A Kafka record as a client library shows it."""

    key: bytes
    value: bytes
    headers: Headers


def topic() -> list[Sent]:
    """Three commits of two events each, as the relay sends them."""
    sent, previous, start = [], GENESIS, datetime(2026, 1, 1, tzinfo=UTC)
    for n in (1, 2, 3):
        draft = Draft(f"c{n}", "proposal-1", n - 1, ("a.b.v1", "a.c.v1"), ('{"é":1}', '{"f":2}'), "f")
        commit = chain(draft, "intake-0", n, previous, start, start)
        sent += [Sent(*message) for message in messages(commit, previous)]
        previous = commit.hash
    return sent


@pytest.fixture(name="proves")
def proof() -> Any:
    [code] = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "def proves" in code]
    names: dict[str, Any] = {}
    exec(compile(code, "contracts.md", "exec"), names)
    return names["proves"]


def test_the_tables_are_current() -> None:
    """If not: `python -m shared.schemas`."""
    assert tables.renewed(PAGE) == PAGE


def test_every_event_is_listed() -> None:
    assert set(re.findall(r"^\| `([a-z_.]+\.v\d+)` \|", PAGE, re.MULTILINE)) == set(contract_types())


def test_the_proof_of_the_page_proves(proves: Any) -> None:
    sent = topic()
    assert proves(sent)
    assert proves([*sent[:3], *sent[1:]]), "a repetition does no harm"


@pytest.mark.parametrize("what", ["changed", "left out", "moved", "another stream"])
def test_the_proof_of_the_page_refuses(proves: Any, what: str) -> None:
    sent = topic()
    if what == "changed":
        sent[2].value = b'{"f":3}'
    elif what == "left out":
        del sent[2]
    elif what == "moved":
        sent[2], sent[4] = sent[4], sent[2]
    else:
        sent[2].key = b"proposal-2"
    assert not proves(sent)
