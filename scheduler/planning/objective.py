"""What makes one plan better than another, as data: terms in order of importance.

All terms of a plan are packed into one whole number, the most important in the
highest bits, so that comparing two numbers compares the terms one after another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from courses.rules.shapes import CourseShape


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, term by term; each counts something a person can check."""

    broken_windows: int = 0  # soft windows and soft spacing rules not kept
    days_outside: int = 0  # how far outside of them, in days
    other_therapist: int = 0  # visits with somebody else than the course's therapist
    told_again: int = 0  # visits at another time than the patient was told
    not_preferred: int = 0  # visits off the preferred weekdays, or hours: one for each
    finish_day: int = 0  # days from the first plannable day to the last treatment visit
    off_target: int = 0  # days away from target days, summed
    other_prescriber: int = 0  # visits with another prescriber than the course's
    restaffed: int = 0  # parties with somebody new, in visits that keep their time
    trips: int = 0  # one for each day at a site
    scarce_skills: int = 0  # other skills of those who serve, tied up meanwhile
    minutes_into_day: int = 0  # minutes from midnight to each start: earlier wins ties


TERMS = tuple(term.name for term in fields(Cost))

# The largest sum that a course can reach in each term, as a power of two.
BITS: Mapping[str, int] = {
    "broken_windows": 12,
    "days_outside": 16,
    "other_therapist": 8,
    "told_again": 8,
    "not_preferred": 8,
    "finish_day": 12,
    "off_target": 16,
    "other_prescriber": 8,
    "restaffed": 8,
    "trips": 8,
    "scarce_skills": 12,
    "minutes_into_day": 18,
}


@dataclass(frozen=True)
class Objective:
    """The order of the terms. A term that is left out doesn't count at all."""

    order: tuple[str, ...] = TERMS

    @classmethod
    def of(cls, course: CourseShape) -> "Objective":
        """Return the order of the terms that a course's protocol asks for."""
        if course.finishes_early:
            return cls()
        order = [term for term in TERMS if term != "finish_day"]
        order.insert(order.index("off_target") + 1, "finish_day")
        return cls(tuple(order))

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """Return what one unit of each term adds to the packed number."""
        weights = dict.fromkeys(TERMS, 0)
        shift = 0
        for term in reversed(self.order):
            weights[term] = 1 << shift
            shift += BITS[term]
        return weights

    def packed(self, cost: Cost) -> int:
        """Return the one number that orders plans."""
        return sum(
            weight * int(getattr(cost, term)) for term, weight in self.weights.items()
        )

    def unpacked(self, packed: int) -> Cost:
        """Return the terms of a packed number; terms that don't count are zero."""
        found: dict[str, int] = {}
        for term in reversed(self.order):
            found[term] = packed & ((1 << BITS[term]) - 1)
            packed >>= BITS[term]
        return Cost(**found)
