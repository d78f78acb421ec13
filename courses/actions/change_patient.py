"""Change a patient's details; the old ones stay in history by name of field."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Unpack

from courses.actions.register_patient import ContactDetails
from courses.actors import Actor
from courses.contact import clean_details, found_by
from courses.errors import Refusal, StalePage
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
    seen: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime,
    **details: Unpack[PatientDetails],
) -> Patient:
    """Make the given details true; those that aren't given stay.

    `seen` has the details as the page showed them, in words. One that somebody else
    has changed since then raises StalePage instead of being lost. Raises BadInput.
    """
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
    if seen is not None:
        _refuse_overtaken(current, [n for n in changed if seen.get(n) != before[n]])
    for name, value in changed.items():
        setattr(current, name, value)
    current.search_text = found_by(current)
    current.save(update_fields=[*changed, "search_text"])
    record(
        CourseEvent.Kind.PATIENT_CHANGED,
        patient=current,
        details={"before": before},
        actor=actor,
        now=now,
    )
    return current


def _refuse_overtaken(current: Patient, names: Iterable[str]) -> None:
    refusals = [
        Refusal(rule=StalePage.rule, sentence=_overtaken(current, name))
        for name in names
    ]
    if refusals:
        raise StalePage(*refusals)


def _overtaken(current: Patient, name: str) -> str:
    field = Patient._meta.get_field(name)
    stored = getattr(current, f"get_{name}_display", lambda: getattr(current, name))()
    if isinstance(stored, bool):
        stored = "on" if stored else "off"
    label = str(getattr(field, "verbose_name", name)).capitalize()
    return (
        f"{label} was changed after you opened this page: it is now "
        f"“{getattr(stored, 'as_national', stored) or 'empty'}”. "
        "To put yours in its place, save again."
    )
