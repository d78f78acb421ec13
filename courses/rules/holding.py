"""What a course on hold lets nobody do."""

from collections.abc import Collection
from datetime import date

from courses.errors import Refusal

# Whether a course may go on can depend on a new assessment.
STILL_BOOKED = frozenset({"assessment"})


def refuse_booking(review_on: date, kinds: Collection[str]) -> Refusal | None:
    """Return why visits of these kinds aren't booked while the course is held.

    The reason of the hold may be clinical, so whoever books isn't told.
    """
    if STILL_BOOKED.issuperset(kinds):
        return None
    return Refusal(
        rule="course.on_hold",
        sentence=(
            "This course is on hold and is looked at again on"
            f" {review_on:%b} {review_on.day}. Resume it before booking its visits."
        ),
    )
