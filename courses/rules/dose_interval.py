"""A course's own days from one dose to the next, where the order sets them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from courses.errors import Refusal
from courses.rules.protocol_shape import impossible_windows
from courses.rules.shapes import CourseShape, SessionShape, StepShape

RULE = "course.dose_interval"


@dataclass(frozen=True, slots=True)
class DoseInterval:
    """Days from one dose to the next."""

    earliest: int
    target: int
    latest: int

    @property
    def is_in_order(self) -> bool:
        """Tell whether it can be met: a day at least, and target inside its window."""
        return 1 <= self.earliest <= self.target <= self.latest


def with_interval(course: CourseShape, interval: DoseInterval | None) -> CourseShape:
    """Return the course with this interval in place of its protocol's own."""
    if interval is None:
        return course
    doses = dose_codes(
        [session.step for session in course.sessions if session.step is not None]
    )

    def own(session: SessionShape) -> SessionShape:
        step = session.step
        if step is None or not counts_from_dose(step, doses):
            return session
        return replace(session, step=_spaced(step, interval))

    return replace(course, sessions=tuple(map(own, course.sessions)))


def refuse_interval(course: CourseShape, interval: DoseInterval) -> tuple[Refusal, ...]:
    """Return why the doses of a course can't keep this interval; nothing if they can.

    `course` has the sessions that are not left out.
    """
    if not interval.is_in_order:
        sentence = (
            "The interval counts at least one day, and its earliest, target and latest "
            "day come in that order. Correct the days."
        )
        return (Refusal(rule=RULE, sentence=sentence),)
    own = with_interval(course, interval)
    steps = [session.step for session in own.sessions if session.step is not None]
    found = impossible_windows(steps, own.spacing)
    return tuple(
        replace(
            refusal,
            rule=RULE,
            sentence=f"{refusal.sentence.removesuffix('Widen one of them.')}Choose "
            "another interval, or leave out the last doses first.",
        )
        for refusal in found
    )


def dose_codes(steps: Sequence[StepShape]) -> frozenset[str]:
    """Return the codes of the steps that are doses."""
    return frozenset(step.code for step in steps if step.kind == "dosing")


def counts_from_dose(step: StepShape, doses: frozenset[str]) -> bool:
    """Tell whether the step is a dose whose window counts from another dose."""
    return step.kind == "dosing" and step.anchor in doses


def _spaced(step: StepShape, interval: DoseInterval) -> StepShape:
    return replace(
        step,
        unit="days",
        target=interval.target,
        earliest=interval.earliest,
        latest=interval.latest,
    )
