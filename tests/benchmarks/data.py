"""Events as the programme has them, in stores and on topics, in the numbers that benchmarks want."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.base import CloudEvent, Fact
from shared.contracts.monitoring import ContributionCertified, ContributionReceived, Plan, ProjectStarted
from shared.contracts.values import Cluster, Money, Place
from shared.eventstore import Draft, EventStore, Head
from shared.eventstore.commit import chain, milliseconds
from shared.execute import text_of
from shared.mongo import Database

PAGE = 1_000
NOW = milliseconds(datetime.now(UTC))
SECTOR = {"es": "Café", "en": "Coffee", "pt": "Café"}
COUNTRIES = ("AR", "BO", "BR", "CL", "CO", "CR", "DO", "EC", "GT", "HN", "JM", "MX", "NI", "PA", "PE", "PY", "SV", "UY")


def started(project: str, country: str) -> ProjectStarted:
    """The first fact about a project."""
    return ProjectStarted(
        project_id=project,
        country=country,
        proposal_id=None,
        reference=None,
        approved_on=date(2025, 3, 1),
        historical=True,
        title={"es": "Red de productores de café", "en": "Network of coffee growers"},
        executing_agency="Agencia de desarrollo",
        typology="horizontal_network",
        places=[Place(sector=SECTOR, name="Valle", subdivision=None)],
        clusters=[Cluster(key=f"{country.lower()}--cafe", country=country, place="Valle", sector=SECTOR)],
        fund_amount=Money(currency="USD", value="120000.00"),
        counterpart_amount=None,
        firms=40,
        plan=Plan(),
        approval_id=f"approval-{project}",
    )


def facts(project: str, country: str, count: int) -> Iterator[Fact]:
    """A project of `count` events: its start, then receipts of a contribution, every second one certified."""
    yield started(project, country)
    said: dict[str, Any] = {"contribution_id": "C1", "contributor": "beneficiary_firms", "kind": "cash"}
    said |= {"project_id": project, "country": country, "amount": Money(currency="USD", value="10.00")}
    for i in range(1, count):
        if i % 2:
            yield ContributionReceived(**said, document=f"receipt {i:05d}")
        else:
            yield ContributionCertified(**said, receipt_id=f"{project}-{i - 1}")


def envelope(fact: Fact, stream: str, sequence: int, id: str) -> CloudEvent[Fact]:
    """A fact as it is recorded; with a contribution about 600 bytes."""
    return CloudEvent[Fact](
        id=id,
        source="/monitoring",
        type=fact.type,
        subject=stream,
        time=NOW,
        dataschema=f"/schemas/{fact.type}.json",
        sequence=f"{sequence:010d}",
        correlationid=uuid.uuid4().hex,
        actor="p-c5d83b164ef7",
        data=fact,
    )


def drafts(streams: int, events: int) -> Iterator[Draft]:
    """Commits of one event each, `events` on each of `streams` projects, as they would come in: stream by turns."""
    names = [uuid.uuid4().hex[:20] for _ in range(streams)]
    told = [facts(name, COUNTRIES[i % len(COUNTRIES)], events) for i, name in enumerate(names)]
    for version in range(events):
        for name, project in zip(names, told, strict=True):
            stream = f"project-{name}"
            event = envelope(next(project), stream, version + 1, f"{name}-{version}")
            command = uuid.uuid4().hex + uuid.uuid4().hex[:8]
            yield Draft(command, stream, version, (event.type,), (text_of(event),), "f" * 64)


async def fill(store: EventStore, wanted: Iterator[Draft]) -> int:
    """Put commits into a store, numbered and chained, in big groups; how many."""
    heads = {name: await store.head(name) for name in store.log_names}
    page: list[dict[str, Any]] = []
    count = 0
    for draft in wanted:
        name = store.log_of(draft.stream)
        head = heads[name]
        commit = chain(draft, name, head.n + 1, head.hash, head.recorded, NOW)
        heads[name] = Head(commit.n, commit.hash, commit.recorded)
        page.append(commit.document())
        count += 1
        if len(page) == PAGE:
            await store.commits.insert_many(page)
            page = []
    if page:
        await store.commits.insert_many(page)
    return count


async def new_topic(servers: str, partitions: int) -> str:
    """A topic of its own."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()
    return name


async def size_of(database: Database, collection: str) -> int:
    """Documents of a collection, as the server counts them."""
    return await database[collection].estimated_document_count()
