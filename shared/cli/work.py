"""Long work that a service does for the user: begun, watched, told."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from shared.cli.command import Session
from shared.cli.failure import Code, Failure
from shared.cli.show import Step

SOON, LATER = 0.02, 0.5
"""Seconds between two questions how far it is: the first time, and at most."""


def run(
    session: Session, service: str, path: str, persona: str, order: Mapping[str, Any], step: Step, what: str
) -> Any:
    """The result of a job of `service`, begun with `order` at `path`; raises `Failure` if it failed or was lost."""
    job, pause = session.client.order(service, path, persona, order, uuid.uuid4().hex), SOON
    while job["state"] == "running":
        step(what, job["done"], job["total"])
        time.sleep(pause)
        pause = min(2 * pause, LATER)
        job = session.client.get(service, f"{path}/{job['id']}", persona)
    if job["state"] != "done":
        raise Failure(Code.UNREACHABLE, "job-failed", service=service, reason=job["error"])
    return job["result"]
