"""A stack of its own, servers only, for the tests of the local run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from deploy.local import state

OWN_SERVERS = {k: v for k, v in os.environ.items() if not k.startswith("TRAMA_") or k == "TRAMA_CACHE"}


def eventually(what: str, happened: Callable[[], bool], timeout: float = 90) -> None:
    """Return as soon as it happened; fails with `what` if it never does."""
    deadline = time.monotonic() + timeout
    while not happened():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


class Foreground:
    """`python -m deploy.local` as a user runs it, servers only."""

    def __init__(self, data: Path) -> None:
        self.data = data
        command = [sys.executable, "-m", "deploy.local", "--data", str(data), "--services"]
        with (data.parent / f"{data.name}.out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=OWN_SERVERS)

    def output(self) -> str:
        return (self.data.parent / f"{self.data.name}.out").read_text()

    def ready(self) -> state.StackState:
        """Its state once all servers are ready."""

        def all_ready() -> bool:
            assert self.process.poll() is None, self.output()
            now = state.running(self.data)
            return now is not None and sorted(p for p in now.parts if now.parts[p].state == "ready") == [
                "issuer",
                "kafka",
                "mongo",
            ]

        eventually("all servers ready", all_ready)
        return self.now()

    def now(self) -> state.StackState:
        now = state.running(self.data)
        assert now is not None, self.output()
        return now

    def end(self, number: signal.Signals, times: int = 1) -> int:
        for _ in range(times):
            if self.process.poll() is None:
                self.process.send_signal(number)
        return self.process.wait(60)


def pids(of: state.StackState) -> list[int]:
    return [p.pid for p in of.parts.values() if p.pid]


def none_left(before: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in before)
