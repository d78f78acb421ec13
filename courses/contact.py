"""Checks a patient's details before an action stores them."""

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError

from courses.errors import BadInput, Refusal
from courses.models import Patient
from courses.rules.searching import search_text


def clean_details(details: Mapping[str, object], *, now: datetime) -> dict[str, object]:
    """Return the details trimmed, or raise BadInput naming each field that is wrong."""
    cleaned = {
        name: " ".join(value.split()) if isinstance(value, str) else value
        for name, value in details.items()
    }
    refusals = [*_impossible_birth_date(cleaned.get("birth_on"), now.date())]
    candidate = Patient(registered_at=now, **cleaned)
    left_out = {"id", "registered_at"} | (
        {field.name for field in Patient._meta.fields} - cleaned.keys()
    )
    try:
        candidate.clean_fields(exclude=left_out)
    except ValidationError as error:
        refusals += [
            Refusal(rule=f"input.{name}", sentence=_sentence(name, messages))
            for name, messages in error.message_dict.items()
        ]
    if refusals:
        raise BadInput(*refusals)
    return {name: getattr(candidate, name) for name in cleaned}


def found_by(patient: Patient) -> str:
    """Return the text that the search looks through for this patient."""
    phone = patient.phone
    return search_text(
        (patient.given_name, patient.family_name, patient.email),
        (str(phone), phone.as_national) if phone else (),
    )


def _sentence(name: str, messages: list[str]) -> str:
    labels = {field.name: str(field.verbose_name) for field in Patient._meta.fields}
    return f"{labels[name].capitalize()}: {' '.join(messages)}"


def _impossible_birth_date(birth_on: object, today: date) -> list[Refusal]:
    if not isinstance(birth_on, date):
        return []
    if birth_on > today:
        sentence = "The birth date lies in the future. Check the year."
    elif today.year - birth_on.year > 120:
        sentence = "The birth date is more than 120 years ago. Check the year."
    else:
        return []
    return [Refusal(rule="input.birth_on", sentence=sentence)]
