"""The days that a clinic can mean. Beyond them is a slip of the keyboard.

Far enough from the ends of the calendar that a day more or less, or another time
zone, never leaves it.
"""

from datetime import date

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2099, 12, 31)
OUTSIDE = "Choose a day between the years 1900 and 2099."
# Nothing is planned further ahead: each day of the calendar takes time to read.
FAR_DAYS = 366
TOO_FAR = f"Choose a day within the next {FAR_DAYS} days."


def is_sensible(day: date) -> bool:
    """Tell whether a clinic can mean that day."""
    return FIRST_DAY <= day <= LAST_DAY


def is_too_far(day: date, today: date) -> bool:
    """Tell whether the day lies further ahead than anything is planned."""
    return (day - today).days > FAR_DAYS


def nearest_sensible(day: date) -> date:
    """Return the day itself, or the end of the calendar that it lies beyond."""
    return min(max(day, FIRST_DAY), LAST_DAY)
