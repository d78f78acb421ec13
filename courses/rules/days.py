"""The days that a clinic can mean. Beyond them is a slip of the keyboard.

Far enough from the ends of the calendar that a day more or less, or another time
zone, never leaves it.
"""

from datetime import date

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2099, 12, 31)
OUTSIDE = "Choose a day between the years 1900 and 2099."


def is_sensible(day: date) -> bool:
    """Tell whether a clinic can mean that day."""
    return FIRST_DAY <= day <= LAST_DAY


def nearest_sensible(day: date) -> date:
    """Return the day itself, or the end of the calendar that it lies beyond."""
    return min(max(day, FIRST_DAY), LAST_DAY)
