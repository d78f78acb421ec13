"""What a course on hold lets nobody do."""

from collections.abc import Collection
from datetime import date

from courses.errors import Refusal

# Whether a course may go on can depend on a new assessment.
STILL_BOOKED = frozenset({"assessment"})


def refuse_booking(
    reason: str, review_on: date, kinds: Collection[str]
) -> Refusal | None:
    """Return why visits of these kinds aren't booked while the course is held."""
    if STILL_BOOKED.issuperset(kinds):
        return None
    return Refusal(
        rule="course.on_hold",
        sentence=(
            f"This course is on hold ({reason}) and is looked at again on"
            f" {review_on:%b} {review_on.day}. Resume it before booking its visits."
        ),
    )
