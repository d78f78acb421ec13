"""Writes what a ripple makes of a course's visits, old claims before new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from courses.actors import Actor
from scheduler.appointment_history import (
    appointment_event,
    revise,
    span_details,
    write_history,
)
from scheduler.models import Appointment, AppointmentEvent, Claim, Site
from scheduler.new_rows import add_rows
from scheduler.pairs import CANCELLED_WITH
from scheduler.placing import claims_for
from scheduler.planning.calendar import Fit, Span
from scheduler.ripples.diff import MOVED
from scheduler.transitions import change_status

RIPPLE = "ripple"
# Long before anybody came to this clinic: no visit is in the way of one parked there.
_PARKED_AT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Writing:
    """Who writes, when, and what ties the lines of history together."""

    ripple_id: UUID
    # The deviations of each session, by its label, as history keeps them.
    deviations: Mapping[str, list[dict[str, object]]]
    override_reason: str
    actor: Actor
    now: datetime

    def details(self, label: str, **about: object) -> dict[str, object]:
        """Return the details of one line of history."""
        details = {**about, RIPPLE: str(self.ripple_id)}
        if self.deviations.get(label):
            details["deviations"] = self.deviations[label]
        if any(found["is_hard"] for found in self.deviations.get(label, ())):
            details["override_reason"] = self.override_reason
        return details


class Changing(NamedTuple):
    """An appointment that gets a new place or other people, and what becomes of it."""

    appointment: Appointment
    fit: Fit
    outcome: str
    site: Site


def rewrite(changing: Sequence[Changing], writing: Writing) -> None:
    """Give each appointment its new time and claims, and what became of it.

    All old claims go before any new one comes, so that visits may take each other's
    places.
    """
    Claim.objects.filter(
        appointment__in=[each.appointment.pk for each in changing]
    ).delete()
    before = {each.appointment.pk: span_details(each.appointment) for each in changing}
    _put_all([each for each in changing if each.outcome == MOVED], writing.now)
    for appointment, _, outcome, _ in changing:
        if outcome != MOVED:
            revise(appointment, fields=(), now=writing.now, told=False)
    add_rows(
        [claim for each in changing for claim in claims_for(each.appointment, each.fit)]
    )
    kinds = AppointmentEvent.Kind
    write_history(
        appointment_event(
            appointment,
            kinds.MOVED if outcome == MOVED else kinds.RESTAFFED,
            from_status=appointment.status,
            details=writing.details(
                appointment.session.label,
                before=before[appointment.pk],
                after=span_details(appointment),
            ),
            actor=writing.actor,
            now=writing.now,
        )
        for appointment, _, outcome, _ in changing
    )


def _put_all(moving: Sequence[Changing], now: datetime) -> None:
    """Move the visits one by one, so that the patient's times never overlap."""
    waiting, parked = list(moving), set[UUID]()
    while waiting:
        free = next((each for each in waiting if not _is_barred(each, waiting)), None)
        if free is None:
            # Visits that change places wait for each other: one steps aside. Nobody
            # sees it, since the transaction goes on until all have arrived.
            aside = next(
                each.appointment
                for each in waiting
                if each.appointment.pk not in parked
            )
            parked.add(aside.pk)
            at = _PARKED_AT + timedelta(days=len(parked))
            stay = aside.ends_at - aside.starts_at
            _put(aside, Span(at, at + stay), aside.site, now)
            continue
        waiting.remove(free)
        span = Span(free.fit.starts_at, free.fit.ends_at)
        _put(free.appointment, span, free.site, now)


def _is_barred(mine: Changing, waiting: Sequence[Changing]) -> bool:
    """Tell whether another visit is still where this one goes."""
    return any(
        other.appointment.starts_at < mine.fit.ends_at
        and mine.fit.starts_at < other.appointment.ends_at
        for other in waiting
        if other.appointment.pk != mine.appointment.pk
    )


def _put(appointment: Appointment, span: Span, site: Site, now: datetime) -> None:
    appointment.starts_at, appointment.ends_at = span
    appointment.site = site
    appointment.patient_response = Appointment.Response.NEEDS_ACTION
    fields = ("starts_at", "ends_at", "site", "patient_response")
    revise(appointment, fields=fields, now=now, told=True)


def take_off(gone: Sequence[tuple[Appointment, str]], writing: Writing) -> None:
    """Cancel the appointments, each for its reason; pairs go with their dose."""
    for appointment, why in gone:
        dose = next((d for d, _ in gone if _is_pair(appointment, d)), None)
        reason = f"Belongs to {dose.session.label}" if dose else why
        along = {CANCELLED_WITH: str(dose.pk)} if dose else {}
        appointment.cancel_reason = reason[:200]
        change_status(
            appointment,
            Appointment.Status.CANCELLED,
            AppointmentEvent.Kind.CANCELLED,
            fields=("cancel_reason",),
            details={"reason": reason, **along, RIPPLE: str(writing.ripple_id)},
            actor=writing.actor,
            now=writing.now,
        )


def _is_pair(visit: Appointment, dose: Appointment) -> bool:
    mine, theirs = visit.session, dose.session
    if mine.step is None:
        return mine.pair_of_id == theirs.pk
    return mine.step.pair_of_id is not None and mine.step.pair_of_id == theirs.step_id


def add_visits(placing: Sequence[tuple[Appointment, Fit]], writing: Writing) -> None:
    """Make the new appointments be on the calendar, booked or held."""
    add_rows([appointment for appointment, _ in placing])
    add_rows([claim for a, fit in placing for claim in claims_for(a, fit)])
    kinds = AppointmentEvent.Kind
    write_history(
        appointment_event(
            appointment,
            kinds.HELD
            if appointment.status == Appointment.Status.HELD
            else kinds.BOOKED,
            details=writing.details(
                appointment.session.label, **span_details(appointment)
            ),
            actor=writing.actor,
            now=writing.now,
        )
        for appointment, _ in placing
    )
