"""Each service's own OpenAPI document, tried by schemathesis as someone who may do everything, on real things.

Longer by hand: `TRAMA_EXAMPLES=300 .venv/bin/python -m pytest tests/doors/test_schemathesis.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from shared.roles import Role
from tests.doors.ground import HERE, Ground, lay
from tests.running import SERVICES, Programme

EXAMPLES = int(os.environ.get("TRAMA_EXAMPLES", "8"))
"""Generated requests of each operation."""
LONG = EXAMPLES > 50
"""Then every edge of every field is tried too, which are thousands."""
PHASES = "examples,coverage,fuzzing" if LONG else "fuzzing"
BUDGET = () if LONG else ("--max-time", "10")
"""Seconds, so that a busy machine tries less, instead of later."""
SEED = os.environ.get("TRAMA_SEED", "2003")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
async def ground(services: Programme) -> Ground:
    """A ground of its own: a person is erased here, a project cancelled."""
    return await lay(services)


def settings(ground: Ground, service: str) -> str:
    """A configuration of schemathesis: the token, and ids of things that are there."""
    roles = [role.value for role in Role]
    token = ground.services.issuer.token(trama_roles=roles, trama_countries=list(HERE[0]), trama_agency=HERE[1])
    ids = ground.ids | ground.ids_of.get(service, {})
    lines = [
        "[headers]",
        f"Authorization = {json.dumps(f'Bearer {token}')}",
        "[parameters]",
        *(f"{json.dumps(f'path.{name}')} = {json.dumps(value)}" for name, value in ids.items()),
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.timeout(7_200 if LONG else 120)
@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_as_the_document_says(ground: Ground, service: str, tmp_path: Path) -> None:
    """No 5xx, only documented statuses and content types, bodies by their schemas. Streams do not end: not here."""
    (tmp_path / "schemathesis.toml").write_text(settings(ground, service))
    url = ground.services.urls[service]
    command = (
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--checks", ",".join(CHECKS),
        "--phases", PHASES, "--max-examples", str(EXAMPLES), "--seed", SEED, "--no-shrink",
        "--exclude-path-regex", "^/streams/", "--generation-database", "none", "--request-timeout", "20",
        "--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", "--no-color", *BUDGET,
    )  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")[-20_000:]
