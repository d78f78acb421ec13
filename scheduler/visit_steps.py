"""Which buttons a visit shows: its next legal step first, the others after it.

The table of what may follow what is `scheduler.rules.TRANSITIONS`; this one adds the
words on the button, the permission, and whether a reason is asked.
"""

from dataclasses import dataclass
from datetime import datetime

from courses.models import Session, VisitType
from scheduler.models import Appointment
from scheduler.rules import MOVABLE, is_same_day

RUN_DESK = "scheduler.run_front_desk"
TREAT = "scheduler.treat_patients"


@dataclass(frozen=True, slots=True)
class VisitStep:
    """One button: the verb in its address, the word on it, and who may press it.

    `asks_reason` is the label of the field beside it, if it has one.
    """

    verb: str
    label: str
    done: str
    permission: str
    is_serious: bool = False
    asks_reason: str = ""
    needs_reason: bool = False


CONFIRM = VisitStep("confirm", "Confirm", "The visit is booked.", RUN_DESK)
CHECK_IN = VisitStep("check-in", "Check in", "Checked in.", RUN_DESK)
UNDO_CHECK_IN = VisitStep(
    "undo-check-in", "Undo check-in", "The check-in is undone.", RUN_DESK
)
START = VisitStep("start", "Start", "The session has started.", TREAT)
RECOVER = VisitStep("begin-recovery", "Begin recovery", "Recovery has begun.", TREAT)
FINISH = VisitStep("finish", "Finish", "The visit is finished.", TREAT)
NO_SHOW = VisitStep(
    "no-show",
    "No-show",
    "Marked as no-show.",
    RUN_DESK,
    is_serious=True,
    asks_reason="Reason for not coming, if known",
)
UNDO_NO_SHOW = VisitStep(
    "undo-no-show", "Undo no-show", "The no-show is undone.", RUN_DESK
)
CANCEL = VisitStep(
    "cancel",
    "Cancel visit",
    "The visit is canceled.",
    RUN_DESK,
    is_serious=True,
    asks_reason="Reason for canceling",
    needs_reason=True,
)
RESTORE = VisitStep("restore", "Restore", "The visit is booked again.", RUN_DESK)

STEPS = {
    step.verb: step
    for step in (
        CONFIRM,
        CHECK_IN,
        UNDO_CHECK_IN,
        START,
        RECOVER,
        FINISH,
        NO_SHOW,
        UNDO_NO_SHOW,
        CANCEL,
        RESTORE,
    )
}

_NEXT = {
    "held": CONFIRM,
    "booked": CHECK_IN,
    "arrived": START,
    "in_session": FINISH,
    "recovering": FINISH,
}
_OTHERS: dict[str, tuple[VisitStep, ...]] = {
    "held": (CANCEL,),
    "booked": (NO_SHOW, CANCEL),
    "arrived": (UNDO_CHECK_IN, CANCEL),
    "no_show": (UNDO_NO_SHOW,),
    "cancelled": (RESTORE,),
    "expired": (RESTORE,),
}


def next_step(appointment: Appointment, now: datetime) -> VisitStep | None:
    """Return the step that comes next on a day on which all goes well."""
    is_dosing = appointment.session.visit_type.kind == VisitType.Kind.DOSING
    if appointment.status == Appointment.Status.IN_SESSION and is_dosing:
        return RECOVER
    step = _NEXT.get(appointment.status)
    return None if step is CHECK_IN and not _is_its_day(appointment, now) else step


def other_steps(appointment: Appointment, now: datetime) -> tuple[VisitStep, ...]:
    """Return what else may be done, steps back included.

    Nothing is restored that has been placed again, or could not be placed at its time.
    """
    steps = _OTHERS.get(appointment.status, ())
    if NO_SHOW in steps and now < appointment.starts_at:
        steps = tuple(step for step in steps if step is not NO_SHOW)
    if RESTORE in steps and not _can_restore(appointment, now):
        steps = tuple(step for step in steps if step is not RESTORE)
    return steps


def _is_its_day(appointment: Appointment, now: datetime) -> bool:
    return is_same_day(appointment.starts_at, now, appointment.site.zone)


def _can_restore(appointment: Appointment, now: datetime) -> bool:
    session = appointment.session
    return (
        appointment.starts_at > now
        and session.status in (Session.Status.OPEN, Session.Status.MISSED)
        and session.course.is_active
        and not _is_placed_again(appointment)
    )


def _is_placed_again(appointment: Appointment) -> bool:
    """Tell whether the appointment's session has a time again, or was restored."""
    live = Appointment.objects.live().filter(session=appointment.session_id)
    return live.exists() or appointment.restored_as.exists()


def can_move(appointment: Appointment) -> bool:
    """Tell whether the appointment may be given another time."""
    return appointment.status in MOVABLE
