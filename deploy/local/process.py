"""A server as a child process that never outlives its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from deploy.local.ports import free_port as free_port

PR_SET_PDEATHSIG = 1
LOG_KEPT = 10_000_000  # bytes; a longer log is set aside at the next start, so that it can't fill the disk unseen
# loaded before any fork: the child of a process with threads must not load libraries
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartFailed(RuntimeError):
    """A server did not come up; the message says what to do."""


def _die_with_parent(parent: int) -> None:
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def child_options() -> dict[str, Any]:
    """Options for `Popen` and `create_subprocess_exec`: killed (on Linux) with its parent, out of reach of Ctrl-C.

    The kernel's parent is the *thread* that forks: use them in the main thread, or one that lives as long as the child.
    """
    return {
        "stdin": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
        "preexec_fn": partial(_die_with_parent, os.getpid()),
        "start_new_session": True,
    }


def open_log(log: Path) -> Any:
    """The log's file, for appending; a log that has grown long is first renamed to `<name>.1`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_name(f"{log.name}.1"))
    return log.open("ab")


def tail(log: Path, lines: int = 15) -> str:
    """The last `lines` lines of `log`, or nothing if there is none."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def spawn(command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start `command` with its output appended to `log`; on Linux it is killed when this process dies."""
    with open_log(log) as out:
        return subprocess.Popen(list(command), stdout=out, env=env, **child_options())  # noqa: S603 - our own commands


def created(pid: int) -> float | None:
    """When process `pid` began, or None if it is gone: tells a process from a later one with the same id."""
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def stop(process: subprocess.Popen[bytes], timeout: float = 15) -> None:
    """Ask `process` to end, and kill it after `timeout` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def failure(what: str, code: int | None, log: Path) -> StartFailed:
    """Why `what` is not up: its exit code, or None if it runs but does not answer; with the end of its log."""
    state = "does not answer" if code is None else f"ended with code {code}"
    return StartFailed(f"{what} {state}. The end of {log}:\n{tail(log)}")


def wait_until(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path, timeout: float = 60
) -> None:
    """Return once `answers()`; raises `StartFailed` with the end of the log if the process ends or time runs out."""
    deadline = time.monotonic() + timeout
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise failure(what, process.poll(), log)
        time.sleep(0.05)
