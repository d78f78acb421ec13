"""Register a patient who was referred."""

from datetime import date, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from courses.actors import Actor
from courses.contact import clean_details, found_by
from courses.errors import PatientAlreadyRegistered, Refusal
from courses.history import record
from courses.locks import lock_words
from courses.models import CourseEvent, Patient
from courses.rules.searching import folded
from courses.transactions import action


class ContactDetails(TypedDict, total=False):
    """How a patient may be reached; all of it optional."""

    email: str
    phone: str
    language: str
    preferred_channel: str
    safe_contact_note: str
    uses_neutral_wording: bool
    escort_name: str
    escort_phone: str


@action
def register_patient(
    *,
    given_name: str,
    family_name: str,
    birth_on: date,
    patient_id: UUID | None = None,
    is_another_person: bool = False,
    actor: Actor,
    now: datetime,
    **contact: Unpack[ContactDetails],
) -> Patient:
    """Make the patient exist, once.

    `patient_id` comes from the form: the second click of a double click finds the row
    of the first. Raises PatientAlreadyRegistered for the same name and birth date,
    unless `is_another_person` says that two people share them, and BadInput.
    """
    lock_words("patient", folded(given_name), folded(family_name), birth_on.isoformat())
    if patient_id is not None:
        first_click = Patient.objects.filter(pk=patient_id).first()
        if first_click is not None:
            return first_click
    details = clean_details(
        {
            "given_name": given_name,
            "family_name": family_name,
            "birth_on": birth_on,
            **contact,
        },
        now=now,
    )
    if not is_another_person:
        _refuse_namesake(given_name, family_name, birth_on)
    patient = Patient(registered_at=now, **details)
    patient.search_text = found_by(patient)
    if patient_id is not None:
        patient.pk = patient_id
    patient.save(force_insert=True)
    record(CourseEvent.Kind.PATIENT_REGISTERED, patient=patient, actor=actor, now=now)
    return patient


def _refuse_namesake(given_name: str, family_name: str, birth_on: date) -> None:
    known = Patient.objects.namesakes(given_name, family_name, birth_on)
    refusals = [
        Refusal(
            rule=PatientAlreadyRegistered.rule,
            sentence=PatientAlreadyRegistered.sentence,
            record_id=str(patient.pk),
        )
        for patient in known
    ]
    if refusals:
        raise PatientAlreadyRegistered(*refusals)
