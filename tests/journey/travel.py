"""Journeys from an office to headquarters, each of them whole, through the public doors of running services.

Every order has a key of its own and is repeated under it until it is answered, as a careful client does: what a killed
process left unanswered is asked again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import httpx

NETWORK: dict[str, Any] = json.loads(
    files("shared.programme").joinpath("examples/network-coffee-co.json").read_text("utf-8")
)
PATIENCE = 90.0
"""Seconds that a traveller keeps asking: a killed server is up again long before."""
AGAIN = (404, 409, 502, 503, 504)
"""404: another service has not heard of it yet; 409: not in the state for this yet; 50x: away, or outcome unknown."""


@dataclass
class Travellers:
    """`count` proposals that become projects, `abreast` of them at a time. `token` gives a persona's token."""

    urls: Mapping[str, str]
    token: Callable[[str], Awaitable[str]]
    name: str
    count: int
    abreast: int = 3
    arrived: int = 0
    repeated: int = 0
    _http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=15))

    async def travel(self) -> None:
        """All journeys; raises if one can't be finished."""
        turn = asyncio.Semaphore(self.abreast)

        async def one(number: int) -> None:
            async with turn:
                await self._one(f"{self.name}-{number}")
                self.arrived += 1

        async with asyncio.TaskGroup() as group:
            for number in range(self.count):
                group.create_task(one(number))
        await self._http.aclose()

    async def _one(self, name: str) -> None:
        made = await self._ask("intake", "POST", "/proposals", "office-co", f"{name}:submit", NETWORK)
        proposal = made["proposal_id"]
        review = f"/reviews/{proposal}"
        await self._ask("evaluation", "POST", f"{review}/opening", "committee", f"{name}:open", {"revision": 1})
        await self._ask("evaluation", "POST", f"{review}/approval", "committee", f"{name}:approve", {"revision": 1})
        project = await self._ask("monitoring", "GET", f"/projects/{proposal}", "supervisor", "")
        pledge = next(c for c in project["contributions"] if c["kind"] == "cash")
        receipt = {
            "step": "received",
            "contribution_id": pledge["contribution_id"],
            "contributor": pledge["contributor"],
            "kind": "cash",
            "amount": {"currency": "USD", "value": "100.25"},
            "document": f"receipt of {name}",
        }
        path = f"/projects/{proposal}/contributions"
        await self._ask("monitoring", "POST", path, "agency", f"{name}:receive", receipt)

    async def _ask(self, service: str, method: str, path: str, who: str, key: str, body: Any = None) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            said = "nobody answers"
            try:
                headers = {"Authorization": f"Bearer {await self.token(who)}", "Idempotency-Key": key or "unused-key"}
                answer = await self._http.request(method, self.urls[service] + path, headers=headers, json=body)
                said = f"{answer.status_code} {answer.text}"
                if answer.is_success:
                    found = answer.json()
                    self.repeated += bool(found.get("repeated"))
                    return found
                if answer.status_code not in AGAIN:
                    raise AssertionError(f"{method} {path}: {said}")
            except httpx.TransportError as error:
                said = repr(error)
            if time.monotonic() > deadline:
                raise AssertionError(f"{method} {path} after {PATIENCE} s: {said}")
            await asyncio.sleep(0.1)
