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
    # The patient, course or appointment that stands in the way, for a link to it.
    record_id: str = ""


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


class CourseEndUnclear(Refused):
    rule = "course.end"
    sentence = (
        "An ended course says when it ended, and a running one has no end. Stop or "
        "complete it on its page."
    )
    constraint = "ended_course_says_when"


class StepAlreadyInCourse(Refused):
    rule = "course.step_once"
    sentence = (
        "This course already has a session for that step. Place or move that one."
    )
    constraint = "course_has_each_step_once"


class CourseNotReady(Refused):
    rule = "course.not_ready"
    sentence = "The course isn't ready for this step."


class CourseOnHold(CourseNotReady):
    rule = "course.on_hold"
    sentence = "This course is on hold. Resume it before booking its visits."


class CourseHeldAlready(CourseNotReady):
    rule = "course.held_already"
    sentence = "This course is on hold already. Resume it, or leave it as it is."
    constraint = "course_has_one_open_hold"


class CourseHoldWithoutReason(CourseNotReady):
    rule = "course.hold_reason"
    sentence = "Say why the course is put on hold."
    constraint = "course_hold_says_why"


class CourseHoldEndsBeforeItBegan(CourseNotReady):
    rule = "course.hold_span"
    sentence = "A course is resumed after it was put on hold. Check the clock."
    constraint = "course_hold_ends_after_it_began"


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


class UserIsClinicianAlready(Refused):
    rule = "clinician.user"
    sentence = (
        "Another clinician signs in as that user. Choose another user, or clear it "
        "there first."
    )
    constraint = "user_is_one_clinician"


class CapabilityCodeTaken(Refused):
    rule = "capability.code"
    sentence = "Another capability has that code. Use that one, or choose another code."
    constraint = "capability_has_its_own_code"


class VisitTypeCodeTaken(Refused):
    rule = "visit_type.code"
    sentence = "Another visit type has that code. Use that one, or choose another code."
    constraint = "visit_type_has_its_own_code"


class RouteUnclear(Refused):
    rule = "visit_type.route"
    sentence = (
        "A dosing visit is an infusion or an injection, and no other visit is. "
        "Choose the route of a dosing visit; leave it empty otherwise."
    )
    constraint = "dosing_visit_type_has_a_route"


class PhaseTakesNoTime(Refused):
    rule = "visit_phase.minutes"
    sentence = (
        "A phase takes at least one minute. Enter its minutes, or remove the phase."
    )
    constraint = "visit_phase_takes_time"


class PhasePlaceTaken(Refused):
    rule = "visit_phase.position"
    sentence = (
        "Another phase of this visit type has that position. Give each phase a "
        "number of its own."
    )
    constraint = "visit_phase_has_its_own_place"


class NeedTakesNothing(Refused):
    rule = "resource_need.amount"
    sentence = (
        "A need takes at least one minute and one unit. Enter both, or remove the need."
    )
    constraint = "resource_need_takes_time_and_units"


class NeedAlreadyThere(Refused):
    rule = "resource_need.once"
    sentence = (
        "This visit type already needs that party from that minute on. Change that "
        "need, or let the other one start later."
    )
    constraint = "visit_type_needs_a_party_once_at_a_time"


class ProtocolInvalid(Refused):
    rule = "protocol.invalid"
    sentence = "The protocol can't be published like this."


class ProtocolIsImmutable(Refused):
    rule = "protocol.immutable"
    sentence = "A published protocol never changes. Make a new version of it."
    constraint = "protocol_is_immutable_once_published"


class ProtocolVersionTaken(Refused):
    rule = "protocol.version"
    sentence = (
        "That version of the protocol exists already. Use the next version number."
    )
    constraint = "protocol_version_is_unique"


class PublicationUnclear(Refused):
    rule = "protocol.published_at"
    sentence = (
        "A published protocol says since when, and a draft doesn't. Publish it with "
        "the button on its page."
    )
    constraint = "published_protocol_says_since_when"


class LibraryUnreadable(Refused):
    rule = "library.unreadable"
    sentence = "The library file can't be read. Compare it with the shipped one."


class WindowOutOfOrder(ProtocolInvalid):
    rule = "protocol.window_out_of_order"
    sentence = "A window's target lies between its earliest and its latest."
    constraint = "protocol_step_window_is_in_order"


class StepCodeTaken(ProtocolInvalid):
    rule = "protocol.step_code"
    sentence = (
        "Another step of this protocol has that code. Give each step a code of its own."
    )
    constraint = "protocol_step_code_is_unique"


class StepPlaceTaken(ProtocolInvalid):
    rule = "protocol.step_position"
    sentence = (
        "Another step of this protocol has that position. Give each step a number of "
        "its own."
    )
    constraint = "protocol_step_has_its_own_place"


class SpacingCountUnclear(ProtocolInvalid):
    rule = "protocol.spacing_count"
    sentence = (
        "Only 'at most so many in so many days' has a count, of one or more. Enter "
        "it there, and leave it empty in the other rules."
    )
    constraint = "spacing_rule_counts_only_in_days"


class SpacingWithoutDays(ProtocolInvalid):
    rule = "protocol.spacing_days"
    sentence = (
        "A spacing rule is about at least one day. Enter the days, or remove the rule."
    )
    constraint = "spacing_rule_spans_days"


class DoseIntervalUnclear(Refused):
    rule = "course.dose_interval"
    sentence = (
        "The interval between doses has an earliest, a target and a latest day, in "
        "that order, and says whose order it is. Enter all four."
    )
    constraint = "course_dose_interval_is_whole_and_in_order"


class SessionWindowOutOfOrder(Refused):
    rule = "session.window_out_of_order"
    sentence = "A session's latest day is not before its earliest day."
    constraint = "session_window_is_in_order"


class SessionClosed(Refused):
    rule = "session.closed"
    sentence = "This session is already over, so it can't be placed or changed."


class SessionTargetOutside(Refused):
    rule = "session.target_outside"
    sentence = "A session's target day lies between its earliest and its latest day."
    constraint = "session_target_is_inside_its_window"


class StepHangsOtherwise(Refused):
    rule = "session.step_hangs"
    sentence = (
        "A session of the protocol counts from what its step says. Only an added "
        "session has an anchor or a dose of its own."
    )
    constraint = "step_says_what_its_session_hangs_on"


class AnchoredWindowUnclear(Refused):
    rule = "session.anchored_window"
    sentence = (
        "An added session that counts from another says its earliest, target and "
        "latest day, in that order, or repeats a step."
    )
    constraint = "anchored_session_has_one_window"


class SessionHangsElsewhere(Refused):
    rule = "session.hangs_elsewhere"
    sentence = (
        "A session counts from, or belongs to, another session of its own course. "
        "Choose one of those."
    )
    constraint = "session_hangs_on_another_of_its_course"
