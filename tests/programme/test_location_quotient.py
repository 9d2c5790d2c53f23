"""docs/location-quotient.md: every worked example is computed again from its own counts, and judged by the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest

from shared.programme.quotient import as_text, interpretation, location_quotient
from shared.programme.screen import screen
from tests.programme.building import ROOT, build, default_policy

PAGE = ROOT / "docs" / "location-quotient.md"
_LINE = re.compile(r"\| (\d+) \| (.+) \|")


@dataclass(frozen=True)
class Example:
    """A line of the page's table; `exact` is None where the quotient is not defined."""

    number: str
    basis: str
    local: tuple[int, int]
    region: tuple[int, int]
    inhabitants: str | None
    exact: Fraction | None
    shown: str
    verdict: str

    @property
    def quotient(self) -> Fraction | None:
        return location_quotient(*self.local, *self.region)


def examples() -> list[Example]:
    lines = map(_LINE.fullmatch, PAGE.read_text("utf-8").splitlines())
    cells = [(match[1], match[2].split(" | ")) for match in lines if match]
    return [_example(number, rest) for number, rest in cells if len(rest) == 8]


def _example(number: str, cells: list[str]) -> Example:
    _, basis, local, region, inhabitants, exact, shown, verdict = cells
    return Example(
        number=number,
        basis=basis,
        local=_counts(local),
        region=_counts(region),
        inhabitants=None if inhabitants == "-" else inhabitants.replace(",", ""),
        exact=None if exact == "-" else Fraction(exact),
        shown=shown,
        verdict=verdict,
    )


def _counts(words: str) -> tuple[int, int]:
    part, whole = words.replace(",", "").split(" of ")
    return int(part), int(whole)


def test_the_page_has_at_least_ten_examples_of_every_kind() -> None:
    found = examples()
    assert len(found) >= 10
    assert [example.number for example in found] == [str(i) for i in range(1, len(found) + 1)]
    assert {example.basis for example in found} == {"employment", "establishments"}
    assert {example.verdict.partition(",")[0] for example in found} == {"pass", "refer", "fail", "unknown"}


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.number)
def test_an_example_is_computed_exactly(example: Example) -> None:
    """By the function, and once more as a quotient of two shares."""
    assert example.quotient == example.exact
    if example.exact is None:
        assert example.shown == "not defined"
        return
    assert Fraction(*example.local) / Fraction(*example.region) == example.exact
    assert as_text(example.exact) == example.shown
    assert Fraction(example.shown) <= example.exact < Fraction(example.shown) + Fraction(1, 10_000)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.number)
def test_an_example_gets_its_verdict(example: Example) -> None:
    """In a whole proposal, with the locality's inhabitants, by the default policy."""
    words = "{} of {} here, {} of {} in the region".format(*example.local, *example.region)
    change = {"quotient counts": words, "basis": example.basis, "places": {"Ubá": example.inhabitants or "?"}}
    checks = screen(build("cluster", change), default_policy(), "cluster").checks
    [check] = [c for c in checks if c.code == "location_quotient"]
    verdict, _, warning = example.verdict.partition(", ")
    assert (check.verdict, check.warning is not None) == (verdict, warning == "warning")
    if example.exact is not None:
        assert check.value == example.shown
        assert example.shown in check.explanation["es"]


@pytest.mark.parametrize(
    ("counts", "quotient"),
    [
        ((0, 1, 1, 1), Fraction(0)),
        ((1, 1, 1, 2), Fraction(2)),
        ((1, 2, 1, 1), Fraction(1, 2)),
        ((5, 0, 1, 1), None),
        ((1, 2, 0, 1), None),
        ((1, 2, 3, 0), None),
    ],
)
def test_a_quotient_of_the_smallest_counts(counts: tuple[int, int, int, int], quotient: Fraction | None) -> None:
    """Not defined as soon as there is nothing to divide by."""
    assert location_quotient(*counts) == quotient


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(5, 4), "weighs more in the locality"),
        (Fraction(1), "just what it weighs in the region"),
        (Fraction(99, 100), "weighs less in the locality"),
        (None, "is not defined"),
    ],
)
def test_a_value_is_put_into_words(value: Fraction | None, words: str) -> None:
    """In three languages; what is defined is shown with its limits."""
    texts = interpretation(value)
    assert words in texts["en"]
    assert value is None or as_text(value) in texts["pt"]
    assert set(texts) == {"es", "pt", "en"}
    assert ("nor whether they cooperate" in texts["en"]) == (value is not None)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(2, 3), 4, "0.6666"),
        (Fraction(2, 3), 1, "0.6"),
        (Fraction(124_999_999, 100_000_000), 4, "1.2499"),
        (Fraction(5, 4), 4, "1.25"),
        (Fraction(10), 4, "10"),
        (Fraction(1000), 2, "1000"),
        (Fraction(0), 4, "0"),
        (Fraction(1, 100_000), 4, "0"),
    ],
)
def test_a_value_is_cut_and_never_rounded_up(value: Fraction, places: int, text: str) -> None:
    assert as_text(value, places) == text
    assert Decimal(text) <= value


def test_the_bounds_on_the_page_are_the_policys() -> None:
    """The page speaks of 1, 1.25, 4,100 inhabitants, 10 and 30 firms: so does the default policy."""
    policy = default_policy()
    quotient, firms = policy.location_quotient, policy.critical_mass
    assert (quotient.refers, quotient.passes) == (Decimal(1), Decimal("1.25"))
    assert quotient.small_locality == 4100
    assert (firms.refers, firms.passes) == (Decimal(10), Decimal(30))
    text = PAGE.read_text("utf-8")
    assert all(words in text for words in ("1.25 and more", "Below 4,100 inhabitants", "10 to 29 go to a person"))
