"""Kill -9 of every service and every server while proposals travel: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from deploy.local.external import External
from deploy.local.stack import Stack
from shared.cli import reconcile, show
from shared.cli.command import Session
from shared.cli.failure import Answered, Failure
from tests.journey.travel import Travellers
from tests.running import until

VICTIMS = ("intake", "kafka", "evaluation", "mongo", "monitoring", "reporting")
COUNT = 24


class Tokens:
    """Tokens of the stack's own issuer, each asked for once."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._kept: dict[str, str] = {}

    async def __call__(self, persona: str) -> str:
        if persona not in self._kept:
            async with httpx.AsyncClient() as client:
                answer = await client.post(f"{self._issuer}/token", data={"client_id": persona})
                self._kept[persona] = answer.raise_for_status().json()["access_token"]
        return self._kept[persona]


@pytest.mark.timeout(600)
async def test_nothing_is_lost_or_doubled_when_every_process_is_killed(tmp_path: Path) -> None:
    stack = Stack(tmp_path, external=External())
    async with stack:
        await stack.ready()
        urls, tokens = stack.addresses, Tokens(stack.addresses["issuer"])
        travellers = Travellers(urls, tokens, "faults", COUNT)
        travelling = asyncio.create_task(travellers.travel())
        for number, victim in enumerate(VICTIMS):
            await _until_arrived(travellers, travelling, (number + 1) * COUNT // (len(VICTIMS) + 2))
            os.kill(stack.pids[victim], signal.SIGKILL)
        await travelling
        await asyncio.to_thread(_equal, tmp_path)
        async with httpx.AsyncClient() as client:
            headers = {"Authorization": f"Bearer {await tokens('headquarters')}"}
            answer = await client.get(f"{urls['reporting']}/reports/countries/CO", headers=headers)
        figures = {f"{f['name']} {f['group'] or ''}".strip(): f for f in answer.json()["figures"]}
        for name in ("proposals_submitted", "proposals_approved", "projects_started"):
            assert (figures[name]["value"], len(set(figures[name]["events"]))) == (str(COUNT), COUNT), name
        assert float(figures["contributions_received cash"]["value"]) == COUNT * 100.25


async def _until_arrived(travellers: Travellers, travelling: asyncio.Task[None], count: int) -> None:
    async def arrived() -> bool:
        if travelling.done():
            travelling.result()
        return travellers.arrived >= count

    await until(arrived, 200)


def _equal(data: Path, seconds: float = 120) -> None:
    """Store = topics = read models, as `trama reconcile` finds."""
    session = Session(data, True, "en")
    deadline = time.monotonic() + seconds
    try:
        while (found := _look(session)) != "equal":
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
    finally:
        session.close()


def _look(session: Session) -> str:
    """The agreement, or what is in the way of looking: the last one killed is just coming back."""
    with show.progress(quiet=True) as step:
        try:
            found = reconcile.examine(session, step)
        except (Failure, Answered) as error:
            return str(error)
    return "equal" if found.state == "equal" else str(found)
