"""The selection policies: read from their folder at the start, and each published once as an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.evaluation.commands import PublishPolicy
from services.evaluation.records import POLICY
from services.evaluation.refusals import MISSING, PUT_BACK
from services.evaluation.rulebook import in_record
from shared.contracts.values import PolicyRef
from shared.errors import Refused
from shared.eventstore import EventStore
from shared.execute import Context, execute
from shared.programme.policy import Policy, PolicyError, load_policies, read_folder
from shared.programme.policy_time import Published
from shared.programme.words import fill
from shared.settings import SettingsError

FOLDER = Path(__file__).parent / "policies"


@dataclass(frozen=True)
class Policies:
    """The policies of the folder, by effective date, and their texts by version."""

    loaded: Sequence[Policy]
    texts: Mapping[str, str]


def read(folder: Path = FOLDER) -> Policies:
    """The policies of the folder; raises `SettingsError` with file, line and field of everything that is wrong."""
    try:
        files = read_folder(folder)
        loaded = load_policies(files)
    except (OSError, PolicyError) as error:
        raise SettingsError(f"the policies in {folder} can't be used:\n{error}") from None
    return Policies(loaded, {policy.version: files[f"{policy.version}.yaml"] for policy in loaded})


async def publish(store: EventStore, policies: Policies) -> None:
    """Publish what is not published yet; raises `Refused` if a published policy has changed or is gone.

    Many replicas may do so at once: each policy has one stream, and a second event on it is refused.
    """
    published = [found for found, _ in await in_record(store)]
    for policy in _in_order(policies.loaded, published):
        order = PublishPolicy(
            policy=PolicyRef(version=policy.version, hash=policy.hash),
            effective=policy.effective,
            text=policies.texts[policy.version],
        )
        # the hash is part of the key: a changed text is another order, which the decider refuses
        key = f"{policy.version}:{policy.hash}"
        context = Context(f"service:{store.service}", key, key)
        await execute(store, POLICY, f"policy-{policy.version}", order, context)
    if gone := sorted({found.version for found in published} - set(policies.texts)):
        raise Refused("policy.missing", fill(MISSING, version=", ".join(gone)), fix=PUT_BACK)


def _in_order(loaded: Sequence[Policy], published: Sequence[Published]) -> Iterator[Policy]:
    """Older than all that is published, the latest first: those apply from their day (`policy_time.applies_from`)."""
    first = min((found.effective for found in published), default=None)
    yield from (policy for policy in reversed(loaded) if first is None or policy.effective < first)
    yield from (policy for policy in loaded if first is not None and policy.effective >= first)
