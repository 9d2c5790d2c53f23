"""`trama up` as a user runs it, and how the other commands find what it started."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from deploy.local import state
from tests.cli.running_cli import ROOT, trama
from tests.deploy.foreground import none_left, pids
from tests.running import until

OWN = {name: value for name, value in os.environ.items() if not name.startswith("TRAMA_") or name == "TRAMA_CACHE"}


@asynccontextmanager
async def up(data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The servers alone, from the command that a user gives; ended by Ctrl-C, if the block does not."""
    line = [sys.executable, "-m", "shared.cli", "up", "--servers-only", "--data", str(data)]
    process = await asyncio.create_subprocess_exec(*line, cwd=ROOT, env=OWN, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(90):
            while not (said := await process.stdout.readline()).startswith(b"ready after"):
                assert said, "it ended before it was ready"
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.communicate()


async def test_up_starts_the_servers_and_ends_them_with_ctrl_c(tmp_path: Path) -> None:
    """Personas get tokens, the doctor finds the servers, a second `up` is refused, and Ctrl-C leaves nothing behind."""
    data = tmp_path / "data"
    async with up(data) as process:
        running = state.running(data)
        assert running is not None
        at = {"TRAMA_DATA": str(data)}
        token = await trama("token", "auditor", **at)
        assert (token.code, token.out.count(".")) == (0, 2)
        nobody = await trama("token", "nobody", "--lang", "es", **at)
        assert nobody.code == 3
        assert "office-co" in nobody.err
        found = {check["name"]: check for check in (await trama("doctor", "--json", **at)).json["checks"]}
        assert [found[name]["state"] for name in ("mongo", "clock", "kafka", "issuer")] == ["ok"] * 4, found
        assert "intake" not in found
        again = await trama("up", "--servers-only", **at)
        assert again.code == 4
        assert str(process.pid) in again.err
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        await until(lambda: gone(pids(running)))
    assert (await trama("reconcile", **at)).code == 4


async def gone(before: list[int]) -> bool:
    """Whether none of these processes is left."""
    return not any(map(psutil.pid_exists, before)) or none_left(before)
