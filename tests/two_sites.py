"""A clinic that gives infusions at one site and therapy at another."""

from dataclasses import dataclass
from datetime import time, timedelta

from courses.models import Course
from scheduler.course_plans import CoursePlan, plan_course
from scheduler.models import Appointment, Site, WorkingHours
from scheduler.planning.problem import Preferences
from tests.builders import (
    NOW,
    TODAY,
    Clinic,
    a_clinic,
    a_patient,
    a_room,
    a_site,
    a_therapist,
    working_hours,
)
from tests.desk import a_course_to_plan, book_plan

SOON = Preferences(start_on=TODAY + timedelta(days=1))
THERAPY = ("preparation", "integration")


@dataclass(frozen=True)
class TwoSites:
    """Infusions are given at the clinic, whose therapist is at the practice too."""

    clinic: Clinic
    practice: Site

    @property
    def elsewhere(self) -> dict[str, Site]:
        return dict.fromkeys(THERAPY, self.practice)


def two_sites() -> TwoSites:
    """A clinic with its practice; the therapist is here before noon and there after."""
    clinic = a_clinic(chairs=2, rooms=1, nurses=2)
    practice = a_site("Elm Street Practice")
    practice.address = "9 Elm Street, Springfield, NY"
    practice.save(update_fields=["address"])
    a_room(practice, name="Quiet room")
    WorkingHours.objects.filter(resource=clinic.therapist).update(closes=time(12))
    working_hours(clinic.therapist, site=practice, opens=time(13), closes=time(18))
    a_therapist(practice, name="Only there")
    return TwoSites(clinic, practice)


def planned(course: Course, two: TwoSites) -> CoursePlan:
    found = plan_course(
        course=course,
        site=two.clinic.site,
        preferences=SOON,
        elsewhere=two.elsewhere,
        now=NOW,
    )
    assert isinstance(found, CoursePlan), found
    return found


def booked(two: TwoSites, *, doses: int = 2, name: str = "Vega") -> Course:
    course = a_course_to_plan(a_patient("Ana", name), doses=doses)
    book_plan(course, planned(course, two))
    return Course.objects.select_related("patient").get(pk=course.pk)


def sites(course: Course) -> dict[str, str]:
    rows = Appointment.objects.live().filter(session__course=course)
    return dict(rows.values_list("session__label", "site__name"))


def expected(two: TwoSites, course: Course) -> dict[str, str]:
    here, there = two.clinic.site.name, two.practice.name
    return {label: here if label[0] == "D" else there for label in sites(course)}
