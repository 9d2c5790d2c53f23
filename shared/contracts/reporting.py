"""What reporting tells headquarters, on the compacted topics `reporting.countries` and `reporting.clusters`.

A row is the latest state of its key, not a step of a history: the event's `subject` and the Kafka key are the row's
key, its `sequence` is the revision. A lower revision than one already seen is old; a key that is gone gets a tombstone.
"""

from __future__ import annotations

from decimal import Decimal

from shared.contracts.base import Fact
from shared.contracts.values import Text, Value


class Figure(Value):
    """One figure of a row.

    `group` says which part of the total it is (a status, a typology, a kind of contribution), None for the whole;
    `currency` (ISO 4217) is that of an amount, None for a count. Currencies are never added up. `shared_by` is 1 for
    what is the key's own; a project of several clusters shows its figures in each of them as shared by that many: never
    split. What a project does outside of all clusters, such as nationwide, counts as one more of them.
    """

    name: str
    group: str | None = None
    currency: str | None = None
    shared_by: int = 1
    value: Decimal


class Reported(Fact):
    """The figures of one key. `revision` rises with every change of the row, from 1.

    `positions` tells what the figures have seen: for each log (such as `monitoring-3`) the last event's position and
    index, as `n.index`.
    """

    key: str
    country: str
    revision: int
    figures: list[Figure]
    positions: dict[str, str]


class CountryReported(Reported, type="country.reported.v1"):
    """The figures of a country as they stand; `key` is the country's code."""


class ClusterReported(Reported, type="cluster.reported.v1"):
    """The figures of a cluster, a place and a sector within a country, as they stand; `key` is the cluster's."""

    place: str
    sector: Text
