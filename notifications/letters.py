"""Puts a message into words: subject, text and page in the patient's language.

Nothing here names the drug, the diagnosis or the people: a mailbox and a lock screen
are read by others. The kind of visit is named only to a patient who wants that.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from courses.models import Patient
from notifications.channels.email import Letter
from notifications.models import Notification
from notifications.naming import visit_name
from scheduler.calendars.invites import (
    Answer,
    CalendarMessage,
    Invite,
    Mailbox,
    Method,
    invite_message,
)
from scheduler.models import Appointment, Site

_APPOINTMENT = {"en": "Appointment", "es": "Cita"}
_REMOTE = {"en": "By phone or video", "es": "Por teléfono o video"}
_METHODS = {
    Notification.Kind.INVITE: Method.REQUEST,
    Notification.Kind.CANCEL: Method.CANCEL,
}
_ANSWERS = {
    Appointment.Response.NEEDS_ACTION: Answer.NEEDS_ACTION,
    Appointment.Response.ACCEPTED: Answer.ACCEPTED,
    Appointment.Response.TENTATIVE: Answer.TENTATIVE,
    Appointment.Response.DECLINED: Answer.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """The words that a letter and its calendar share."""

    language: str
    given_name: str
    visit: str
    starts_at: datetime
    ends_at: datetime
    zone_name: str
    place: str
    phone: str
    clinic: str
    is_remote: bool
    is_change: bool
    # The visit stands; only this mailbox is told of it no longer.
    is_farewell: bool
    writes_elsewhere: bool


def letter_for(row: Notification) -> Letter:
    """Return the letter that this row owes, from the snapshot that the row keeps."""
    patient = row.appointment.patient
    said = _said(row, patient)
    with timezone.override(row.shows_site.zone), translation.override(said.language):
        subject, text, html = (
            render_to_string(_template(row, said, part), {"said": said})
            for part in ("subject.txt", "body.txt", "body.html")
        )
    return Letter(
        subject=subject,
        text=text,
        html=html,
        sender=Mailbox(settings.CLINIC_NAME, settings.CLINIC_MAIL_ADDRESS),
        recipient=Mailbox(patient.full_name, row.recipient),
        message_id=row.message_id,
        thread_id=thread_id(row.appointment),
        calendar=_calendar(row, said),
    )


def thread_id(appointment: Appointment) -> str:
    """Return the identity under which mail programs thread one appointment's mails."""
    return f"<appointment-{appointment.pk.hex}@{settings.CLINIC_DOMAIN}>"


def _template(row: Notification, said: Said, part: str) -> str:
    words = "farewell" if said.is_farewell else row.kind
    return f"notifications/{said.language}/{words}/{part}"


def _said(row: Notification, patient: Patient) -> Said:
    language = patient.language if patient.language in _APPOINTMENT else "en"
    visit_type = row.appointment.session.visit_type
    is_remote = visit_type.is_remote
    return Said(
        language=language,
        given_name=patient.given_name,
        visit=visit_name(patient, visit_type),
        starts_at=row.shows_starts_at,
        ends_at=row.shows_ends_at,
        zone_name=_zone_name(row.shows_starts_at, row.shows_site.zone),
        place=_REMOTE[language] if is_remote else row.shows_site.address,
        phone=row.shows_site.phone,
        clinic=settings.CLINIC_NAME,
        is_remote=is_remote,
        is_change=_has_been_told_before(row),
        is_farewell=row.kind == Notification.Kind.CANCEL
        and row.appointment.is_live
        and row.recipient != patient.mailbox,
        writes_elsewhere=bool(patient.mailbox),
    )


def _has_been_told_before(row: Notification) -> bool:
    # The sequence alone doesn't say: a slip may have been put right before any mail.
    # Nor does the mailbox: what it was told to forget had another identity.
    earlier = Notification.objects.filter(
        appointment=row.appointment_id,
        recipient=row.recipient,
        kind=Notification.Kind.INVITE,
        uid=row.uid,
        sequence__lt=row.sequence,
    )
    return earlier.exclude(attempts=0).exists()


def _zone_name(at: datetime, zone: ZoneInfo) -> str:
    name = at.astimezone(zone).tzname() or ""
    return name if name.isalpha() else zone.key.rpartition("/")[2].replace("_", " ")


def _calendar(row: Notification, said: Said) -> CalendarMessage | None:
    method = _METHODS.get(Notification.Kind(row.kind))
    return None if method is None else invite_message(_invite(row, said), method)


def _invite(row: Notification, said: Said) -> Invite:
    appointment = row.appointment
    return Invite(
        uid=row.uid,
        sequence=row.sequence,
        stamped_at=row.stamped_at,
        created_at=appointment.created_at,
        changed_at=row.stamped_at,
        starts_at=row.shows_starts_at,
        ends_at=row.shows_ends_at,
        zone=row.shows_site.zone,
        summary=f"{said.visit or _APPOINTMENT[said.language]} - {said.clinic}",
        location=said.place,
        description=_description(row.shows_site, said),
        url="",
        organizer=Mailbox(said.clinic, settings.CLINIC_MAIL_ADDRESS),
        attendee=Mailbox(appointment.patient.full_name, row.recipient),
        answer=_ANSWERS[Appointment.Response(appointment.patient_response)],
    )


def _description(site: Site, said: Said) -> str:
    lines = [said.clinic, *([site.phone] if site.phone else [])]
    return "\n".join(lines)
