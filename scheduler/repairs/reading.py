"""Many courses and the one calendar that they share, read in a fixed few queries."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID

import numpy as np

from courses.errors import Refused
from courses.models import Course
from courses.rules.days import FAR_DAYS
from courses.rules.eligibility import refuse_dose
from courses.rules.shapes import CourseShape, SessionShape
from scheduler.availability import read_calendars
from scheduler.models import Appointment, Site
from scheduler.planning.calendar import Calendars, ResourceCalendar, Stay
from scheduler.planning.crowd import CourseToPlan
from scheduler.planning.naming import READ_DAYS, last_day_to_read
from scheduler.planning.problem import CourseProblem, PlannedSession, Preferences, Told
from scheduler.planning.repairing import Repair
from scheduler.planning.spans import Spans, Taken
from scheduler.planning.timeline import DAY, first_instant_at
from scheduler.repairs.courses_read import NO_WISH, CoursesRead, courses_of
from scheduler.repairs.troubles import Trouble
from scheduler.ripples.reading import Reading
from scheduler.ripples.standing import Standing
from scheduler.rules import MOVABLE

# What begins any sooner is left alone, so that people have time to look and to agree.
SOON = timedelta(minutes=15)


@dataclass(frozen=True)
class Member:
    """One of the courses: as it stands, as the planner knows it, and what may move."""

    reading: Reading
    to_plan: CourseToPlan
    moving: Mapping[str, Standing]

    @property
    def course(self) -> Course:
        """Return the course."""
        return self.reading.course

    @property
    def key(self) -> str:
        """Return the name by which the planner knows the course."""
        return self.to_plan.key


@dataclass(frozen=True)
class Crowd:
    """Courses that share the calendar of a site, as they stand now.

    The calendars leave out the claims of every visit that may move. `stuck` are the
    hit visits that can't be moved any more, `refused` the courses not to be planned.
    """

    site: Site
    members: tuple[Member, ...]
    calendars: Calendars
    stuck: tuple[Appointment, ...] = ()
    refused: tuple[tuple[Course, Refused], ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Member]:
        """Return the courses by the planner's name for them."""
        return {member.key: member for member in self.members}

    def repair(self) -> Repair:
        """Return the engine that looks for new times."""
        return Repair([member.to_plan for member in self.members], self.calendars)

    @cached_property
    def fingerprint(self) -> str:
        """Return a digest of everything that a plan of one of the courses rests on."""
        digest = hashlib.sha256(f"{sorted(self.calendars.sites.items())}".encode())
        for resource in self.calendars.resources:
            digest.update(_bytes_of(resource))
        for member in sorted(self.members, key=lambda member: member.key):
            told = [(s.appointment_id, s.revision) for s in member.moving.values()]
            elsewhere = sorted(member.to_plan.problem.calendars.patient_busy)
            digest.update(f"{member.key} {told} {elsewhere}".encode())
        return digest.hexdigest()


def _bytes_of(resource: ResourceCalendar) -> bytes:
    hours, busy = Spans.of(resource.open, inward=True), Taken.of(resource.busy)
    order = np.lexsort((busy.ends, busy.begins, busy.units))
    arrays = (hours.begins, hours.ends, busy.units, busy.begins, busy.ends)
    there = [
        (site, list(at.open), list(at.closed))
        for site, at in sorted(resource.elsewhere.items())
    ]
    times = [*arrays[:2], *(each[order] for each in arrays[2:])]
    about = resource.resource_id, resource.capacity, resource.closed, there
    skills = sorted(resource.capabilities.items())
    return f"{about} {skills}".encode() + b"".join(each.tobytes() for each in times)


def read_trouble(trouble: Trouble, *, now: datetime) -> Crowd:
    """Return the courses that the trouble hits, each with its visits to come."""
    hit = trouble.hits(now)
    movable = [a for a in hit if a.status in MOVABLE and a.starts_at >= now + SOON]
    courses = courses_of({each.session.course_id for each in movable})
    crowd = _crowd(
        CoursesRead(trouble.site, courses, now),
        moves=True,
        fills=(),
        hit={str(each.session_id) for each in movable},
    )
    return replace(
        crowd,
        calendars=trouble.applied_to(crowd.calendars),
        stuck=tuple(each for each in hit if each not in movable),
    )


def read_new(
    course_ids: Collection[UUID], *, site: Site, preferences: Preferences, now: datetime
) -> Crowd:
    """Return the courses with the sessions that have no time yet."""
    read = CoursesRead(site, courses_of(course_ids), now)
    return _crowd(read, moves=False, fills=None, preferences=preferences)


def read_running(
    course_ids: Collection[UUID], *, site: Site, fills: Collection[str], now: datetime
) -> Crowd:
    """Return the courses with their visits to come, and these sessions to place."""
    read = CoursesRead(site, courses_of(course_ids), now)
    return _crowd(read, moves=True, fills=fills)


def _crowd(
    read: CoursesRead,
    *,
    moves: bool,
    fills: Collection[str] | None,
    hit: Collection[str] = (),
    preferences: Preferences | None = None,
) -> Crowd:
    """Return everything. `fills` names the sessions to place; None means all."""
    posed = [
        (reading, _problem(reading, fills, preferences, moves=moves))
        for reading in read.readings
    ]
    wanted = [(each, p) for each, p in posed if p.visits.keys() - p.pinned.keys()]
    calendars = _calendars(read, wanted)
    members = tuple(
        _member(reading, problem, hit, calendars, read.elsewhere[reading.course.pk])
        for reading, problem in wanted
    )
    return Crowd(read.site, members, calendars)


