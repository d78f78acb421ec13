"""The doses of a course, and what goes with each."""

from collections.abc import Sequence

from courses.errors import StalePage
from courses.models import Session, VisitType
from courses.rules.wording import counted

BEGUN = (Session.Status.IN_PROGRESS, Session.Status.DONE)


def kept_doses(sessions: Sequence[Session]) -> list[Session]:
    """Return the doses that aren't left out, in their order."""
    return [
        session
        for session in sessions
        if session.visit_type.kind == VisitType.Kind.DOSING
        and session.status != Session.Status.OMITTED
    ]


def refuse_other_number(doses: Sequence[Session], seen: int | None) -> None:
    """Raise StalePage unless the course has as many doses as somebody saw."""
    if seen is not None and len(doses) != seen:
        raise StalePage.because(
            f"The course has {counted(len(doses), 'dose')} by now, not {seen}. "
            "Reload the page and look again."
        )


def companions(dose: Session, sessions: Sequence[Session]) -> list[Session]:
    """Return the sessions that make no sense without this dose, in their order.

    They are the therapy that belongs to it, and the questionnaires before it. The
    sessions' steps and visit types are loaded.
    """
    return [s for s in sessions if _is_paired(s, dose) or _is_measured_before(s, dose)]


def _is_paired(session: Session, dose: Session) -> bool:
    if session.step is None:
        return session.pair_of_id == dose.pk
    return dose.step_id is not None and session.step.pair_of_id == dose.step_id


def _is_measured_before(session: Session, dose: Session) -> bool:
    if session.visit_type.kind != VisitType.Kind.MEASURE:
        return False
    if session.step is None:
        return session.repeats_id is not None and session.anchor_id == dose.pk
    named = {session.step.anchor_id, session.step.before_id}
    return dose.step_id is not None and named == {dose.step_id}
