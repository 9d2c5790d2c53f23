"""`trama` as a user runs it: a process of its own, with nothing of this machine's settings."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


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
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TRAMA_")} | {"LANG": "en_US.UTF-8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", *arguments, cwd=ROOT, env=kept | {"COLUMNS": "200"} | environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
