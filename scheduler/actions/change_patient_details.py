"""Change a patient's details, and tell coming visits anew where that matters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Unpack

from courses.actions.change_patient import PatientDetails, change_patient
from courses.actors import Actor
from courses.locks import lock_courses_of
from courses.models import Patient
from courses.transactions import action
from scheduler.appointment_history import appointment_event, revise, write_history
from scheduler.models import Appointment, AppointmentEvent
from scheduler.models.appointment import new_uid


@action
def change_patient_details(
    *,
    patient: Patient,
    seen: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime,
    **details: Unpack[PatientDetails],
) -> Patient:
    """Make the given details true; those that aren't given stay.

    When messages go to another mailbox from now on, every visit to come gets its next
    revision, so that the old mailbox hears of it and the new one is invited. `seen` has
    the details as the page showed them. Raises BadInput, and StalePage when somebody
    else has changed one of them since then.
    """
    # Courses are locked before patients, as everywhere.
    lock_courses_of(patient.pk)
    before = Patient.objects.get(pk=patient.pk).mailbox
    changed = change_patient(
        patient=patient, seen=seen, actor=actor, now=now, **details
    )
    if changed.mailbox != before:
        _readdress(changed, actor, now)
    return changed


def _readdress(patient: Patient, actor: Actor, now: datetime) -> None:
    to_come = (
        Appointment.objects.live()
        .filter(patient=patient, starts_at__gt=now)
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    events = []
    for appointment in to_come:
        # A calendar that was told to forget an identity never shows it again.
        appointment.uid = new_uid()
        appointment.patient_response = Appointment.Response.NEEDS_ACTION
        revise(appointment, fields=("uid", "patient_response"), now=now, told=True)
        events.append(
            appointment_event(
                appointment,
                AppointmentEvent.Kind.READDRESSED,
                from_status=appointment.status,
                actor=actor,
                now=now,
            )
        )
    write_history(events)
