"""From what people type to an instant: wall times that the clock skips or repeats."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from courses.errors import BadInput
from scheduler.planning.wording import day_text


class TimeIsSkipped(BadInput):
    rule = "time.skipped"
    sentence = "The clocks skip this time. Choose an earlier or a later time."


class TimeIsRepeated(BadInput):
    rule = "time.repeated"
    sentence = "The clocks show this time twice. Choose an earlier or a later time."


def instant_from_wall_clock(zone: ZoneInfo, on: date, at: time) -> datetime:
    """Return the UTC instant at which the zone's clocks show this time on this day.

    Raises TimeIsSkipped or TimeIsRepeated in the hour of a clock change, because the
    one who typed it can choose better than a guess.
    """
    wall = datetime.combine(on, at)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    said = f"{at:%H:%M} on {day_text(on)}"
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        raise TimeIsSkipped.because(
            f"The clocks skip {said}: they are set forward. "
            "Choose an earlier or a later time."
        )
    if first != second:
        raise TimeIsRepeated.because(
            f"The clocks show {said} twice: they are set back. "
            "Choose a time before or after that hour."
        )
    return first
