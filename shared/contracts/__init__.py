"""Every event that crosses a service's wall, defined once: envelope, one module per emitting service, registry.

Importing this package registers every fact, so that `registry.decode` knows all of them.
"""

from shared.contracts import evaluation, intake, monitoring, reporting
from shared.contracts.base import CloudEvent, Fact, Recorded
from shared.contracts.registry import UnknownEventType, decode

__all__ = [
    "CloudEvent",
    "Fact",
    "Recorded",
    "UnknownEventType",
    "decode",
    "evaluation",
    "intake",
    "monitoring",
    "reporting",
]
