"""From a course in the database to a plan that can be booked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from uuid import UUID

from courses.errors import Refusal
from courses.models import Course, Session
from courses.rules.shapes import CourseShape, Placement
from courses.shapes import course_shape
from scheduler.availability import read_calendars, read_visits
from scheduler.models import Appointment, Resource, Site
from scheduler.placements import placements_of
from scheduler.planning.calendar import PlannedClaim, Visit
from scheduler.planning.changes import Change
from scheduler.planning.objective import Cost, Objective
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan, Preferences, Told
from scheduler.planning.ranging import CourseDays
from scheduler.planning.relations import Option
from scheduler.planning.timeline import DAY, first_instant_at


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Where one session goes, who serves it, and why there."""

    session_id: UUID
    label: str
    starts_at: datetime
    ends_at: datetime
    claims: tuple[PlannedClaim, ...]
    visit: Visit
    # The code of its step in the protocol; empty for an unscheduled session.
    step: str = ""
    reason: str = ""


@dataclass(frozen=True)
class CoursePlan:
    """A complete plan of a course at one site: no other plan costs less.

    `pinned` are the placements that the plan was made around, by session key; when
    they have changed, the plan is outdated. `kept` names the resource of each
    continuity group, such as the therapist. `changes` are what was asked for besides
    the wishes; a hard rule that they relax stands in `deviations`.
    """

    course_id: UUID
    site: Site
    visits: tuple[PlannedVisit, ...]
    cost: Cost
    pinned: Mapping[str, Placement] = field(default_factory=dict)
    kept: Mapping[str, UUID] = field(default_factory=dict)
    deviations: tuple[Refusal, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def overrides(self) -> tuple[Refusal, ...]:
        """Return the hard rules that the plan breaks."""
        return tuple(broken for broken in self.deviations if broken.is_hard)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """There is no plan, and what stands in the way of one."""

    refusals: tuple[Refusal, ...]


def plan_course(
    *,
    course: Course,
    site: Site,
    preferences: Preferences,
    slack_days: int = CourseProblem.slack_days,
    now: datetime,
) -> CoursePlan | Infeasible:
    """Return the best plan for all open sessions of the course, or why there is none.

    Sessions that have their time already stay where they are. Soft windows are left
    by at most `slack_days`. Nothing is written.
    """
    problem = read_problem(
        course=course,
        site=site,
        preferences=preferences,
        slack_days=slack_days,
        now=now,
    )
    return solved(course, site, problem)


def read_problem(
    *,
    course: Course,
    site: Site,
    preferences: Preferences,
    slack_days: int = CourseProblem.slack_days,
    now: datetime,
) -> CourseProblem | Infeasible:
    """Return all that a plan of the course depends on, or that nothing is to be placed.

    The database isn't asked again until the plan is booked.
    """
    shape = course_shape(course)
    pinned = placements_of(course.pk)
    visits = _visits_to_place(course, shape, pinned)
    if not visits.keys() - pinned.keys():
        return Infeasible((_nothing_to_place(shape),))
    return _problem(course, site, shape, visits, pinned, preferences, slack_days, now)


def solved(
    course: Course, site: Site, problem: CourseProblem | Infeasible
) -> CoursePlan | Infeasible:
    """Return the best plan of the problem, or why there is none."""
    if isinstance(problem, Infeasible):
        return problem
    answer = find_plan(problem)
    if isinstance(answer, NoPlan):
        return Infeasible(answer.refusals)
    return told_plan(course, site, problem, answer)


def read_again(
    course: Course,
    site: Site,
    problem: CourseProblem,
    preferences: Preferences,
    moving: Appointment | None = None,
) -> CourseProblem:
    """Return the same problem at that site, with as much calendar as it needs there.

    With `moving` that appointment's session is to be placed anew, like the others.
    """
    pinned, told = dict(problem.pinned), {}
    if moving is not None:
        key = str(moving.session_id)
        serving = dict(moving.claims.values_list("party", "resource_id"))
        told = {key: Told(pinned.pop(key), serving)}
    again = _problem(
        course,
        site,
        problem.course,
        dict(problem.visits),
        pinned,
        preferences,
        problem.slack_days,
        problem.not_before,
        ignoring=[] if moving is None else [moving.pk],
    )
    return replace(again, kept=problem.kept, objective=problem.objective, told=told)


def told_plan(
    course: Course,
    site: Site,
    problem: CourseProblem,
    plan: Plan,
    changes: tuple[Change, ...] = (),
) -> CoursePlan:
    """Return a plan as the course's pages and its booking want to know it."""
    steps = {s.key: s.step.code for s in problem.course.sessions if s.step is not None}
    return CoursePlan(
        course_id=course.pk,
        site=site,
        visits=tuple(
            PlannedVisit(
                session_id=UUID(placed.key),
                label=placed.label,
                starts_at=placed.starts_at,
                ends_at=placed.ends_at,
                claims=placed.claims,
                visit=problem.visits[placed.key],
                step=steps.get(placed.key, ""),
                reason=placed.reason,
            )
            for placed in plan.sessions
        ),
        cost=plan.cost,
        pinned=problem.pinned,
        kept=plan.kept,
        deviations=plan.deviations,
        changes=changes,
    )


def _nothing_to_place(shape: CourseShape) -> Refusal:
    sentence = (
        "Every session of this course has its time already. Move them one by one."
        if shape.sessions
        else "This course has no sessions yet. Choose its protocol first."
    )
    return Refusal(rule="plan.nothing_to_place", sentence=sentence)


def _visits_to_place(
    course: Course, shape: CourseShape, pinned: Mapping[str, Placement]
) -> dict[str, Visit]:
    """Return what each open or pinned session needs, by its key."""
    rows = Session.objects.filter(course=course, visit_type__is_placed=True)
    types = {
        str(pk): visit_type_id
        for pk, status, visit_type_id in rows.values_list(
            "pk", "status", "visit_type_id"
        )
        if status == Session.Status.OPEN or str(pk) in pinned
    }
    visits = read_visits(set(types.values()))
    return {
        session.key: replace(
            visits[types[session.key]], key=session.key, label=session.label
        )
        for session in shape.sessions
        if session.key in types
    }


def _problem(  # noqa: PLR0917
    course: Course,
    site: Site,
    shape: CourseShape,
    visits: dict[str, Visit],
    pinned: Mapping[str, Placement],
    preferences: Preferences,
    slack_days: int,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> CourseProblem:
    free = [visit for key, visit in visits.items() if key not in pinned]
    days = CourseDays(
        course=shape,
        free=tuple(visit.key for visit in free),
        pinned={
            key: Option(placed.on.toordinal(), 0, 0, 0)
            for key, placed in pinned.items()
        },
        not_before=now.astimezone(site.zone).date(),
        preferences=preferences,
        objective=Objective(),
    )
    first_on, last_on = days.to_read(slack_days)
    calendars = read_calendars(
        site=site,
        from_at=first_instant_at(site.zone, first_on, time.min),
        until_at=first_instant_at(site.zone, last_on + DAY, time.min),
        visits=free,
        patient=course.patient,
        ignoring_appointments=ignoring,
    )
    return CourseProblem(
        course=shape,
        visits=visits,
        calendars=calendars,
        not_before=now,
        preferences=preferences,
        pinned=pinned,
        kept=_kept(course),
        objective=days.objective,
        slack_days=slack_days,
    )


def _kept(course: Course) -> dict[str, UUID]:
    """Return the resources of the course's own people, by continuity group."""
    people = {"therapist": course.therapist_id, "prescriber": course.prescriber_id}
    clinicians = [pk for pk in people.values() if pk is not None]
    resources = dict(
        Resource.objects.filter(clinician__in=clinicians).values_list("clinician", "pk")
    )
    return {g: resources[pk] for g, pk in people.items() if pk in resources}
