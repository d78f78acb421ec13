"""From a course in the database to a plan that can be booked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from courses.errors import Refusal
from courses.models import Course, Session
from courses.rules.shapes import CourseShape, Placement
from scheduler.availability import calendars_of, visits_of
from scheduler.calendar_rows import ResourceRow, resource_rows
from scheduler.course_rows import CourseRows, read_course
from scheduler.course_sites import refuse_two_clocks
from scheduler.models import Appointment, Site
from scheduler.planning.calendar import PlannedClaim, Visit
from scheduler.planning.changes import Change
from scheduler.planning.naming import last_day_to_read
from scheduler.planning.objective import Cost, Objective
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan, Preferences, Told

NOWHERE: Mapping[str, Site] = MappingProxyType({})


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
    """A complete plan of a course: no other plan costs less.

    Its visits are at the site, those of the kinds in `elsewhere` at another.
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
    elsewhere: Mapping[str, Site] = field(default_factory=dict)

    def site_of(self, visit: PlannedVisit) -> Site:
        """Return where a visit is held."""
        return self.elsewhere.get(visit.visit.kind, self.site)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Return every site that the plan may use, the main one first."""
        others = {s.pk: s for s in self.elsewhere.values() if s.pk != self.site.pk}
        return (self.site, *others.values())

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
    elsewhere: Mapping[str, Site] = NOWHERE,
    slack_days: int = CourseProblem.slack_days,
    now: datetime,
) -> CoursePlan | Infeasible:
    """Return the best plan for all open sessions of the course, or why there is none.

    Visits are at the site, and at another where `elsewhere` says so of their kind.
    Sessions that have their time already stay where they are. Soft windows are left
    by at most `slack_days`. Nothing is written.
    """
    problem = read_problem(
        course=course,
        site=site,
        preferences=preferences,
        elsewhere=elsewhere,
        slack_days=slack_days,
        now=now,
    )
    return solved(course, site, problem, elsewhere)


def read_problem(
    *,
    course: Course,
    site: Site,
    preferences: Preferences,
    elsewhere: Mapping[str, Site] = NOWHERE,
    slack_days: int = CourseProblem.slack_days,
    now: datetime,
) -> CourseProblem | Infeasible:
    """Return all that a plan of the course depends on, or that nothing is to be placed.

    Three queries. The database isn't asked again until the plan is booked.
    """
    refusal = refuse_two_clocks(site, elsewhere.values())
    if refusal is not None:
        return Infeasible((refusal,))
    rows = read_course(course, site, elsewhere=elsewhere)
    visits = _visits_to_place(rows)
    if not visits.keys() - rows.pinned.keys():
        return Infeasible((_nothing_to_place(rows.shape),))
    problem = _problem(
        course,
        (site, *rows.elsewhere),
        rows.resources,
        shape=rows.shape,
        visits=visits,
        pinned=rows.pinned,
        preferences=preferences,
        slack_days=slack_days,
        now=now,
    )
    return replace(problem, kept=rows.own)


def solved(
    course: Course,
    site: Site,
    problem: CourseProblem | Infeasible,
    elsewhere: Mapping[str, Site] = NOWHERE,
) -> CoursePlan | Infeasible:
    """Return the best plan of the problem, or why there is none."""
    if isinstance(problem, Infeasible):
        return problem
    answer = find_plan(problem)
    if isinstance(answer, NoPlan):
        return Infeasible(answer.refusals)
    return told_plan(course, site, problem, answer, elsewhere=elsewhere)


def read_again(
    course: Course,
    site: Site,
    problem: CourseProblem,
    preferences: Preferences,
    *,
    moving: Appointment | None = None,
    elsewhere: Mapping[str, Site] = NOWHERE,
) -> CourseProblem:
    """Return the same problem at that site, with as much calendar as it needs there.

    With `moving` that appointment's session is to be placed anew, like the others.
    """
    pinned, told = dict(problem.pinned), {}
    if moving is not None:
        key = str(moving.session_id)
        serving = dict(moving.claims.values_list("party", "resource_id"))
        told = {key: Told(pinned.pop(key), serving)}
    visits = {
        key: visit
        if key in pinned
        else replace(visit, site=elsewhere.get(visit.kind, site).code)
        for key, visit in problem.visits.items()
    }
    others = {other.pk: other for other in elsewhere.values() if other.pk != site.pk}
    again = _problem(
        course,
        (site, *others.values()),
        tuple(resource_rows([site.pk, *others], None)),
        shape=problem.course,
        visits=visits,
        pinned=pinned,
        preferences=preferences,
        slack_days=problem.slack_days,
        now=problem.not_before,
        ignoring=[] if moving is None else [moving.pk],
    )
    return replace(again, kept=problem.kept, objective=problem.objective, told=told)


def told_plan(
    course: Course,
    site: Site,
    problem: CourseProblem,
    plan: Plan,
    changes: tuple[Change, ...] = (),
    *,
    elsewhere: Mapping[str, Site] = NOWHERE,
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
        elsewhere=elsewhere,
    )


def _nothing_to_place(shape: CourseShape) -> Refusal:
    sentence = (
        "Every session of this course has its time already. Move them one by one."
        if shape.sessions
        else "This course has no sessions yet. Choose its protocol first."
    )
    return Refusal(rule="plan.nothing_to_place", sentence=sentence)


def _visits_to_place(rows: CourseRows) -> dict[str, Visit]:
    """Return what each open or pinned session needs, by its key."""
    visits = visits_of(rows.needs)
    return {
        str(session.pk): replace(
            visits[session.visit_type_id],
            key=str(session.pk),
            label=session.label,
            site=rows.sites.of(str(session.pk), session.kind).code,
        )
        for session in rows.sessions
        if session.is_placed
        and (session.status == Session.Status.OPEN or str(session.pk) in rows.pinned)
    }


def _problem(
    course: Course,
    sites: tuple[Site, ...],
    resources: Sequence[ResourceRow],
    *,
    shape: CourseShape,
    visits: Mapping[str, Visit],
    pinned: Mapping[str, Placement],
    preferences: Preferences,
    slack_days: int,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> CourseProblem:
    """Return the problem with as much of the calendar as it needs; one query."""
    site, *elsewhere = sites
    free = [visit for key, visit in visits.items() if key not in pinned]
    today = now.astimezone(site.zone).date()
    first_on = max(today, preferences.start_on or today)
    last_on = last_day_to_read(
        course=shape,
        free=[visit.key for visit in free],
        pinned=pinned,
        first_on=first_on,
        preferences=preferences,
        slack_days=slack_days,
    )
    return CourseProblem(
        course=shape,
        visits=visits,
        calendars=calendars_of(
            resources,
            site=site,
            elsewhere=elsewhere,
            first_on=first_on,
            last_on=last_on,
            visits=free,
            patient_id=course.patient_id,
            ignoring_appointments=ignoring,
        ),
        not_before=now,
        preferences=preferences,
        pinned=pinned,
        objective=Objective.of(shape),
        slack_days=slack_days,
    )
