"""Which dose of the course is which, once one is made up for after the next.

A dose that was missed and comes after the next one takes its turn there: it counts from
the dose before it in time, and the one that it let pass counts from what it would have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from courses.rules.shapes import CourseShape, Placements, SessionShape, StepShape


def in_turn(course: CourseShape, placements: Placements) -> CourseShape:
    """Return the course with its doses in the order of the times that they have.

    Doses without a time keep their place. A dose with a window of its own, or outside
    the protocol, hangs on nothing that turns: such a course stays as it is.
    """
    own = [session for session in course.sessions if session.kind == "dosing"]
    now = _by_time(own, placements)
    if own == now or not all(dose.step and not dose.earliest_on for dose in own):
        return course
    turned = _Turned(own, now)
    doses = iter(turned.doses())
    return replace(
        course,
        sessions=tuple(
            next(doses) if session.kind == "dosing" else turned.beside(session)
            for session in course.sessions
        ),
    )


def _by_time(
    doses: Sequence[SessionShape], placements: Placements
) -> list[SessionShape]:
    timed = sorted(
        (dose for dose in doses if dose.key in placements),
        key=lambda dose: placements[dose.key].starts_at,
    )
    following = iter(timed)
    return [next(following) if dose.key in placements else dose for dose in doses]


class _Turned:
    """The doses of a course in their own order, and in that of their times."""

    def __init__(
        self, own: Sequence[SessionShape], now: Sequence[SessionShape]
    ) -> None:
        self._own, self._now = own, now
        self._codes = [_step(dose).code for dose in own]
        self._now_codes = [_step(dose).code for dose in now]

    def doses(self) -> list[SessionShape]:
        """Return each dose with the window of the turn that it takes."""
        in_place: Mapping[str, str] = dict(
            zip(self._codes, self._now_codes, strict=True)
        )
        found = []
        for taken, dose in zip(self._own, self._now, strict=True):
            mine, window = _step(dose), _step(taken)
            step = replace(
                window,
                code=mine.code,
                name=mine.name,
                pair_of=mine.pair_of,
                anchor=in_place.get(window.anchor, window.anchor),
                after=in_place.get(window.after, window.after),
                before=in_place.get(window.before, window.before),
            )
            found.append(replace(dose, step=step))
        return found

    def beside(self, session: SessionShape) -> SessionShape:
        """Return what belongs to a dose so that it comes before the next one now."""
        step = session.step
        if step is None or step.before not in self._codes:
            return session
        dose = step.pair_of or step.anchor
        if dose not in self._codes:
            return session
        ahead = self._codes.index(step.before) - self._codes.index(dose)
        turn = self._now_codes.index(dose) + ahead
        is_there = 0 <= turn < len(self._now_codes)
        before = self._now_codes[turn] if is_there else ""
        return replace(session, step=replace(step, before=before))


def _step(dose: SessionShape) -> StepShape:
    if dose.step is None:
        raise AssertionError("Only doses of the protocol take turns.")
    return dose.step
