"""One mail as calendars and filters want it, sent through Django's mail backend.

The calendar goes twice: as an alternative, where invitations are recognized, and as a
file, for those who open attachments. Both are base64, since some servers still change
line ends or eight-bit text on the way.
"""

from dataclasses import dataclass
from email.encoders import encode_base64

from django.core.mail import EmailMultiAlternatives, SafeMIMEMultipart

from scheduler.calendars.invites import CalendarMessage, Mailbox
from scheduler.calendars.texts import clean_line, clean_name

_CALENDAR_TYPE = "text/calendar; method={method}; charset=UTF-8; component=VEVENT"
_FILE_NAME = "invite.ics"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said to one recipient, in words and perhaps as a calendar."""

    subject: str
    text: str
    html: str
    sender: Mailbox
    recipient: Mailbox
    message_id: str
    thread_id: str
    calendar: CalendarMessage | None = None


class CalendarEmail(EmailMultiAlternatives):
    """A mail whose calendar part is base64, whatever letters it holds."""

    def message(self) -> SafeMIMEMultipart:
        """Return the MIME message with its calendar part re-encoded."""
        message: SafeMIMEMultipart = super().message()
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                content = part.get_payload(decode=True)
                del part["Content-Transfer-Encoding"]
                part.set_payload(content)
                encode_base64(part)
                # Django has added a charset of its own to the type.
                kind = _CALENDAR_TYPE.format(method=part.get_param("method"))
                part.replace_header("Content-Type", kind)
        return message


def email_of(letter: Letter) -> CalendarEmail:
    """Return the mail that carries this letter to its one recipient."""
    sender = _header_address(letter.sender)
    mail = CalendarEmail(
        subject=clean_line(letter.subject),
        body=letter.text,
        from_email=sender,
        to=[_header_address(letter.recipient)],
        reply_to=[sender],
        headers={
            "Message-ID": letter.message_id,
            "References": letter.thread_id,
            "In-Reply-To": letter.thread_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        },
    )
    mail.attach_alternative(letter.html, "text/html")
    if letter.calendar is not None:
        _attach_calendar(mail, letter.calendar)
    return mail


def _attach_calendar(mail: CalendarEmail, calendar: CalendarMessage) -> None:
    kind = _CALENDAR_TYPE.format(method=calendar.method)
    mail.attach_alternative(calendar.content.decode(), kind)
    mail.attach(_FILE_NAME, calendar.content, "application/ics")


def _header_address(mailbox: Mailbox) -> str:
    name = clean_name(mailbox.name).replace("\\", "").replace("<", "").replace(">", "")
    return f'"{name}" <{mailbox.address}>' if name else mailbox.address
