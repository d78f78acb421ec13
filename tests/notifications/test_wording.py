"""Mail names the kind of visit only to a patient who wants that, and never the drug."""

import email
from email import policy

import pytest

from courses.models import Patient, VisitType
from tests.builders import a_patient, at
from tests.mailbox import Mailbox
from tests.notifications.scenes import TOLD_AT, a_booking, cancel, tell
from tests.scheduler.calendars.lint import unfolded, values

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("day_before"),
]


def a_patient_who(*, wants_neutral: bool, language: str = "en") -> Patient:
    patient = a_patient(language=language)
    patient.uses_neutral_wording = wants_neutral
    patient.save(update_fields=["uses_neutral_wording"])
    return patient


def said_in(mailbox: Mailbox) -> list[tuple[str, str]]:
    """(subject, calendar's summary) of each mail; no summary without a calendar."""
    found = []
    for raw in mailbox.raw:
        mail = email.message_from_bytes(raw, policy=policy.default)
        summary = ""
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                lines = unfolded(part.get_payload(decode=True))  # type: ignore[arg-type]
                (summary,) = values(lines, "SUMMARY")
        found.append((str(mail["Subject"]), summary))
    return found


def test_the_visit_is_named_in_every_mail_to_whoever_wants_that(
    smtp_server: Mailbox,
) -> None:
    visit = a_booking(patient=a_patient_who(wants_neutral=False))
    tell(TOLD_AT)
    tell(at(10, day=1))
    cancel(visit, at(11, day=1))
    tell(at(12, day=1))
    assert said_in(smtp_server) == [
        (
            "Your appointment: Integration, Wed, May 6, 9:00 AM",
            "Integration - Riverside Clinic",
        ),
        ("Reminder: your appointment, Integration, Wed, May 6, 9:00 AM", ""),
        (
            "Your appointment is canceled: Integration, Wed, May 6, 9:00 AM",
            "Integration - Riverside Clinic",
        ),
    ]


def test_everybody_else_reads_of_an_appointment(smtp_server: Mailbox) -> None:
    a_booking(patient=a_patient_who(wants_neutral=True, language="es"))
    tell(TOLD_AT)
    ((subject, summary),) = said_in(smtp_server)
    assert "Integration" not in subject
    assert summary == "Cita - Riverside Clinic"


@pytest.mark.parametrize(
    "name",
    ["Ketamine infusion", "KAP session", "PTSD review", "Trauma work", "Psychiatry"],
)
def test_the_drug_the_diagnosis_and_the_specialty_are_named_to_nobody(
    smtp_server: Mailbox, name: str
) -> None:
    patient = a_patient_who(wants_neutral=False)
    visit = a_booking(patient=patient)
    VisitType.objects.filter(pk=visit.session.visit_type_id).update(name=name)
    tell(TOLD_AT)
    ((subject, summary),) = said_in(smtp_server)
    assert subject == "Your appointment: Wed, May 6, 9:00 AM"
    assert summary == "Appointment - Riverside Clinic"


def test_no_shipped_visit_names_the_drug_or_the_diagnosis() -> None:
    from courses.library.reading import read_library
    from notifications.naming import visit_name

    patient = Patient(uses_neutral_wording=False)
    for entry in read_library().visit_types:
        name = visit_name(patient, VisitType(code=entry.code, name=entry.name))
        assert name == entry.name
