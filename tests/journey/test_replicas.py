"""Two replicas of every service side by side, and requests that go to either: everything happens once."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack

import pytest

from deploy.local.personas import personas
from tests.journey.travel import Travellers
from tests.running import SERVICES, Programme, ready, serving, until

COUNT = 6


class Turns(Mapping[str, str]):
    """The addresses of each service's replicas, one after another."""

    def __init__(self, urls: dict[str, list[str]]) -> None:
        self._turns = {name: itertools.cycle(found) for name, found in urls.items()}

    def __getitem__(self, name: str) -> str:
        return next(self._turns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._turns)

    def __len__(self) -> int:
        return len(self._turns)


@pytest.mark.timeout(240)
async def test_two_replicas_of_each_service_do_everything_once(services: Programme) -> None:
    async def token(name: str) -> str:
        persona = personas()[name]
        return services.token(*persona.roles, *persona.countries, agency=persona.agency, sub=persona.sub)

    headquarters = await token("headquarters")

    async def figures() -> dict[str, str]:
        answer = await services.ask("reporting", "GET", "/countries/CO", headquarters)
        return {f"{f['name']} {f['group'] or ''}".strip(): f["value"] for f in answer.json()["figures"]}

    before = await figures()
    async with AsyncExitStack() as stack:
        urls = {name: [services.urls[name]] for name in SERVICES}
        for name in SERVICES:
            create = importlib.import_module(f"services.{name}.app").create
            urls[name].append(await stack.enter_async_context(serving(create(services.settings(name)))))
        for found in urls.values():
            await until(lambda u=found[1]: ready(services.http, u), 60)  # type: ignore[misc]
        await Travellers(Turns(urls), token, "replicas", COUNT).travel()

        async def counted() -> bool:
            now = await figures()
            grown = {name: float(now.get(name, 0)) - float(before.get(name, 0)) for name in now}
            assert max(grown["proposals_submitted"], grown["projects_started"]) <= COUNT
            return grown["proposals_submitted"] == COUNT and grown["contributions_received cash"] == COUNT * 100.25

        await until(counted, 60)
