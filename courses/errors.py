"""Refusals as values, and the errors that carry them.

Rules return refusals; actions raise `Refused`. Both say the same thing to a page,
a command and a test: which rule, about what, when, and what would lift it.
This module imports nothing from Django, so that pure rules may use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not happen, in words that the front desk can act on."""

    rule: str
    sentence: str
    session: str = ""
    resource: str = ""
    at: datetime | None = None
    is_hard: bool = True
    override_by: str = ""
    relaxation: str = ""


class Refused(Exception):
    """An action did not happen, and nothing was changed."""

    rule: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This can't be done."
    constraint: ClassVar[str] = ""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals or (Refusal(rule=self.rule, sentence=self.sentence),)
        super().__init__(" ".join(refusal.sentence for refusal in self.refusals))

    @classmethod
    def because(cls, sentence: str, **about: object) -> Self:
        """Make the error from one sentence; the rule is the class's own."""
        return cls(Refusal(rule=cls.rule, sentence=sentence, **about))  # type: ignore[arg-type]


def refused_classes(base: type[Refused] = Refused) -> Iterator[type[Refused]]:
    """Yield every named error there is, the base first."""
    yield base
    for child in base.__subclasses__():
        yield from refused_classes(child)


class Contended(Refused):
    rule = "database.contended"
    sentence = (
        "Several people changed the same thing at once. Nothing was changed. Try again."
    )


class StalePage(Refused):
    rule = "page.stale"
    sentence = "This was changed after you opened it. Reload the page and look again."


class NotPermitted(Refused):
    rule = "actor.not_permitted"
    sentence = "You don't have the permission to do this. Ask a manager."


class BadInput(Refused):
    rule = "input.invalid"
    sentence = "Something in the form is not right."


class HistoryIsAppendOnly(Refused):
    rule = "history.append_only"
    sentence = "History is never changed or deleted. Add a new entry instead."
    constraint = "history_is_append_only"


class PatientAlreadyRegistered(Refused):
    rule = "patient.already_registered"
    sentence = (
        "A patient with this name and birth date is already registered. "
        "Open that record, or confirm that this is another person."
    )


class PatientHasActiveCourse(Refused):
    rule = "course.one_active"
    sentence = (
        "This patient already has an active course. "
        "Open it, or end it before opening another."
    )
    constraint = "patient_has_one_active_course"


class CourseNotReady(Refused):
    rule = "course.not_ready"
    sentence = "The course isn't ready for this step."


class AssessmentRefused(Refused):
    rule = "assessment.refused"
    sentence = "The assessment can't be recorded like this."


class DecisionIncomplete(AssessmentRefused):
    rule = "assessment.decision_incomplete"
    sentence = "A decision names the clinician who made it and when."
    constraint = "decided_assessment_says_by_whom_and_when"


class ValidityMissing(AssessmentRefused):
    rule = "assessment.validity_missing"
    sentence = "An eligible assessment says until which day it is valid."
    constraint = "eligible_assessment_is_valid_until_a_day"


class CredentialMissing(Refused):
    rule = "credential.missing"
    sentence = "The clinician holds no valid credential for this on that day."


class CredentialEndsBeforeItStarts(Refused):
    rule = "credential.span"
    sentence = "A credential's last day is not before its first day."
    constraint = "credential_ends_after_it_starts"


class ProtocolInvalid(Refused):
    rule = "protocol.invalid"
    sentence = "The protocol can't be published like this."


class ProtocolIsImmutable(Refused):
    rule = "protocol.immutable"
    sentence = "A published protocol never changes. Make a new version of it."
    constraint = "protocol_is_immutable_once_published"


class LibraryUnreadable(Refused):
    rule = "library.unreadable"
    sentence = "The library file can't be read. Compare it with the shipped one."


class WindowOutOfOrder(ProtocolInvalid):
    rule = "protocol.window_out_of_order"
    sentence = "A window's target lies between its earliest and its latest."
    constraint = "protocol_step_window_is_in_order"


class SessionWindowOutOfOrder(Refused):
    rule = "session.window_out_of_order"
    sentence = "A session's latest day is not before its earliest day."
    constraint = "session_window_is_in_order"


class SessionClosed(Refused):
    rule = "session.closed"
    sentence = "This session is already over, so it can't be placed or changed."
