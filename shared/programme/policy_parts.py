"""The parts of a selection policy: what its file holds. Unknown fields are refused.

Every number stands beside an `origin`, a key of the file's own `origins`; texts are in Spanish, Portuguese, English.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.programme import vocabulary as v
from shared.programme.words import Explanation

Cell = Literal["yes", "no", "uncertain_yes", "uncertain_no"]
Verdict = Literal["pass", "refer", "fail"]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Bound = Annotated[Decimal, Field(ge=0, le=1_000, max_digits=12, decimal_places=6)]
Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]
Short = Annotated[str, Field(min_length=1, max_length=1_000)]


class PolicyPart(BaseModel):
    """A part of a policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(PolicyPart):
    """A text in the three languages."""

    es: Short
    pt: Short
    en: Short

    def all(self) -> Explanation:
        """The text per language."""
        return {"es": self.es, "pt": self.pt, "en": self.en}

    def places(self) -> set[str]:
        """The names in braces. Raises ValueError for a malformed template, or one with a format of its own."""
        fields = [field for text in self.all().values() for field in Formatter().parse(text) if field[1] is not None]
        if any(spec or conversion for _, _, spec, conversion in fields):
            raise ValueError("only names may stand in braces")
        return {str(name) for _, name, _, _ in fields}


class Points(PolicyPart):
    """Points for each typology."""

    simple_network: Annotated[int, Field(ge=0, le=10)]
    complex_network: Annotated[int, Field(ge=0, le=10)]
    cluster: Annotated[int, Field(ge=0, le=10)]


class Answer(PolicyPart):
    """What an answer to a row gives, and its explanation; {places} are filled with the facts."""

    points: Points
    text: Text


class Row(PolicyPart):
    """A row of the typology table. Points of several answers add up, per typology to at most `maximum`."""

    label: Text
    origin: str
    maximum: Annotated[int, Field(ge=1, le=10)]
    answers: dict[str, Answer]


class MainItems(PolicyPart):
    """From which share of the budget on, in percent, a cost item counts as a main one."""

    share: Share
    origin: str


class Axis(PolicyPart):
    """Words, in any language and without accents, that tell a strategic axis; a word may be the start of one."""

    trust: list[Short]
    profitability: list[Short]
    shared_vision: list[Short]


class Rows(PolicyPart):
    """The seven rows."""

    promoter: Row
    firms: Row
    impacts: Row
    cost_items: Row
    term: Row
    territory: Row
    axis: Row


class ClassificationRules(PolicyPart):
    """When the points decide, and the rows that give them."""

    minimum_confidence: Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]
    minimum_rows: Annotated[int, Field(ge=1, le=7)]
    origin: str
    main_items: MainItems
    axis_words: Axis
    rows: Rows


class Range(PolicyPart):
    """Least and most, both included."""

    least: Count
    most: Count

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.least > self.most:
            raise ValueError(f"least ({self.least}) must not exceed most ({self.most})")
        return self

    def holds(self, value: int) -> bool:
        """Whether the value lies in the range."""
        return self.least <= value <= self.most


class FirmRange(Range):
    """How many firms, of the whole project or of each group."""

    per: Literal["project", "group"]


class Firms(PolicyPart):
    """Firms per typology; a cluster has no cap."""

    origin: str
    simple_network: FirmRange
    complex_network: FirmRange


class Terms(PolicyPart):
    """Months per typology."""

    origin: str
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
    """The twelve expected results; `outside` and `uncertain` are the verdicts. What is uncertain never fails."""

    origin: str
    outside: Verdict
    uncertain: Literal["pass", "refer"]
    rows: dict[v.ResultCode, ResultRule]


class Items(PolicyPart):
    """For which typologies each cost item is usual."""

    origin: str
    unusual: Verdict
    rows: dict[v.CostItem, list[v.Typology]]


class Criterion(PolicyPart):
    """A selection criterion: its weight in percent, the least human score (1 to 5), the evidence that is asked for."""

    label: Text
    weight: Share
    minimum_score: Annotated[int, Field(ge=1, le=5)]
    origin: str
    weight_origin: str
    evidence: list[Text]


class Criteria(PolicyPart):
    """The five selection criteria."""

    market_prospects: Criterion
    business_participation: Criterion
    critical_mass: Criterion
    institutional_experience: Criterion
    institutional_leadership: Criterion


class Bands(PolicyPart):
    """From `passes` on: pass; from `refers` on: to a person; below: fail."""

    refers: Bound
    passes: Bound
    origin: str

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        if self.refers > self.passes:
            raise ValueError(f"refers ({self.refers}) must not exceed passes ({self.passes})")
        return self


class Quotient(Bands):
    """Bounds of the location quotient; below `small_locality` inhabitants it is unstable, and a person is warned."""

    small_locality: Count
    small_locality_origin: str


class Counterpart(PolicyPart):
    """The least share of the counterpart in the total, and of its cash in the total, in percent."""

    minimum_share: Share
    minimum_cash_share: Share
    origin: str


class Committed(PolicyPart):
    """Executed projects and committed entities that are asked for at least."""

    sme_projects: Count
    local_entities: Count
    national_entities: Count
    origin: str


class CheckRule(PolicyPart):
    """A machine check: its name, the verdict if it does not hold, how to fix it, the criterion that it serves.

    Checks with bands or verdicts of their own (critical mass, quotient, cost items, results) leave `otherwise` out.
    """

    title: Text
    fix: Text
    criterion: str | None = None
    otherwise: Verdict | None = None


class PolicyFile(PolicyPart):
    """What a policy file holds."""

    version: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[a-z0-9-]{1,40}$")]
    effective: date
    title: Text
    origins: dict[str, Text]
    classification: ClassificationRules
    firms: Firms
    terms: Terms
    results: Matrix
    support_areas: list[v.SupportArea]
    cost_items: Items
    criteria: Criteria
    critical_mass: Bands
    location_quotient: Quotient
    counterpart: Counterpart
    commitments: Committed
    checks: dict[str, CheckRule]
