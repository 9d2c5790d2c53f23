"""The part of a policy that classifies: the rows of the typology table, when their points decide, who promotes what."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.programme import vocabulary as v
from shared.programme.policy_base import NUMBER, WHOLE, Origin, PolicyPart, Share, Short, Text


class Points(PolicyPart):
    """Points for each typology."""

    simple_network: Annotated[int, WHOLE, Field(ge=0, le=10)]
    complex_network: Annotated[int, WHOLE, Field(ge=0, le=10)]
    cluster: Annotated[int, WHOLE, Field(ge=0, le=10)]


class Answer(PolicyPart):
    """What an answer to a row gives, and its explanation; {places} are filled with the facts."""

    points: Points
    text: Text


class Row(PolicyPart):
    """A row of the typology table. Points of several answers add up, per typology to at most `maximum`.

    `origin` is that of the row and its answers, `points_origin` that of the points and their maximum.
    """

    label: Text
    origin: Origin
    points_origin: Origin
    maximum: Annotated[int, WHOLE, Field(ge=1, le=10)]
    answers: dict[str, Answer]


class MainItems(PolicyPart):
    """From which share of the budget on, in percent, a cost item counts as a main one."""

    share: Share
    origin: Origin


class Axis(PolicyPart):
    """Words, in any language and with or without accents, that tell a strategic axis.

    They are matched as whole words; one that ends in `*` matches all words that begin so.
    """

    origin: Origin
    trust: Annotated[tuple[Short, ...], Field(min_length=1, max_length=100)]
    profitability: Annotated[tuple[Short, ...], Field(min_length=1, max_length=100)]
    shared_vision: Annotated[tuple[Short, ...], Field(min_length=1, max_length=100)]


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

    minimum_confidence: Annotated[Decimal, NUMBER, Field(ge=0, le=1, max_digits=7, decimal_places=6)]
    minimum_rows: Annotated[int, WHOLE, Field(ge=1, le=7)]
    origin: Origin
    main_items: MainItems
    axis_words: Axis
    rows: Rows


class Fundamental(PolicyPart):
    """What shows that the territory is fundamental: a locality compared with its region, or a used support area."""

    signs: Annotated[list[v.SupportArea | Literal["location_quotient"]], Field(min_length=1)]
    origin: Origin


class Promoters(PolicyPart):
    """The kinds of promoting entity that each typology is promoted by."""

    simple_network: Annotated[list[v.PromoterKind], Field(min_length=1)]
    complex_network: Annotated[list[v.PromoterKind], Field(min_length=1)]
    cluster: Annotated[list[v.PromoterKind], Field(min_length=1)]
    origin: Origin
