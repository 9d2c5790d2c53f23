"""The published policies as the record has them, whichever replica published them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.contracts.evaluation import PolicyPublished
from shared.eventstore import EventStore
from shared.history import history
from shared.mongo import patiently
from shared.programme.policy import Policy, parse_policy
from shared.programme.policy_time import Published, in_force_at
from shared.service import Service

_STREAMS = {"$gte": "policy-", "$lt": "policy."}


@dataclass
class Rulebook:
    """The policies that apply to submissions. `known` and `texts` are by version."""

    service: Service
    known: dict[str, Published] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    _parsed: dict[str, Policy] = field(default_factory=dict)
    _as_of: datetime | None = None

    async def know(self, moment: datetime) -> None:
        """Have every policy that was recorded by `moment`; what was recorded later does not apply to it."""
        if self._as_of is not None and moment < self._as_of:
            return
        asked = datetime.now(UTC)
        for published, text in await in_record(self.service.store, self.known):
            self.known[published.version], self.texts[published.version] = published, text
        self._as_of = asked

    def at(self, moment: datetime) -> Policy:
        """The policy that applies to what was recorded at `moment`, which must be known.

        Raises LookupError if none does, and `PolicyError` if it is of a later release than this code.
        """
        version = in_force_at(self.known.values(), moment).version
        if version not in self._parsed:
            self._parsed[version] = parse_policy(self.texts[version])
        return self._parsed[version]


async def in_record(store: EventStore, but: dict[str, Published] | None = None) -> list[tuple[Published, str]]:
    """The published policies with their texts, except those that are known."""
    query = {"log": {"$in": store.log_names}, "stream": _STREAMS}
    found = await patiently(lambda: store.commits.find(query, {"stream": 1, "_id": 0}).to_list(None))
    new = {document["stream"] for document in found} - {f"policy-{version}" for version in but or {}}
    events = [event for stream in sorted(new) for event in await history(store, stream)]
    return [
        (Published(event.fact.policy.version, event.fact.effective, event.recorded), event.fact.text)
        for event in events
        if isinstance(event.fact, PolicyPublished)
    ]
