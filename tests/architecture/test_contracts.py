"""What is declared about topics and events is what the services really do."""

from __future__ import annotations

import importlib

import pytest
from pydantic import SecretStr

from shared import schemas, topics
from shared.contracts.topics import CHANNELS, READS, SERVICES, contract_types, topic_of, types_on, writes
from shared.service import Service
from tests.architecture.house import ROOT


def test_every_topic_has_exactly_one_emitter() -> None:
    """All that `topics.yaml` declares, but the one where any consumer puts copies of what failed."""
    assert set(topics.declared()) == {*CHANNELS, topics.DEAD_LETTERS}
    for topic, channel in CHANNELS.items():
        assert channel.emitter in SERVICES
        assert topics.source(topic) == channel.emitter, "a topic is named after its emitter"


def test_compacted_topics_hold_states() -> None:
    """And a history is never compacted."""
    for topic, channel in CHANNELS.items():
        assert topics.declared()[topic].cleanup == ("compact" if channel.kind == "state" else "delete")


@pytest.mark.parametrize("name", sorted(contract_types()))
def test_every_event_has_emitter_schema_and_words(name: str) -> None:
    fact = contract_types()[name]
    assert [topic for topic in CHANNELS if name in types_on(topic)] == [topic_of(name)]
    assert schemas.revisions(name), "python -m shared.schemas"
    assert fact.__doc__, name
    assert fact.__doc__ != fact.__mro__[1].__doc__, f"{fact.__name__} says nothing of its own"


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_says_what_it_reads_and_writes(service: str) -> None:
    """In its docstring, as it is declared."""
    said = importlib.import_module(f"services.{service}").__doc__ or ""
    assert f"Reads: {', '.join(READS[service])}." in " ".join(said.split())
    assert f"Writes: {', '.join(writes(service))}." in " ".join(said.split())


@pytest.mark.parametrize("service", [s for s in SERVICES if (ROOT / "services" / s / "app.py").exists()])
def test_the_service_follows_what_is_declared(service: str) -> None:
    """Beside its own topics, which it reads to make its own documents. Nothing connects before it is served."""
    settings = importlib.import_module(f"services.{service}.settings").Settings(
        mongo_url=SecretStr("mongodb://127.0.0.1:1"), kafka_servers="127.0.0.1:1", oidc_issuer="https://issuer.invalid"
    )
    wired: Service = importlib.import_module(f"services.{service}.app").create(settings).state.service
    wired.client.close()
    assert {consumer.topic for consumer in wired.consumers} - set(writes(service)) == set(READS[service])
