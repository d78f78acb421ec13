"""What an appointment may become from what it is. Pure: no Django."""

from datetime import datetime
from zoneinfo import ZoneInfo

from courses.errors import Refusal

LIVE_STATUSES = (
    "held",
    "booked",
    "arrived",
    "in_session",
    "recovering",
    "completed",
)

# Every step, forward and back, that any action takes. Drawn in docs/states.md; a test
# compares the drawing with this table.
TRANSITIONS: dict[str, frozenset[str]] = {
    "held": frozenset({"booked", "cancelled", "expired"}),
    "booked": frozenset({"arrived", "cancelled", "no_show"}),
    "arrived": frozenset({"booked", "in_session", "cancelled"}),
    "in_session": frozenset({"recovering", "completed"}),
    "recovering": frozenset({"completed"}),
    "completed": frozenset(),
    "no_show": frozenset({"booked"}),
    "cancelled": frozenset(),
    "expired": frozenset(),
}

MOVABLE = frozenset({"held", "booked"})
NOT_OVER = frozenset(LIVE_STATUSES) - {"completed"}


def is_same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    """Tell whether both instants are on the same day in the zone."""
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def refuse_transition(current: str, wanted: str) -> Refusal | None:
    """Return why an appointment can't go from one status to the other, if it can't."""
    if wanted in TRANSITIONS[current]:
        return None
    return Refusal(
        rule="appointment.transition",
        sentence=(
            f"The appointment is {current.replace('_', ' ')}, so it can't become "
            f"{wanted.replace('_', ' ')}. Reload the page to see what is possible now."
        ),
    )
