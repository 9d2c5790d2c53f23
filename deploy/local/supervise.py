"""One process of the stack: started, watched, restarted when it dies, ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deploy.local.process import child_options, created, failure, open_log

PROBE_EVERY = 0.1  # seconds
FIRST_DELAY, LONGEST_DELAY = 0.25, 15.0  # seconds before a restart, doubling
PROVED = 30.0  # seconds of service after which the next death counts as a first one
STOP_PATIENCE = 60.0  # seconds between asking and killing: a service takes that long where its servers are away
Happening = Literal["starting", "ready", "died", "stopped"]


@dataclass(frozen=True)
class Part:
    """What to run and how to know that it serves."""

    name: str
    command: Sequence[str]
    log: Path
    answers: Callable[[], Awaitable[bool]]
    port: int
    env: dict[str, str] | None = None
    patience: float = 60.0  # seconds from its start until it answers


@dataclass(frozen=True)
class Event:
    """Something that happened to a part, for whoever looks on."""

    name: str
    what: Happening
    detail: str = ""


async def run_once(what: str, command: Sequence[str], log: Path) -> None:
    """Run a command that ends by itself; raises `StartFailed` if it fails. It does not outlive its caller."""
    with open_log(log) as out:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, **child_options())
    try:
        if code := await process.wait():
            raise failure(what, code, log)
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Ask it to end, kill it after a while; returns when it is gone."""
    try:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(STOP_PATIENCE):
            await process.wait()
    except ProcessLookupError:  # it ended by itself just now
        await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


class Supervised:
    """A part and its process. Make and use it in the thread that lives as long as the process shall."""

    def __init__(self, part: Part, tell: Callable[[Event], None]) -> None:
        self.part = part
        self.state: Happening = "starting"
        self.restarts = 0
        self._tell = tell
        self._process: Process | None = None
        self._created: float | None = None
        self._ready = asyncio.Event()
        self._was_ready = False
        self.task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def record(self) -> dict[str, Any]:
        """What stack.json tells of it."""
        found = {"state": self.state, "pid": self.pid, "created": self._created if self.pid else None}
        return found | {"restarts": self.restarts, "port": self.part.port, "log": str(self.part.log)}

    def start(self) -> None:
        """Begin to run and watch it, in a task of its own."""
        self.task = asyncio.create_task(self._run(), name=f"supervise {self.part.name}")

    async def ready(self) -> None:
        """Return once it answers; raises `StartFailed` if it ends, or stays silent, before it ever did."""
        if not self.task:
            raise RuntimeError("call start() first")
        waiting = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({waiting, self.task}, return_when=asyncio.FIRST_COMPLETED)
            if self.task.done():
                self.task.result()
        finally:
            waiting.cancel()

    async def stop(self) -> None:
        """Ask it to end, kill it after a while; no restart any more."""
        if self.task:
            self.task.cancel()
            await asyncio.wait({self.task})
        self._happened("stopped")

    def kill(self) -> None:
        """End it at once; unless `stop` was called it comes back."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                self._process.kill()

    def _happened(self, what: Happening, detail: str = "") -> None:
        self.state = what
        self._tell(Event(self.part.name, what, detail))

    async def _run(self) -> None:
        delay = FIRST_DELAY
        while True:
            began = time.monotonic()
            code = await self._live_once()
            if not self._was_ready:
                raise failure(self.part.name, code, self.part.log)
            if time.monotonic() - began > PROVED:
                delay = FIRST_DELAY
            reason = "did not answer" if code is None else f"ended with code {code}"
            self._happened("died", f"{reason}; next start in {delay:g} s, log: {self.part.log}")
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)
            self.restarts += 1

    async def _live_once(self) -> int | None:
        """One life of the process; returns its exit code, or None if it was ended because it never answered."""
        with open_log(self.part.log) as out:
            process = self._process = await asyncio.create_subprocess_exec(
                *self.part.command, stdout=out, env=self.part.env, **child_options()
            )
        try:
            self._created = created(process.pid)
            self._happened("starting")
            if await self._answers_in_time(process):
                self._was_ready = True
                self._ready.set()
                self._happened("ready")
                return await process.wait()
            return process.returncode
        finally:
            self._ready.clear()
            await _end(process)

    async def _answers_in_time(self, process: Process) -> bool:
        deadline = time.monotonic() + self.part.patience
        while process.returncode is None and time.monotonic() < deadline:
            if await self.part.answers():
                return process.returncode is None
            await asyncio.sleep(PROBE_EVERY)
        return False
