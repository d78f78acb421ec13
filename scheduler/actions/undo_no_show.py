"""Undo a no-show: the patient did come, or was marked by mistake."""

from datetime import datetime

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.locks import refuse_ended
from courses.models import Session
from courses.transactions import action
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment, lock_resources
from scheduler.models import Appointment, AppointmentEvent
from scheduler.placing import check_eligible
from scheduler.transitions import change_status


@action
def undo_no_show(
    *, appointment: Appointment, revision: int, actor: Actor, now: datetime
) -> Appointment:
    """Make a missed visit booked again, if its people and things are still free.

    Raises SlotTaken when they aren't, NotEligible for a dose whose assessment no longer
    serves, CourseNotReady, TransitionRefused, StaleAppointment.
    """
    course, locked = lock_appointment(appointment, revision)
    if locked.status != Appointment.Status.NO_SHOW:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}, "
            "so there is no no-show to undo."
        )
    refuse_ended(course)
    check_eligible(course, locked.session, locked.starts_at, locked.site)
    lock_resources(list(locked.claims.values_list("resource_id", flat=True)))
    restored = change_status(
        locked,
        Appointment.Status.BOOKED,
        AppointmentEvent.Kind.NO_SHOW_UNDONE,
        actor=actor,
        now=now,
    )
    mark_session(
        session=locked.session, status=Session.Status.OPEN, actor=actor, now=now
    )
    return restored
