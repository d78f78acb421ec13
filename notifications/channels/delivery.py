"""What a mail server's answer, or its silence, means for one message."""

import logging
import smtplib
from dataclasses import dataclass

from django.core.mail.backends.base import BaseEmailBackend

from notifications.channels.email import CalendarEmail
from notifications.models import DeliveryAttempt

logger = logging.getLogger(__name__)
Outcome = DeliveryAttempt.Outcome
_ANSWER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one try ended."""

    outcome: DeliveryAttempt.Outcome
    answer: str
    breaks_connection: bool = False


def deliver(mail: CalendarEmail, connection: BaseEmailBackend) -> Delivery:
    """Hand one mail over and say how it ended; every error is an outcome."""
    try:
        accepted = connection.send_messages([mail])
    except Exception as error:  # noqa: BLE001 - no message's trouble may stop the others
        return _meaning_of(error)
    if not accepted:
        return Delivery(Outcome.REFUSED, "The mail backend sent to nobody.")
    return Delivery(Outcome.ACCEPTED, "")


def _meaning_of(error: Exception) -> Delivery:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_code(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError):
        # Our own address or password: the fault of no message, so all of them wait.
        answer = _clipped(error.smtp_code, error.smtp_error)
        return Delivery(Outcome.REFUSED_FOR_NOW, answer, breaks_connection=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    if isinstance(error, OSError):
        # A connection that broke off or went silent: whether the server took the
        # message can't be known.
        return Delivery(Outcome.UNSURE, _clipped(error), breaks_connection=True)
    logger.error("The mail backend failed", exc_info=error)
    return _by_provider_status(error)


def _by_code(code: int, answer: bytes | str) -> Delivery:
    is_final = 500 <= code < 600
    return Delivery(
        Outcome.REFUSED if is_final else Outcome.REFUSED_FOR_NOW,
        _clipped(code, answer),
        breaks_connection=code == 421,
    )


def _by_provider_status(error: Exception) -> Delivery:
    status = getattr(error, "status_code", None)
    is_final = isinstance(status, int) and 400 <= status < 500 and status != 429
    outcome = Outcome.REFUSED if is_final else Outcome.REFUSED_FOR_NOW
    return Delivery(outcome, _clipped(error), breaks_connection=True)


def _clipped(*parts: object) -> str:
    words = (
        part.decode(errors="replace") if isinstance(part, bytes) else str(part)
        for part in parts
    )
    return " ".join(" ".join(words).split())[:_ANSWER_LENGTH]
