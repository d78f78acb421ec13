"""Move an appointment to another time, place or staff."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from courses.actors import Actor
from courses.rules.shapes import Placement
from courses.transactions import action
from scheduler.appointment_history import (
    record,
    revise,
    span_details,
)
from scheduler.errors import TransitionRefused
from scheduler.locks import lock_appointment
from scheduler.models import Appointment, AppointmentEvent, Claim, Site
from scheduler.new_rows import add_rows
from scheduler.placements import check_windows
from scheduler.placing import (
    Chosen,
    check_eligible,
    claims_for,
    find_fit,
    with_deviations,
)
from scheduler.planning.calendar import Fit
from scheduler.rules import MOVABLE


@action
def move_appointment(
    *,
    appointment: Appointment,
    revision: int,
    starts_at: datetime,
    site: Site | None = None,
    chosen: Chosen | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make the appointment be at the new time, with claims that fit there.

    The patient's answer starts anew when time or site change. An appointment that is
    there already stays as it is while those who serve it still can; otherwise it keeps
    its time and others serve it. Raises NotFree, OutsideWindow, NotPermitted,
    NotEligible, TransitionRefused, StaleAppointment and the database's own refusals;
    then nothing has moved.
    """
    course, locked = lock_appointment(appointment, revision)
    if locked.status not in MOVABLE:
        raise TransitionRefused.because(
            f"The appointment is {locked.get_status_display().lower()}, "
            "so it can't be moved any more."
        )
    to_site = site or locked.site
    is_there = (locked.starts_at, locked.site_id) == (starts_at, to_site.pk)
    serving = _serving(locked)
    if locked.status == Appointment.Status.BOOKED and not is_there:
        check_eligible(course, locked.session, starts_at, to_site)
    fit = find_fit(
        course=course,
        session=locked.session,
        site=to_site,
        starts_at=starts_at,
        chosen=chosen,
        rather=serving if is_there and _agree(serving, chosen) else None,
        ignoring=[locked.pk],
        now=now,
    )
    if is_there and {claim.party: claim.resource_id for claim in fit.claims} == serving:
        return locked
    found = check_windows(
        course,
        locked.session,
        Placement(fit.starts_at, fit.ends_at, to_site.zone),
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
    before = span_details(locked)
    kind = _put(locked, fit, to_site, now)
    details = {"before": before, "after": span_details(locked)}
    record(
        locked,
        kind,
        from_status=locked.status,
        details=with_deviations(dict(details), found, override_reason),
        actor=actor,
        now=now,
    )
    return locked


def _serving(appointment: Appointment) -> dict[str, UUID]:
    """Return who serves each party of the appointment now."""
    return dict(appointment.claims.values_list("party", "resource_id"))


def _agree(serving: Mapping[str, UUID], chosen: Chosen | None) -> bool:
    """Tell whether those who serve the appointment are those that are asked for."""
    return (chosen or {}).items() <= serving.items()


def _put(appointment: Appointment, fit: Fit, site: Site, now: datetime) -> str:
    """Write the new span and claims; return what kind of change it was."""
    is_moved = (appointment.starts_at, appointment.ends_at, appointment.site_id) != (
        fit.starts_at,
        fit.ends_at,
        site.pk,
    )
    # The old claims go first, so that a move by an hour doesn't collide with itself.
    Claim.objects.filter(appointment=appointment).delete()
    appointment.starts_at, appointment.ends_at = fit.starts_at, fit.ends_at
    appointment.site = site
    fields: tuple[str, ...] = ("starts_at", "ends_at", "site")
    if is_moved:
        appointment.patient_response = Appointment.Response.NEEDS_ACTION
        fields = (*fields, "patient_response")
    revise(appointment, fields=fields, now=now, told=is_moved)
    add_rows(claims_for(appointment, fit))
    kinds = AppointmentEvent.Kind
    return kinds.MOVED if is_moved else kinds.RESTAFFED
