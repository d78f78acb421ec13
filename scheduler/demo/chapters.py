"""The chapters before treatment: referral, assessment, decision.

Each goes through the actions that the pages use, with the instant at which it would
have happened, so that history reads as if the clinic had been open for months.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from courses.actions.decide_assessment import decide_assessment
from courses.actions.open_course import open_course
from courses.actions.record_assessment import record_assessment
from courses.actions.register_patient import register_patient
from courses.models import Assessment, Course, VisitType
from scheduler.actions.schedule_assessment import schedule_assessment
from scheduler.availability import Slot, free_starts
from scheduler.demo.accounts import Staff
from scheduler.demo.clinic import Clinic
from scheduler.demo.moments import DAY, MINUTE, Moments
from scheduler.demo.names import PatientSheet
from scheduler.demo.playing import let_happen
from scheduler.demo.stories import Story
from scheduler.models import Appointment, Site

# A psychiatric assessment serves for 90 days; the doses of every course fit into it.
VALID_DAYS = 90
SEARCH_DAYS = 3
AFTERWARDS = timedelta(hours=1)
REFERRALS = (
    "Referred by the family doctor",
    "Referred by a veterans' clinic",
    "Referred by a psychiatrist",
    "Called on their own",
    "Referred by a therapist in town",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One patient's story, and everything that telling it needs."""

    number: int
    sheet: PatientSheet
    story: Story
    clinic: Clinic
    staff: Staff
    now: datetime

    @property
    def site(self) -> Site:
        """Return where the patient is treated."""
        return self.clinic.sites[self.story.site]

    @property
    def moments(self) -> Moments:
        """Return the clock of that site."""
        return Moments(self.site, self.now)

    @property
    def prescriber(self) -> str:
        """Return who decides about this patient, by the name on the roster."""
        if self.story.site == "westlake":
            return "Dr. Theo Vandermeer"
        team = ("Dr. Amara Stone", "Dr. Felix Hartnell", "Dr. Ines Calloway")
        return team[self.number % len(team)]


def refer(telling: Telling, *, on: date) -> Course:
    """The patient is registered and has a course, from that day on."""
    sheet, number = telling.sheet, telling.number
    now = telling.moments.at_the_desk(on, number)
    patient = register_patient(
        given_name=sheet.given_name,
        family_name=sheet.family_name,
        birth_on=sheet.birth_on,
        email=f"patient{number + 1}@example.org" if sheet.takes_mail else "",
        phone=f"+1212555{100 + number % 100:04}",
        language=sheet.language,
        preferred_channel="email" if sheet.takes_mail else "none",
        safe_contact_note=sheet.safe_contact_note,
        escort_name="" if number % 5 == 3 else f"Sam {sheet.family_name.split()[0]}",
        is_another_person=True,
        actor=telling.staff.desk,
        now=now,
    )
    return open_course(
        patient=patient,
        referral_note=REFERRALS[number % len(REFERRALS)],
        actor=telling.staff.desk,
        now=now + 2 * MINUTE,
    )


def book_assessment(telling: Telling, course: Course, *, on: date) -> Appointment:
    """The course has an assessment that day, or on the next day that has room."""
    visit_type = VisitType.objects.get(code="assessment")
    now = course.opened_at + 6 * MINUTE
    return schedule_assessment(
        course=course,
        visit_type=visit_type,
        site=telling.site,
        starts_at=_assessment_slot(telling, visit_type, on, now).starts_at,
        actor=telling.staff.desk,
        now=now,
    )


def _assessment_slot(
    telling: Telling, visit_type: VisitType, on: date, now: datetime
) -> Slot:
    wall = telling.moments.preferred_start(telling.story.around)
    wanted = telling.moments.at(on, wall)
    slots = free_starts(
        visit_type=visit_type,
        site=telling.site,
        from_on=on - SEARCH_DAYS * DAY,
        until_on=on + SEARCH_DAYS * DAY,
        now=now,
    )
    # What a story tells as past is over by now.
    is_past = on < telling.moments.today
    over = [slot for slot in slots if slot.ends_at + AFTERWARDS < telling.now]
    return min(
        over if is_past else slots, key=lambda slot: abs(slot.starts_at - wanted)
    )


def hold_assessment(telling: Telling, course: Course) -> Assessment:
    """The assessment visit has happened, and what it found is recorded."""
    let_happen(course, number=telling.number, staff=telling.staff, now=telling.now)
    visit = Appointment.objects.get(session__course=course)
    return record_assessment(
        course=course,
        session=visit.session,
        assessed_on=visit.starts_at.astimezone(telling.site.zone).date(),
        findings="Made-up findings of a made-up patient.",
        actor=telling.staff.clinician,
        now=visit.ends_at + 12 * MINUTE,
    )


def decide(telling: Telling, assessment: Assessment, decision: str) -> datetime:
    """The prescriber has decided; returns when."""
    now = assessment.recorded_at + timedelta(minutes=9)
    decide_assessment(
        assessment=assessment,
        decision=decision,
        decided_by=telling.clinic.clinicians[telling.prescriber],
        decided_on=now.astimezone(telling.site.zone).date(),
        valid_until=assessment.assessed_on + VALID_DAYS * DAY
        if decision == Assessment.Decision.ELIGIBLE
        else None,
        missing=telling.story.reason
        if decision == Assessment.Decision.DEFERRED
        else "",
        actor=telling.staff.clinician,
        now=now,
    )
    return now
