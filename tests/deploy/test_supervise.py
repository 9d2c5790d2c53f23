"""A part that dies is started again; one that can't start says why."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local.ports import choose, is_free
from deploy.local.process import StartFailed
from deploy.local.supervise import Event, Part, Supervised

# ready once it wrote its pid; deaf to SIGTERM if told so
PROGRAM = """
import os, pathlib, signal, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print("alive", flush=True)
time.sleep(60)
"""


def part(folder: Path, *arguments: str, program: str = PROGRAM, patience: float = 20) -> Part:
    sign = folder / "alive"

    async def answers() -> bool:
        return sign.exists()

    command = [sys.executable, "-c", program, str(sign), *arguments]
    return Part("fake", command, folder / "fake.log", answers, 1, patience=patience)


async def until(happened: asyncio.Event) -> None:
    await asyncio.wait_for(happened.wait(), 60)
    happened.clear()


async def test_a_killed_process_is_started_again_with_a_growing_delay(tmp_path: Path) -> None:
    """Two deaths, two restarts, the second after a longer pause; then an orderly end."""
    seen: list[Event] = []
    ready = asyncio.Event()

    def tell(event: Event) -> None:
        seen.append(event)
        if event.what == "ready":
            ready.set()

    one = Supervised(part(tmp_path), tell)
    one.start()
    await one.ready()
    await until(ready)
    lives = [one.pid]
    for _ in range(2):
        os.kill(one.pid or 0, signal.SIGKILL)
        await until(ready)
        lives.append(one.pid)
    await one.stop()
    assert [e.what for e in seen] == [*["starting", "ready", "died"] * 2, "starting", "ready", "stopped"]
    assert [e.detail.split(",")[0] for e in seen if e.what == "died"] == [
        "ended with code -9; next start in 0.25 s",
        "ended with code -9; next start in 0.5 s",
    ]
    assert len(set(lives)) == 3
    assert one.restarts == 2
    assert not any(psutil.pid_exists(pid) for pid in lives if pid)


async def test_a_part_that_ends_before_it_ever_served_is_an_error_with_its_log(tmp_path: Path) -> None:
    """No restart loop for what can't start: the caller is told, with the reason."""
    one = Supervised(part(tmp_path, program="raise SystemExit('no such setting')"), lambda _: None)
    one.start()
    with pytest.raises(StartFailed, match=r"fake ended with code 1\. The end of .*fake\.log:\nno such setting"):
        await one.ready()
    await one.stop()


async def test_a_part_that_never_answers_is_ended(tmp_path: Path) -> None:
    """Its patience over, the process is gone and the caller told."""
    one = Supervised(part(tmp_path, program="import time; time.sleep(60)", patience=0.3), lambda _: None)
    one.start()
    with pytest.raises(StartFailed, match="fake does not answer"):
        await one.ready()
    assert one.pid is None
    await one.stop()


async def test_a_process_deaf_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping ends, whatever the process thinks of it."""
    monkeypatch.setattr("deploy.local.supervise.STOP_PATIENCE", 0.2)
    one = Supervised(part(tmp_path, "deaf"), lambda _: None)
    one.start()
    await one.ready()
    pid = one.pid
    await one.stop()
    assert pid
    assert not psutil.pid_exists(pid)


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    """No two names share one; a taken one is replaced."""
    before = choose({"a": None, "b": None})
    assert len(set(before.values())) == 2
    assert choose({"a": before["a"], "b": before["b"]}) == before
    twice = choose({"a": before["a"], "b": before["a"]})
    assert twice["a"] == before["a"] != twice["b"]
    assert is_free(twice["b"])