def _problem(
    reading: Reading,
    fills: Collection[str] | None,
    preferences: Preferences | None,
    *,
    moves: bool,
) -> CourseProblem:
    """Return the problem without its calendars."""
    soon = reading.now + SOON
    moving = {
        each.key: each
        for each in reading.may_move
        if moves and each.place.starts_at >= soon
    }
    return CourseProblem(
        course=_within_assessment(reading, moving),
        visits={
            key: visit
            for key, visit in reading.visits.items()
            if key in reading.placements
            or ((fills is None or key in fills) and not reading.is_barred(key))
        },
        calendars=reading.calendars,
        not_before=soon,
        preferences=preferences or _reaching(reading, moving),
        pinned={k: at for k, at in reading.placements.items() if k not in moving},
        kept=reading.kept,
        told={
            key: Told(each.place.placement, each.place.serving)
            for key, each in moving.items()
        },
    )


def _reaching(reading: Reading, moving: Mapping[str, Standing]) -> Preferences:
    """Return no wish, but the leave to begin as late as the course does now."""
    today = reading.now.astimezone(reading.site.zone).date()
    told = [(each.place.placement.on - today).days for each in moving.values()]
    days = max(told, default=0) + CourseProblem.slack_days
    return Preferences(
        start_within_days=max(NO_WISH.start_within_days, min(days, FAR_DAYS))
    )


def _within_assessment(reading: Reading, moving: Mapping[str, Standing]) -> CourseShape:
    """Return the course whose booked doses stay in the assessment's days.

    A dose that isn't cleared where it is now isn't bound by that: it can't be moved
    either, and says so when it is tried.
    """

    def bound(session: SessionShape) -> SessionShape:
        each, decision = moving.get(session.key), reading.decision
        if (
            session.kind != "dosing"
            or each is None
            or each.status != Appointment.Status.BOOKED
            or decision is None
            or decision.valid_until is None
            or refuse_dose(decision, on=each.place.placement.on, session=session.label)
        ):
            return session
        last = min(session.latest_on or decision.valid_until, decision.valid_until)
        return replace(session, latest_on=last)

    shape = reading.shape
    return replace(shape, sessions=tuple(map(bound, shape.sessions)))


def _calendars(
    read: CoursesRead, posed: Collection[tuple[Reading, CourseProblem]]
) -> Calendars:
    zone = read.site.zone
    today = read.now.astimezone(zone).date()
    last_on = max((_last_day(problem, today) for _, problem in posed), default=today)
    calendars = read_calendars(
        site=read.site,
        elsewhere=_other_sites(posed),
        from_at=first_instant_at(zone, today, time.min),
        until_at=first_instant_at(zone, last_on + DAY, time.min),
        visits=[
            visit
            for _, problem in posed
            for key, visit in problem.visits.items()
            if key not in problem.pinned
        ],
        ignoring_appointments=[
            reading.by_key[key].appointment_id
            for reading, problem in posed
            for key in problem.told
        ],
    )
    return replace(calendars, sites={**read.seen, **calendars.sites})


def _other_sites(posed: Collection[tuple[Reading, CourseProblem]]) -> list[Site]:
    """Return the sites besides the main one where something is to be placed."""
    codes = {
        visit.site
        for _, problem in posed
        for key, visit in problem.visits.items()
        if key not in problem.pinned
    }
    known = {site.pk: site for reading, _ in posed for site in reading.elsewhere}
    return [site for _, site in sorted(known.items()) if site.code in codes]


def _last_day(problem: CourseProblem, today: date) -> date:
    last = last_day_to_read(
        course=problem.course,
        free=[key for key in problem.visits if key not in problem.pinned],
        pinned=problem.pinned,
        first_on=max(today, problem.preferences.start_on or today),
        preferences=problem.preferences,
        slack_days=problem.slack_days,
    )
    told = (told.placement.on for told in problem.told.values())
    return min(max([last, *told]), max(last, today + DAY * READ_DAYS))


def _member(
    reading: Reading,
    problem: CourseProblem,
    hit: Collection[str],
    calendars: Calendars,
    elsewhere: Collection[Stay],
) -> Member:
    pins = [
        Stay(at.starts_at, at.ends_at, reading.place_of(key))
        for key, at in problem.pinned.items()
    ]
    mine = calendars.with_resources(calendars.resources, (*elsewhere, *pins))
    moving = {key: reading.by_key[key] for key in problem.told}
    return Member(
        reading=replace(reading, preferences=problem.preferences),
        to_plan=CourseToPlan(
            key=str(reading.course.pk),
            problem=replace(problem, calendars=mine),
            now=tuple(
                PlannedSession(
                    key=key,
                    label=problem.visits[key].label,
                    starts_at=stands.place.starts_at,
                    ends_at=stands.place.ends_at,
                    claims=stands.claims,
                )
                for key, stands in moving.items()
            ),
            hit=frozenset(moving) & frozenset(hit),
        ),
        moving=moving,
    )
