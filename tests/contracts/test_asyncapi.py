"""The AsyncAPI documents: valid by the official schema, complete, and true of what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from shared import entries, schemas
from shared.asyncapi import asyncapi_document
from shared.contracts import headers
from shared.contracts.topics import CHANNELS, SERVICES, types_on
from shared.eventstore import GENESIS, Draft
from shared.eventstore.commit import chain
from shared.incoming import Arrived
from shared.wire import Stamp, messages

OFFICIAL = Path(__file__).parent / "asyncapi-specs" / "3.0.0.json"


@cache
def official() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text()))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_valid(service: str) -> None:
    official().validate(asyncapi_document(service))


def test_the_official_schema_does_refuse() -> None:
    """It is no empty check: bindings, operations and messages are looked into."""
    for path in (
        ("channels", "intake.proposals", "bindings", "kafka"),
        ("operations", "send-intake.proposals"),
        ("info",),
    ):
        broken: Any = asyncapi_document("intake")
        part = broken
        for key in path:
            part = part[key]
        part["surprise"] = 1
        assert not official().is_valid(broken), path


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere(service: str) -> None:
    """Within the document, and from the committed one to the committed schemas."""
    file = schemas.DOCUMENTS / "asyncapi" / f"{service}.json"
    document = json.loads(file.read_text())
    for reference in set(references(document)):
        if not reference.startswith("#/"):
            assert (file.parent / reference).is_file(), reference
            continue
        found = document
        for part in reference[2:].split("/"):
            found = found[part]


def test_every_event_is_sent_by_exactly_one_service() -> None:
    sent: list[str] = []
    for service in SERVICES:
        document = asyncapi_document(service)
        for operation in document["operations"].values():
            if operation["action"] == "send" and not operation["channel"]["$ref"].endswith("dead-letters"):
                sent += [message["$ref"].rpartition("/")[2] for message in operation["messages"]]
    assert sorted(sent) == sorted(name for topic in CHANNELS for name in types_on(topic))


def test_the_headers_are_those_that_the_relay_sends() -> None:
    """No more, no fewer, and each in its form."""
    draft = Draft("command", "proposal-1", 0, ("proposal.locked.v1",) * 2, ("{}", "{}"), "f")
    commit = chain(draft, "intake-0", 1, GENESIS, datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC))
    found = [{name: value.decode() for name, value in sent} for _, _, sent in messages(commit, GENESIS)]
    assert len(found) == 2
    for one in found:
        jsonschema.validate(one, {**headers.json_schema(headers.RECORD), "additionalProperties": False})


def test_the_headers_of_a_dead_letter_are_those_that_are_sent() -> None:
    """For an event that failed, and for a message that no relay wrote."""
    stamp = Stamp("intake-0", 1, 0, 1, 1, "c", "2026-01-01T00:00:00.000Z", "0" * 64, "proposal.locked.v1")
    event = entries.event_entry("reviews", Arrived(stamp, "proposal-1", "{}", "intake.proposals", 0, 5), "Boom: x")
    record: Any = SimpleNamespace(topic="intake.proposals", partition=0, offset=6, key=b"k", value=b"?", headers=())
    for entry in (event, entries.malformed_entry("reviews", "intake-0", record, "Malformed: x")):
        sent = entries.dead_letter(entry)["headers"]
        jsonschema.validate(sent, {**headers.json_schema(headers.DEAD_LETTER), "additionalProperties": False})
