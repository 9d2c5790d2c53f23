"""The parts of a selection policy: what its file holds. Unknown fields are refused.

Every number stands beside the field that gives its origin, a key of the file's own `origins`: `origin` for what is not
named otherwise. Texts are in Spanish, Portuguese and English.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.policy_base import DAY, WHOLE, Bands, Cell, Count, Origin, PolicyPart, Range, Share, Text, Verdict
from shared.programme.policy_typology import ClassificationRules, Fundamental, Promoters

Score = Literal["1", "2", "3", "4", "5"]


class FirmRange(Range):
    """How many firms, of the whole project or of each group."""

    per: Literal["project", "group"]


class Firms(PolicyPart):
    """Firms per typology; a cluster has no cap."""

    origin: Origin
    simple_network: FirmRange
    complex_network: FirmRange


class Terms(PolicyPart):
    """Months per typology."""

    origin: Origin
    simple_network: Range
    complex_network: Range
    cluster: Range


class ResultRule(PolicyPart):
    """A row of the matrix of expected results: who may expect it, how deep it goes, which firm-level effects it has."""

    simple_network: Cell
    complex_network: Cell
    cluster: Cell
    impact: Literal["limited", "deep", "broad"]
    effects: list[v.Effect]


class Matrix(PolicyPart):
    """The twelve expected results; `outside` and `uncertain` are the verdicts. What is uncertain never fails.

    `origin` is that of the cells, `impact_origin` that of each result's impact and effects.
    """

    origin: Origin
    impact_origin: Origin
    verdict_origin: Origin
    outside: Verdict
    uncertain: Literal["pass", "refer"]
    rows: dict[v.ResultCode, ResultRule]


class SupportAreas(PolicyPart):
    """The eligible support areas."""

    origin: Origin
    codes: list[v.SupportArea]


class ItemRule(PolicyPart):
    """For which typologies a cost item is usual."""

    usual: Annotated[list[v.Typology], Field(min_length=1)]
    origin: Origin


class Items(PolicyPart):
    """The cost items; `unusual` is the verdict on one that is not usual for the typology."""

    origin: Origin
    unusual: Verdict
    verdict_origin: Origin
    rows: dict[v.CostItem, ItemRule]


class Criterion(PolicyPart):
    """A selection criterion: its weight in percent, what a person scores from 1 to 5, and the evidence asked for.

    `scored` says what the score is about and `scale` what each score means; below `minimum_score` the criterion is
    not met.
    """

    label: Text
    origin: Origin
    weight: Share
    weight_origin: Origin
    scored: Text
    scale: dict[Score, Text]
    minimum_score: Annotated[int, WHOLE, Field(ge=1, le=5)]
    score_origin: Origin
    evidence: Annotated[list[Text], Field(min_length=1)]
    evidence_origin: Origin


class Criteria(PolicyPart):
    """The five selection criteria."""

    market_prospects: Criterion
    business_participation: Criterion
    critical_mass: Criterion
    institutional_experience: Criterion
    institutional_leadership: Criterion


class Quotient(Bands):
    """Bounds of the location quotient; below `small_locality` inhabitants it is unstable, and a person is warned."""

    small_locality: Count
    small_locality_origin: Origin


class Counterpart(PolicyPart):
    """The least share of the counterpart in the total, and the part of that minimum that must be in cash, in percent.

    `firms_above` is the amount, in the proposal's currency, that the firms' own contribution must exceed.
    """

    minimum_share: Share
    cash_part_of_minimum: Share
    origin: Origin
    firms_above: Count
    firms_origin: Origin

    @property
    def minimum_cash_share(self) -> Decimal:
        """The least share of the counterpart's cash in the total, in percent: it follows the minimum of the whole."""
        exact = self.minimum_share * self.cash_part_of_minimum / 100
        return exact.normalize() if exact % 1 else exact.quantize(Decimal(1))


class Committed(PolicyPart):
    """Executed projects and committed entities that are asked for at least."""

    sme_projects: Count
    local_entities: Count
    national_entities: Count
    origin: Origin


class Localities(PolicyPart):
    """The localities that a cluster names at least; networks need none."""

    cluster: Count
    origin: Origin


class CheckRule(PolicyPart):
    """A machine check: its name, the verdict if it does not hold, how to fix it, the criterion that it serves.

    Checks with bands or verdicts of their own (critical mass, quotient, cost items, results) leave `otherwise` out.
    """

    title: Text
    fix: Text
    criterion: str | None = None
    otherwise: Literal["refer", "fail"] | None = None
    otherwise_origin: Origin | None = None


class PolicyFile(PolicyPart):
    """What a policy file holds."""

    version: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[a-z0-9-]{1,40}$")]
    effective: Annotated[date, DAY]
    title: Text
    origins: Annotated[dict[str, Text], Field(min_length=1)]
    classification: ClassificationRules
    firms: Firms
    terms: Terms
    results: Matrix
    support_areas: SupportAreas
    cost_items: Items
    criteria: Criteria
    critical_mass: Bands
    location_quotient: Quotient
    counterpart: Counterpart
    commitments: Committed
    localities: Localities
    fundamental: Fundamental
    promoters: Promoters
    checks: dict[str, CheckRule]
