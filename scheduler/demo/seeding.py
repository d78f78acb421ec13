"""Fills an empty database with the demo clinic, in one transaction."""

from datetime import date, datetime, timedelta

from django.db import transaction

from courses.actions.install_library import install_library
from courses.actors import Actor
from courses.errors import Refused
from courses.library.reading import read_library
from courses.models import Course, Patient
from scheduler.demo import chapters, treatment
from scheduler.demo.accounts import Staff, let_clinician_sign_in, open_accounts
from scheduler.demo.chapters import Telling
from scheduler.demo.clinic import build_clinic, close_what_is_closed
from scheduler.demo.moments import DAY
from scheduler.demo.names import PATIENTS
from scheduler.demo.planning import first_day
from scheduler.demo.playing import let_happen
from scheduler.demo.roster import SIGNS_IN
from scheduler.demo.stories import STORIES, Stage
from scheduler.models import Site

SEEDER = Actor.system("seed_demo")
# The clinic has been open for this long when the demo begins.
OPEN_FOR_DAYS = 200
# From the assessment to the first plannable day, and from referral to assessment.
ASSESSED_BEFORE_DAYS = 6
REFERRED_BEFORE_DAYS = 6
# A course that is booked by now was assessed some days ago.
LATEST_ASSESSED_DAYS_AGO = 3
ASSESSMENT_OF_HELD_ON_DAY = 3


class DatabaseNotEmpty(Refused):
    rule = "demo.not_empty"
    sentence = (
        "The database already holds patients or sites, and the demo clinic only goes"
        " into an empty one. Point DATABASE_URL at a new database, or delete this one."
    )


def seed_demo(*, size: int, password: str, now: datetime) -> None:
    """An empty database holds `size` demo clinics, each with forty patients.

    The same for the same `now`. Everything goes through the actions, or none of it
    stays. Raises DatabaseNotEmpty.
    """
    now = now.replace(second=0, microsecond=0)
    with transaction.atomic():
        if Patient.objects.exists() or Site.objects.exists():
            raise DatabaseNotEmpty
        opened_at = now - timedelta(days=OPEN_FOR_DAYS)
        install_library(library=read_library(), actor=SEEDER, now=opened_at)
        staff = open_accounts(password)
        for number in range(1, size + 1):
            _fill_clinic(number, staff, now)


def _fill_clinic(number: int, staff: Staff, now: datetime) -> None:
    clinic = build_clinic(number, now=now)
    if number == 1:
        let_clinician_sign_in(clinic.clinicians[SIGNS_IN])
    close_what_is_closed(clinic, actor=staff.manager, now=now)
    for place, story in enumerate(STORIES):
        sheet = PATIENTS[place]
        _tell(
            Telling(
                number=place,
                sheet=sheet,
                story=story,
                clinic=clinic,
                staff=staff,
                now=now,
            )
        )


def _tell(telling: Telling) -> None:
    stage = telling.story.stage
    if stage is Stage.REFERRED:
        chapters.refer(telling, on=telling.moments.day(telling.story.on_day))
    elif stage is Stage.ASSESSMENT_BOOKED:
        _book_assessment(telling, telling.story.on_day)
    elif stage is Stage.HELD:
        treatment.hold(telling, _book_assessment(telling, ASSESSMENT_OF_HELD_ON_DAY))
    elif stage in _DECISIONS or stage is Stage.ASSESSED:
        _assess(telling, telling.moments.day(telling.story.on_day))
    else:
        _treat(telling)


def _book_assessment(telling: Telling, on_day: int) -> Course:
    referred_on = telling.moments.day(min(on_day - REFERRED_BEFORE_DAYS, -1))
    course = chapters.refer(telling, on=referred_on)
    chapters.book_assessment(telling, course, on=telling.moments.day(on_day))
    let_happen(course, number=telling.number, staff=telling.staff, now=telling.now)
    return course


def _assess(telling: Telling, on: date) -> tuple[Course, datetime]:
    """Return the course and when its assessment was decided, or recorded."""
    course = chapters.refer(telling, on=on - REFERRED_BEFORE_DAYS * DAY)
    chapters.book_assessment(telling, course, on=on)
    assessment = chapters.hold_assessment(telling, course)
    if telling.story.stage is Stage.ASSESSED:
        return course, assessment.recorded_at
    decision = _DECISIONS.get(telling.story.stage, "eligible")
    return course, chapters.decide(telling, assessment, decision)


def _treat(telling: Telling) -> None:
    assessed_on = min(
        first_day(telling) - ASSESSED_BEFORE_DAYS * DAY,
        telling.moments.day(-LATEST_ASSESSED_DAYS_AGO),
    )
    course, decided_at = _assess(telling, assessed_on)
    booked = treatment.book(telling, course, decided_at=decided_at)
    if telling.story.stage is Stage.STOPPED:
        treatment.treat_and_stop(telling, booked)
        return
    treatment.treat(telling, booked, until=telling.now)
    if telling.story.stage is Stage.COMPLETED:
        treatment.complete(telling, booked)


_DECISIONS = {
    Stage.ELIGIBLE: "eligible",
    Stage.DEFERRED: "deferred",
    Stage.NOT_ELIGIBLE: "not_eligible",
}
