"""Lays a course so that one of its steps lands on the day that its story names."""

from dataclasses import replace
from datetime import date, datetime

from courses.models import Clinician, Course, Protocol
from courses.shapes import protocol_shape
from scheduler.course_plans import CoursePlan, Infeasible, read_problem, solved
from scheduler.demo.chapters import Telling
from scheduler.demo.moments import DAY
from scheduler.planning.problem import (
    TREATMENT,
    CourseProblem,
    Demand,
    Preferences,
)

# Room for preparation before the first dose, and for days on which nobody is free.
LEAD_DAYS = 14
# In this order: a visit of today may come a day early before it comes late.
NEAREST = (0, -1, 1, -2, 2, -3, 3, -5, 5, -7, 7)
THERAPISTS = {
    "riverside": ("Ruth Abernathy, LCSW", "Kenji Moreau, PsyD", "Solveig Tran, PhD"),
    "westlake": ("Leona Whitford, LMFT", "Bruno Castellan, PsyD"),
}


class NotPlanned(Exception):
    """The roster is too small for a story: the demo's data is wrong."""


def protocol_of(telling: Telling) -> Protocol:
    """Return the published protocol of the story."""
    return Protocol.objects.published().get(code=telling.story.protocol)


def therapist_of(telling: Telling) -> Clinician:
    """Return who treats this patient, the same person throughout."""
    team = THERAPISTS[telling.story.site]
    return telling.clinic.clinicians[team[telling.number % len(team)]]


def first_day(telling: Telling) -> date:
    """Return the day on which the course may begin, to land where its story says."""
    days = _days_from_first_dose(protocol_of(telling))[telling.story.lands]
    return telling.moments.day(telling.story.on_day - days - LEAD_DAYS)


def _days_from_first_dose(protocol: Protocol) -> dict[str, int]:
    """Return where each step lies when treatment goes as fast as the rules allow.

    That is what the planner does. What is not treatment lies on its target day.
    """
    steps, spacing = protocol_shape(protocol)
    by_code = {step.code: step for step in steps}
    doses = [step.code for step in steps if step.kind == "dosing"]
    reaches = [
        (rule.count or 1, rule.days)
        for rule in spacing
        if rule.kind != "longest_span" and rule.about == "dosing"
    ]
    days: dict[str, int] = {}

    def day(code: str) -> int:
        if code not in days:
            step = by_code[code]
            gap = step.earliest if step.kind in TREATMENT else step.target
            days[code] = day(step.anchor) + gap if step.anchor else 0
            place = doses.index(code) if code in doses else 0
            for reach, apart in reaches:
                if place >= reach:
                    days[code] = max(days[code], day(doses[place - reach]) + apart)
        return days[code]

    return {step.code: day(step.code) for step in steps}


def lay_out(telling: Telling, course: Course, *, now: datetime) -> CoursePlan:
    """Return the best plan in which the story's step lands on its day.

    When nobody is there that day, it lands on the nearest on which no window is left.
    """
    landing = course.sessions.get(step__code=telling.story.lands)
    problem = _problem(telling, course, now)
    if isinstance(problem, CourseProblem):
        days = [telling.moments.day(telling.story.on_day + off) for off in NEAREST]
        wanted = [{str(landing.pk): Demand(on=on)} for on in days]
        for demands in (*wanted, {}):
            there = replace(problem, demands=demands)
            answer = solved(course, telling.site, there)
            if isinstance(answer, CoursePlan):
                return answer
    raise NotPlanned(f"No day suits {telling.sheet.family_name}.")


def _problem(
    telling: Telling, course: Course, now: datetime
) -> CourseProblem | Infeasible:
    moments, around = telling.moments, telling.story.around
    soonest = now.astimezone(telling.site.zone).date() + DAY
    return read_problem(
        course=course,
        site=telling.site,
        preferences=Preferences(
            start_on=max(first_day(telling), soonest),
            earliest=moments.preferred_start(around),
            latest=moments.preferred_end(around),
            start_within_days=LEAD_DAYS + 3,
        ),
        slack_days=0,
        now=now,
    )
