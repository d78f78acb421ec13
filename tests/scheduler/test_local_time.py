"""Wall times that a clock change skips or repeats are asked about, never guessed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from scheduler.local_time import (
    TimeIsRepeated,
    TimeIsSkipped,
    instant_from_wall_clock,
)

NEW_YORK = ZoneInfo("America/New_York")


def test_an_ordinary_time_becomes_the_instant_at_which_clocks_show_it() -> None:
    winter = instant_from_wall_clock(NEW_YORK, date(2026, 1, 5), time(9, 30))
    summer = instant_from_wall_clock(NEW_YORK, date(2026, 7, 6), time(9, 30))

    assert winter == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    assert summer == datetime(2026, 7, 6, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_skipped_time_is_refused_with_what_to_do(minute: int) -> None:
    with pytest.raises(TimeIsSkipped, match="Choose an earlier or a later time"):
        instant_from_wall_clock(NEW_YORK, date(2026, 3, 8), time(2, minute))


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_repeated_time_is_refused_with_what_to_do(minute: int) -> None:
    with pytest.raises(TimeIsRepeated, match="twice"):
        instant_from_wall_clock(NEW_YORK, date(2026, 11, 1), time(1, minute))


def test_the_edges_of_both_clock_changes_are_accepted() -> None:
    spring, autumn = date(2026, 3, 8), date(2026, 11, 1)

    assert instant_from_wall_clock(NEW_YORK, spring, time(1, 59)).hour == 6
    assert instant_from_wall_clock(NEW_YORK, spring, time(3)).hour == 7
    assert instant_from_wall_clock(NEW_YORK, autumn, time(0, 59)).hour == 4
    assert instant_from_wall_clock(NEW_YORK, autumn, time(2)).hour == 7
