"""The plan of the house: which files a service has, and the few things that are as they are for a reason."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "evaluation", "monitoring", "reporting")

ROOMS = {
    "__init__": "what it does, topics read, topics written",
    "__main__": "process entry",
    "app": "composition root: the only wiring",
    "settings": "typed environment",
    "commands": "orders",
    "decider": "pure: State, initial, evolve, decide",
    "refusals": "pure: why an order is refused, in three languages",
    "api": "HTTP door: request -> command -> execute -> reply",
    "replies": "the forms of the HTTP door's answers",
    "inbox": "Kafka door: someone else's event -> own command, or projection",
    "projection": "pure: document + event -> document",
    "queries": "reads of its own documents",
    "pages": "its HTML pages",
}
"""The same name means the same role in every service. A service that lacks the role lacks the file."""

OWN_ROOMS = {
    "evaluation": {"policies": "selection policies as versioned data files"},
    "reporting": {"streams": "feeds to headquarters", "exports": "reports in other formats"},
}
"""What the plan gives to one service alone."""

PARTS: dict[str, dict[str, str]] = {
    "intake": {
        "people": "api: the doors of the directory",
        "directory": "queries: people, who can be changed and erased",
    },
    "evaluation": {
        "approvals": "api: the doors of historical approvals",
        "backtesting": "api: a changed policy on past proposals",
        "publishing": "app: policies become events at the start",
        "records": "decider: historical approvals and policies",
        "rulebook": "queries: the published policies as the record has them",
        "selection": "api: the doors of policies",
        "terms": "decider: from a proposal or a record to what was approved",
    },
    "monitoring": {
        "amounts": "replies: amounts with the events behind them",
        "figures": "decider: amounts of contributions and their corrections",
        "evolve": "decider: how each fact changes the state",
        "state": "decider: State and evolve",
    },
    "reporting": {
        "audit": "queries: the read model against the journal, the journal against itself",
        "changes": "app: what changes in the database, told to all who wait for it",
        "chain": "queries: a log's events all there and unchanged",
        "feeds": "projection: rows to headquarters, in its transaction",
        "figures": "projection: exact sums",
        "following": "api: who follows a stream",
        "journal": "inbox: all events received, append-only",
        "model": "projection: how sheets are kept",
        "parameters": "api: as of which day, known when, of which country",
        "portfolio": "projection: the projects of a report",
        "proof": "queries: store = topic = read model",
        "published": "projection: what the compacted topics have told",
        "rebuild": "projection: build beside, catch up, switch",
        "report": "queries: figures as of a date, known at a time",
        "rows": "projection: a row to headquarters",
        "sheet": "projection: one country's or cluster's entries",
        "sources": "api: who may read whose events",
        "sse": "api: Server-Sent Events, resumable",
        "totals": "projection: from entries to figures",
    },
}
"""Parts of a room that has grown beyond one file: `<room>: what`. A new file is named here, or it fails."""

DATA = {".py", ".yaml", ".json", ".html", ".css", ".js", ".svg"}

TESTS_OF_NO_ROOM = {
    "roles": "who may use which door",
    "properties": "invariants, searched for with hypothesis",
    "long_stream": "an aggregate of very many events",
    "protocol": "two services never decide about the same thing at once",
}
"""Files of tests that are named after what they prove, not after a module of the service."""

LONG: dict[str, tuple[int, str]] = {
    "deploy/local/stack.py": (210, "a stack: its parts in the order in which they start"),
    "services/evaluation/decider.py": (220, "one aggregate, read from top to bottom: State, initial, evolve, decide"),
    "services/monitoring/api.py": (250, "a door of a few lines for each of fourteen orders"),
    "services/monitoring/projection.py": (220, "one document, a case for each event"),
    "shared/consume.py": (250, "what happens to a batch, in one place, so that no path can lose it"),
    "shared/eventstore/writer.py": (230, "one task that takes, checks, numbers and chains: its order is the proof"),
    "shared/subscribe.py": (260, "position, chain and effect in one transaction"),
}
"""Files over the limit: how long they may be, and why."""

LINES = 200
TEST_LINES = 500
"""Tests are tables of cases, read from top to bottom, and may be longer."""


@cache
def files(*suffixes: str) -> list[Path]:
    """All files of the repository with one of the suffixes (all if none is given), those not yet added too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    found = sorted({ROOT / name for name in listed if name})
    return [file for file in found if file.is_file() and (not suffixes or file.suffix in suffixes)]


def name_of(file: Path) -> str:
    """The file's path within the repository."""
    return file.relative_to(ROOT).as_posix()
