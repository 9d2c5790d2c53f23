"""`trama` as a user runs it: a process of its own, with nothing of this machine's settings.

The processes are forked from one that has imported the command line already: what a user waits for once is not waited
for at each of a hundred commands.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 150.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", "shared.cli.main", "tests.cli.running_cli"])


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


async def trama(*arguments: str, **environment: str) -> Ran:
    """Run a command to its end; `environment` holds what it is told that way."""
    return await asyncio.to_thread(_run, arguments, environment)


def _run(arguments: tuple[str, ...], environment: dict[str, str]) -> Ran:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _FORKS.Process(target=_main, args=(arguments, environment, str(out), str(err)))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"trama {' '.join(arguments)} did not end: {out.read_text()} {err.read_text()}")
        return Ran(process.exitcode, out.read_text(), err.read_text())


def _main(arguments: tuple[str, ...], environment: dict[str, str], out: str, err: str) -> None:
    """In the process of the command."""
    from shared.cli.main import main

    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), number)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAMA_")}
    os.environ.clear()
    os.environ.update(kept | {"LANG": "en_US.UTF-8", "COLUMNS": "200"} | environment)
    os.chdir(ROOT)
    sys.argv = ["trama", *arguments]
    main()
