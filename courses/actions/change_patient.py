"""Change a patient's details; the old ones stay in history by name of field."""

from datetime import date, datetime
from typing import Unpack

from courses.actions.register_patient import ContactDetails
from courses.actors import Actor
from courses.contact import clean_details
from courses.history import record
from courses.models import CourseEvent, Patient
from courses.transactions import action


class PatientDetails(ContactDetails, total=False):
    """Everything about a patient that staff may change."""

    given_name: str
    family_name: str
    birth_on: date


@action
def change_patient(
    *,
    patient: Patient,
    actor: Actor,
    now: datetime,
    **details: Unpack[PatientDetails],
) -> Patient:
    """Make the given details true; those that aren't given stay. Raises BadInput."""
    current = Patient.objects.select_for_update().get(pk=patient.pk)
    cleaned = clean_details(dict(details), now=now)
    changed = {
        name: value
        for name, value in cleaned.items()
        if str(getattr(current, name)) != str(value)
    }
    if not changed:
        return current
    before = {name: str(getattr(current, name)) for name in changed}
    for name, value in changed.items():
        setattr(current, name, value)
    current.save(update_fields=list(changed))
    record(
        CourseEvent.Kind.PATIENT_CHANGED,
        patient=current,
        details={"before": before},
        actor=actor,
        now=now,
    )
    return current
