"""A text that was taken is taken again as it is: what is recorded can be read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.programme.text import Amount, Day, Line, Measure, Paragraph, Percent, Prose, Reason

LIMITS = {"line": 300, "paragraph": 1_000, "reason": 2_000, "prose": 10_000}
KINDS: dict[str, TypeAdapter[str]] = {
    "line": TypeAdapter(Line),
    "paragraph": TypeAdapter(Paragraph),
    "reason": TypeAdapter(Reason),
    "prose": TypeAdapter(Prose),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("letter", ["\u0958", "\ufb2c"])
def test_a_text_is_as_long_as_it_is_once_composed(kind: str, letter: str) -> None:
    """Some characters become several under NFC."""
    with pytest.raises(ValidationError) as caught:
        KINDS[kind].validate_python(letter * (LIMITS[kind] // 2 + 1))
    (error,) = caught.value.errors()
    assert (error["type"], error["ctx"]) == ("string_too_long", {"max_length": LIMITS[kind]})


@example("\u0958" * 150)
@given(st.text(max_size=310))
def test_what_was_taken_is_taken_again_unchanged(text: str) -> None:
    for kind, adapter in KINDS.items():
        try:
            taken = adapter.validate_python(text)
        except ValidationError:
            continue
        assert adapter.validate_python(taken) == taken
        assert len(taken) <= LIMITS[kind]


@pytest.mark.parametrize("text", ["-0", "-0.00", "0", "0.00"])
def test_nothing_is_never_less_than_nothing(text: str) -> None:
    for kind in (Amount, Percent, Measure):
        assert str(TypeAdapter(kind).validate_python(text)) == text.removeprefix("-")


@pytest.mark.parametrize("written", ['"86400"', "86400", '"2026-1-31"', '"2026-02-30"', '"2026-01-31T00:00:00"', '""'])
def test_a_day_is_written_as_one(written: str) -> None:
    """A bare number would be taken for seconds since 1970."""
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_json(written, strict=True)
    assert TypeAdapter(Day).validate_json('"2024-02-29"', strict=True) == date(2024, 2, 29)
