"""Close a resource or a whole site for a time."""

from datetime import datetime

from courses.actors import Actor
from courses.errors import Refusal
from courses.history import record_of_clinic
from courses.models import ClinicEvent
from courses.transactions import action
from scheduler.closed_visits import EXPECTED
from scheduler.errors import (
    ClosureEndsBeforeItStarts,
    ClosureHitsAppointments,
    ClosureOfNothing,
)
from scheduler.locks import lock_place
from scheduler.models import Appointment, Claim, Closure, Resource, Site


@action
def close_time(
    *,
    resource: Resource | None = None,
    site: Site | None = None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    despite_appointments: bool = False,
    actor: Actor,
    now: datetime,
) -> Closure:
    """Make the time closed: no visit is placed in it from now on.

    Booked visits in that time raise ClosureHitsAppointments, naming each, unless
    `despite_appointments` says that they will be moved afterwards (a sick day). Raises
    ClosureEndsBeforeItStarts and ClosureOfNothing.
    """
    place = resource or site
    if place is None or (resource is not None and site is not None):
        raise ClosureOfNothing
    if ends_at <= starts_at:
        raise ClosureEndsBeforeItStarts
    lock_place(place)
    if not despite_appointments:
        _refuse_over_appointments(resource, site, starts_at, ends_at, now)
    closure = Closure.objects.create(
        resource=resource,
        site=site,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
    )
    record_of_clinic(
        ClinicEvent.Kind.TIME_CLOSED,
        subject=closure.place,
        subject_id=closure.pk,
        details=closure_details(closure),
        actor=actor,
        now=now,
    )
    return closure


def closure_details(closure: Closure) -> dict[str, object]:
    """Return from when until when and why, as history keeps it."""
    zone = closure.at_site.zone
    return {
        "from": closure.starts_at.astimezone(zone).isoformat(),
        "until": closure.ends_at.astimezone(zone).isoformat(),
        "reason": closure.reason,
    }


def appointments_hit(
    resource: Resource | None, site: Site | None, starts_at: datetime, ends_at: datetime
) -> list[Appointment]:
    """Return the live appointments that claim what a closure would close."""
    claims = Claim.objects.live().overlapping(starts_at, ends_at)
    if resource is not None:
        claims = claims.filter(resource=resource)
    else:
        claims = claims.filter(appointment__site=site)
    hit = Appointment.objects.filter(pk__in=claims.values("appointment"))
    related = hit.select_related("session", "site", "patient")
    return list(related.order_by("starts_at"))


def visits_to_move(closure: Closure, now: datetime) -> list[Appointment]:
    """Return the visits to come that were booked in what is closed now."""
    hit = appointments_hit(
        closure.resource, closure.site, closure.starts_at, closure.ends_at
    )
    return [each for each in hit if each.status in EXPECTED and each.ends_at > now]


def _refuse_over_appointments(
    resource: Resource | None,
    site: Site | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    hit = [
        appointment
        for appointment in appointments_hit(resource, site, starts_at, ends_at)
        if appointment.ends_at > now
    ]
    if hit:
        raise ClosureHitsAppointments(
            *(
                Refusal(
                    rule=ClosureHitsAppointments.rule,
                    sentence=(
                        f"{appointment.patient}: {appointment} is booked in that time. "
                        "Move or cancel it first, or close the time all the same and "
                        "move it afterwards."
                    ),
                    session=appointment.session.label,
                    record_id=str(appointment.pk),
                    at=appointment.starts_at,
                )
                for appointment in hit
            )
        )
