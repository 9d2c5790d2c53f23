"""Submissions over HTTP at a steady rate, each followed until the report of its country shows it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pycountry
from aiokafka import AIOKafkaConsumer

from deploy.local.issuer import mint, signing_key
from deploy.local.stack import Stack
from tests.benchmarks.http import Http

EXAMPLE = Path(__file__).parents[2] / "shared/programme/examples/network-coffee-co.json"
POLL = 0.02
LATER = 0.1
"""How long it is waited between two looks, in seconds at first and then as a share of what has passed already."""
PATIENCE = 30.0
COUNTRIES = sorted(country.alpha_2 for country in pycountry.countries)


def example() -> dict[str, Any]:
    """A complete proposal that any country could make: no subdivision of one is named."""
    proposal: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"))
    return proposal | {"places": [place | {"subdivision": None} for place in proposal["places"]]}


@dataclass
class Journey:
    """When a submission was sent, and how many seconds later it was answered, published, and in the report."""

    proposal: str
    sent: float
    answered: float
    visible: float
    published: float = 0.0


@dataclass
class Load:
    """Submits on a running stack; each submission is of the next country, so that each can be seen by itself."""

    stack: Stack
    sent: Counter[str] = field(default_factory=Counter)
    journeys: list[Journey] = field(default_factory=list)
    _seen: dict[str, float] = field(default_factory=dict)
    _proposal: dict[str, Any] = field(default_factory=example)

    def __post_init__(self) -> None:
        self._office = self._token("office-co", trama_countries=COUNTRIES)
        self._reader = self._token("auditor")

    def _token(self, persona: str, **claims: Any) -> dict[str, str]:
        """The header that says who asks."""
        key = signing_key(self.stack.data / "issuer")
        return {"Authorization": f"Bearer {mint(persona, key=key, issuer=self.stack.addresses['issuer'], **claims)}"}

    async def run(self, per_second: float, seconds: float) -> None:
        """Submit at a steady rate, whatever the answers take; returns when all are visible."""
        loop = asyncio.get_running_loop()
        self._intake, self._reporting = (Http(self.stack.addresses[name]) for name in ("intake", "reporting"))
        async with self._watched():
            begun = loop.time()
            async with asyncio.TaskGroup() as group:
                for number in range(round(per_second * seconds)):
                    await asyncio.sleep(begun + number / per_second - loop.time())
                    group.create_task(self._one(COUNTRIES[self.sent.total() % len(COUNTRIES)]))

    async def _one(self, country: str) -> None:
        self.sent[country] += 1
        wanted = self.sent[country]
        order = self._office | {"Idempotency-Key": uuid.uuid4().hex}
        sent, began = time.time(), time.perf_counter()
        answer = await self._intake.ask("POST", "/proposals", order, self._proposal | {"country": country})
        answered = time.perf_counter() - began
        await asyncio.sleep(self._early() - answered)
        while await self._count(country) < wanted:
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"a submission of {country} is not in its report after {PATIENCE} s")
            await asyncio.sleep(max(POLL, LATER * (time.perf_counter() - began)))
        visible = time.perf_counter() - began
        self.journeys.append(Journey(f"proposal-{answer['proposal_id']}", sent, answered, visible))

    def _early(self) -> float:
        """Before this many seconds nobody need look: that only costs the services what is measured."""
        last = [journey.visible for journey in self.journeys[-20:]]
        return median(last) * 0.6 if last else 0.0

    async def _count(self, country: str) -> int:
        answer = await self._reporting.ask("GET", f"/countries/{country}", self._reader)
        return sum(int(f["value"]) for f in answer["figures"] if f["name"] == "proposals_submitted")

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Reads intake's topic: the relay has put the time of sending on each record."""
        consumer = AIOKafkaConsumer("intake.proposals", bootstrap_servers=self.stack.addresses["kafka"])
        await consumer.start()
        await consumer.seek_to_end()

        async def watch() -> None:
            async for record in consumer:
                self._seen.setdefault(record.key.decode(), record.timestamp / 1000)

        watching = asyncio.create_task(watch())
        try:
            yield
            async with asyncio.timeout(PATIENCE):
                while any(j.proposal not in self._seen for j in self.journeys):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(POLL)
            for journey in self.journeys:
                journey.published = self._seen[journey.proposal] - journey.sent
        finally:
            self._intake.close()
            self._reporting.close()
            watching.cancel()
            await asyncio.wait({watching})
            await consumer.stop()
