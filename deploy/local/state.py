"""What a stack writes down in its data directory, for the command line, the tests, and its own next start."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel

from deploy.local.process import StartFailed, created

FILE, LOCK = "stack.json", "stack.lock"
LOCK_PATIENCE = 2.0  # seconds; a reader holds the lock for a moment


class PartState(BaseModel):
    """One supervised process."""

    state: Literal["starting", "ready", "died", "stopped"]
    pid: int | None = None
    created: float | None = None  # the process's start as the system tells it: a pid alone may be someone else's by now
    restarts: int = 0
    port: int
    log: str


class StackState(BaseModel):
    """The content of stack.json. `running` is what was last written: ask `running()` for the truth."""

    running: bool
    supervisor: int
    ports: dict[str, int]
    addresses: dict[str, str]
    parts: dict[str, PartState] = {}


def read(data: Path) -> StackState | None:
    """What the last stack on `data` wrote, or None if there was none."""
    path = data / FILE
    return StackState.model_validate_json(path.read_bytes()) if path.exists() else None


def write(data: Path, state: StackState) -> None:
    """Replace stack.json as a whole: a reader sees the old or the new."""
    fresh = data / f".{FILE}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(state.model_dump_json(indent=1))  # for its owner only: a given address may hold a password
    fresh.replace(data / FILE)


def running(data: Path) -> StackState | None:
    """The state of the stack that runs on `data` now, or None if none does (or has only just begun)."""
    if not (data / LOCK).exists():
        return None
    with (data / LOCK).open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found, holder = read(data), file.read()
            # a killed one's state stays until the next, which holds the lock already, writes its own
            return found if found and str(found.supervisor) == holder else None
    return None


def lock(data: Path) -> IO[str]:
    """Hold `data` for this process until the returned file is closed (or the process ends, however it ends)."""
    data.mkdir(parents=True, exist_ok=True)
    file = (data / LOCK).open("a")
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise StartFailed(_taken(data)) from None
            time.sleep(0.05)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _taken(data: Path) -> str:
    other = (data / LOCK).read_text()
    return f"another stack (process {other}) is running on {data}: stop it, or choose another directory with --data"


def end_leftovers(data: Path, timeout: float = 10) -> list[int]:
    """End what a killed supervisor left running on `data`; returns the pids that had to be killed.

    On Linux the kernel ends them with their supervisor, and this only waits until they are gone.
    """
    import psutil

    state = read(data)
    recorded = [(part.pid, part.created) for part in state.parts.values() if part.pid] if state else []
    left = [psutil.Process(pid) for pid, since in recorded if since and created(pid) == since]
    _, alive = psutil.wait_procs(left, timeout=1 if left else 0)
    for process in alive:
        process.terminate()
    _, alive = psutil.wait_procs(alive, timeout=timeout)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=timeout)
    return [process.pid for process in alive]
