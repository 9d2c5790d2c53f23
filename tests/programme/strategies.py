"""Valid proposals of every kind for property tests: an example with any of the changes that the builder knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from hypothesis import strategies as st
from pydantic import BaseModel

from shared.programme import vocabulary as v
from shared.programme.proposal import Proposal
from shared.programme.text import Texts
from tests.programme.building import BASES, build
from tests.programme.building_parts import MEASURES

AXES = (
    "Confianza entre las empresas",
    "A rentabilidade do negócio coletivo",
    "A shared vision of the territory",
    "Confianza y rentabilidad",
    "Vender más",
)


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    """Whole numbers in words."""
    return st.integers(least, most).map(str)


@st.composite
def quotient_counts(draw: st.DrawFn) -> str:
    """Counts in which no part exceeds its whole."""
    local, region = draw(st.integers(0, 5_000)), draw(st.integers(0, 50_000))
    here, there = draw(st.integers(0, local)), draw(st.integers(0, region))
    return f"{here} of {local} here, {there} of {region} in the region"


@st.composite
def cost_items(draw: st.DrawFn) -> dict[str, str]:
    """Items whose percentages, in tenths, add up to 100."""
    items = draw(st.lists(st.sampled_from(get_args(v.CostItem)), min_size=1, max_size=5, unique=True))
    cuts = draw(st.lists(st.integers(0, 1000), min_size=len(items) - 1, max_size=len(items) - 1).map(sorted))
    tenths = [b - a for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]
    return {item: f"{part / 10:.1f}" for item, part in zip(items, tenths, strict=True)}


@st.composite
def money(draw: st.DrawFn) -> dict[str, str]:
    """A fund amount and some pledges, in whole units or cents."""
    amount = st.integers(0, 1_000_000).map(lambda cents: f"{cents / 100:.2f}")
    payers = st.sampled_from(["firms in cash", "firms in kind", "agency in cash", "others in kind"])
    return {"fund": draw(amount), **draw(st.dictionaries(payers, amount, max_size=4))}


SIZED = st.builds(
    lambda count, size, role: f"{count} {size}{role}",
    st.integers(1, 8),
    st.sampled_from(get_args(v.SizeClass)),
    st.sampled_from(["", " (grower)", " (packer)"]),
)
GROUPS = st.lists(
    st.one_of(numbers(0, 25), st.just("?"), st.lists(SIZED, min_size=1, max_size=3).map(", ".join)), max_size=4
)
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "declared": st.sampled_from(get_args(v.Typology)),
    "language": st.sampled_from(get_args(v.Language)),
    "axis": st.sampled_from(AXES),
    "promoter": st.sampled_from(get_args(v.PromoterKind)),
    "groups": GROUPS,
    "sector firms": st.one_of(st.just("none"), numbers(0, 60)),
    "trade association": st.sampled_from(["none", "Association"]),
    "quotient counts": st.one_of(st.just("none"), quotient_counts()),
    "places": st.dictionaries(
        st.sampled_from(["Ubá", "Rodeiro", "Here", "Todo el país"]), st.one_of(st.just("?"), numbers(0, 9_000))
    ),
    "months": numbers(1, 70),
    "areas": st.lists(st.sampled_from(get_args(v.SupportArea)), min_size=1, max_size=5, unique=True),
    "results": st.dictionaries(
        st.sampled_from(get_args(v.ResultCode)), st.sampled_from(["no indicator", *MEASURES]), min_size=1, max_size=6
    ),
    "small-firm projects": numbers(0, 2),
    "network projects": numbers(0, 2),
    "local entities": numbers(0, 2),
    "national entities": numbers(0, 2),
    "money": money(),
    "cost items": cost_items(),
}


@st.composite
def changes(draw: st.DrawFn, base: str) -> dict[str, Any]:
    """Any of the changes; a cluster has no orientation."""
    change = draw(st.fixed_dictionaries({}, optional=CHANGES))
    declared = change.get("declared", base.replace(" ", "_"))
    wanted = "none" if declared == "cluster" else draw(st.sampled_from(["none", "horizontal", "vertical"]))
    return {**change, "orientation": wanted}


@st.composite
def proposals(draw: st.DrawFn, *bases: str) -> Proposal:
    """A valid proposal made from one of the bases, all of them if none is given."""
    base = draw(st.sampled_from(bases or tuple(BASES)))
    return build(base, draw(changes(base)))


Step = str | int


def optional_facts(part: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """The paths of all facts that are given and that the model lets a source leave out, but for texts' languages."""
    if isinstance(part, list):
        for i, inner in enumerate(part):
            yield from optional_facts(inner, (*path, i))
    elif isinstance(part, BaseModel) and not isinstance(part, Texts):
        for name, info in type(part).model_fields.items():
            value = getattr(part, name)
            if value is not None and not info.is_required() and info.default is None:
                yield (*path, name)
            yield from optional_facts(value, (*path, name))


def without(proposal: Proposal, path: tuple[Step, ...]) -> Proposal:
    """The proposal with one fact left out."""
    document = proposal.model_dump(mode="json")
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return Proposal.model_validate(document, strict=False)
