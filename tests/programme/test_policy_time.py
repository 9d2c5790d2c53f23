"""Which policy applies follows from when the submission and the policies were recorded, and from nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.programme.policy_time import Published, applies_from, in_force_at

START = datetime(2020, 1, 1, 9, tzinfo=UTC)
LATE = datetime(2026, 3, 1, 9, tzinfo=UTC)
DEFAULT = Published("2000-01-01.default", date(2000, 1, 1), START + timedelta(milliseconds=5))
NEXT = Published("2015-01-01.next", date(2015, 1, 1), START)


def version(published: list[Published], moment: datetime) -> str:
    found = {in_force_at(order, moment).version for order in permutations(published)}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("moment", "applied"),
    [
        (datetime(2014, 12, 31, 23, 59, 59, tzinfo=UTC), DEFAULT),
        (datetime(2015, 1, 1, tzinfo=UTC), NEXT),
        (LATE, NEXT),
    ],
)
def test_the_policies_of_the_first_start_apply_from_their_days(moment: datetime, applied: Published) -> None:
    assert version([DEFAULT, NEXT], moment) == applied.version


@pytest.mark.parametrize("day", [date(2010, 1, 1), date(2026, 1, 1), date(2026, 3, 1)])
def test_a_late_policy_applies_from_the_moment_it_was_recorded(day: date) -> None:
    late = Published(f"{day}.late", day, LATE)
    published = [DEFAULT, NEXT, late]
    assert version(published, LATE - timedelta(milliseconds=1)) == NEXT.version
    assert version(published, LATE) == late.version


def test_a_policy_that_is_announced_applies_from_its_day() -> None:
    coming = Published("2027-01-01.firmer", date(2027, 1, 1), LATE)
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    assert applies_from(coming, [DEFAULT, coming]) == midnight
    assert version([DEFAULT, coming], midnight - timedelta(milliseconds=1)) == DEFAULT.version
    assert version([DEFAULT, coming], midnight) == coming.version


def test_one_that_is_older_than_all_the_others_fills_the_time_before_them() -> None:
    older = Published("1999-01-01.older", date(1999, 1, 1), LATE)
    assert version([DEFAULT, NEXT, older], datetime(1999, 6, 1, tzinfo=UTC)) == older.version
    assert version([DEFAULT, NEXT, older], LATE + timedelta(days=1)) == NEXT.version
    with pytest.raises(LookupError, match="1998-12-31"):
        in_force_at([DEFAULT, NEXT, older], datetime(1998, 12, 31, tzinfo=UTC))


MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
LATER = st.builds(
    lambda days, recorded: Published(f"{days}", date(2000, 1, 2) + timedelta(days=days), recorded),
    st.integers(0, 12_000),
    st.datetimes(datetime(2020, 1, 2), datetime(2030, 1, 1), timezones=st.just(UTC)),
)


@given(st.lists(LATER, max_size=5, unique_by=lambda one: one.version), LATER, MOMENTS)
def test_what_is_recorded_later_never_changes_what_applied(
    later: list[Published], one: Published, moment: datetime
) -> None:
    published = [DEFAULT, *(other for other in later if other.version != one.version)]
    if one.recorded > moment:
        assert in_force_at([*published, one], moment) == in_force_at(published, moment)
