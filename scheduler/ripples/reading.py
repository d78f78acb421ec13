"""Reads what a change to a running course depends on, in a fixed few queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from courses.models import Course, CourseHold, Session
from courses.rules.days import FAR_DAYS
from courses.rules.eligibility import Decision
from courses.rules.holding import STILL_BOOKED
from courses.rules.shapes import CourseShape, Placement
from courses.session_facts import SessionFacts
from courses.shapes import newest_decision
from scheduler.availability import calendars_of, visits_of
from scheduler.calendar_rows import ResourceRow
from scheduler.course_rows import CourseRows, read_course
from scheduler.course_sites import CourseSites
from scheduler.models import Appointment, Site
from scheduler.planning.calendar import Calendars, PlannedClaim, Visit
from scheduler.planning.naming import READ_DAYS, last_day_to_read
from scheduler.planning.problem import CourseProblem, Preferences
from scheduler.ripples.standing import Place, SessionNow, Standing
from scheduler.rules import MOVABLE

_STANDING = (
    "pk",
    "session_id",
    "status",
    "revision",
    "starts_at",
    "ends_at",
    "site__time_zone",
    "site_id",
)
_CLAIMED = (
    "claims__party",
    "claims__resource_id",
    "claims__unit",
    "claims__starts_at",
    "claims__ends_at",
)


@dataclass(frozen=True)
class Reading:
    """A course as it stands, and the calendar as far as its visits could go.

    `moving` is the appointment that is moved by hand, if one is. `calendars` leave out
    the claims of every visit that may move.
    """

    course: Course
    site: Site
    sites: CourseSites
    shape: CourseShape
    sessions: Mapping[str, SessionNow]
    standing: tuple[Standing, ...]
    visits: Mapping[str, Visit]
    calendars: Calendars
    kept: Mapping[str, UUID]
    decision: Decision | None
    preferences: Preferences
    now: datetime
    moving: UUID | None = None
    is_on_hold: bool = False
    # The other sites whose calendars are read too.
    elsewhere: tuple[Site, ...] = ()

    def site_of(self, key: str) -> Site:
        """Return where a session is held, or would be."""
        return self.sites.of(key, self.sessions[key].kind)

    def place_of(self, key: str) -> str:
        """Return the code of the site to which the patient comes; empty for none."""
        visit = self.visits.get(key)
        is_remote = visit is not None and visit.is_remote
        return "" if is_remote else self.site_of(key).code

    def way_between(self, one: str, other: str) -> timedelta:
        """Return what the patient needs from one session's place to the other's."""
        places = self.place_of(one), self.place_of(other)
        if "" in places or len({*places}) < 2:
            return timedelta()
        sites = self.site_of(one), self.site_of(other)
        return timedelta(minutes=max(site.travel_minutes for site in sites))

    @cached_property
    def by_key(self) -> Mapping[str, Standing]:
        """Return the live appointments by the key of their session."""
        return {each.key: each for each in self.standing}

    @cached_property
    def placements(self) -> Mapping[str, Placement]:
        """Return when every placed session is."""
        return {each.key: each.place.placement for each in self.standing}

    @cached_property
    def may_move(self) -> tuple[Standing, ...]:
        """Return the visits to come that the calendars of these sites can carry."""
        read = {self.site.pk, *(site.pk for site in self.elsewhere)}
        return tuple(
            each
            for each in self.standing
            if each.is_to_come
            and (each.place.site_id in read or each.appointment_id == self.moving)
        )

    def is_barred(self, key: str) -> bool:
        """Tell whether the session waits because its course does."""
        return self.is_on_hold and self.sessions[key].kind not in STILL_BOOKED

    def is_open(self, key: str) -> bool:
        """Tell whether the course still wants the session."""
        return self.sessions[key].status == Session.Status.OPEN


def sessions_of(rows: CourseRows) -> dict[str, SessionNow]:
    """Return every session of the course by its key."""
    return sessions_now(rows.sessions)


def sessions_now(facts: Iterable[SessionFacts]) -> dict[str, SessionNow]:
    """Return the sessions by their key, in the order of the course."""
    return {
        str(row.pk): SessionNow(
            key=str(row.pk),
            label=row.label,
            position=position,
            status=row.status,
            kind=row.kind,
            visit_type_id=row.visit_type_id,
            is_placed=row.is_placed,
        )
        for position, row in enumerate(facts)
    }


def statuses_of(sessions: Iterable[SessionNow]) -> dict[str, str]:
    """Return what each session is, by its name.

    Not by key: a session that the change adds has another key in each trial.
    """
    return {session.name: session.status for session in sessions}


def standing_of(course: Course, now: datetime) -> tuple[Standing, ...]:
    """Return the course's visits with who serves them, in the order of time."""
    return standing_among([course], now)


def standing_among(courses: Collection[Course], now: datetime) -> tuple[Standing, ...]:
    """Return the same of many courses.

    One query, as plain tuples: a course has ninety claims.
    """
    rows = (
        Appointment.objects.live()
        .filter(session__course__in=courses)
        .order_by("starts_at", "pk", "claims__starts_at", "claims__pk")
        .values_list(*_STANDING, *_CLAIMED)
    )
    return tuple(_standing(list(of), now) for _, of in groupby(rows, itemgetter(0)))


def _standing(rows: Sequence[tuple[Any, ...]], now: datetime) -> Standing:
    """Return one visit from its rows: a row for each claim, or one without any."""
    pk, session_id, status, revision, starts_at, ends_at, zone, site_id = rows[0][:8]
    claims = tuple(PlannedClaim(*row[8:]) for row in rows if row[8] is not None)
    return Standing(
        appointment_id=pk,
        key=str(session_id),
        status=status,
        revision=revision,
        place=Place(
            starts_at=starts_at,
            ends_at=ends_at,
            site_id=site_id,
            zone=ZoneInfo(zone),
            serving={claim.party: claim.resource_id for claim in claims},
        ),
        claims=claims,
        is_to_come=status in MOVABLE and starts_at > now,
    )


def read_running_course(
    *,
    course: Course,
    site: Site,
    to_reach: Collection[date] = (),
    moving: UUID | None = None,
    added: UUID | None = None,
    now: datetime,
) -> Reading:
    """Return the course and its calendar at its sites.

    What is moved or added goes to the site, all else stays where it is; a session
    without a time follows the last of its kind. `to_reach` are days on which something
    must be possible, as far as calendars are read at all.
    """
    standing = standing_of(course, now)
    moved = (each.key for each in standing if each.appointment_id == moving)
    rows = read_course(course, site, at_main=[*map(UUID, moved), added])
    sessions = sessions_of(rows)
    reading = Reading(
        course=course,
        site=site,
        sites=rows.sites,
        elsewhere=rows.elsewhere,
        shape=rows.shape,
        sessions=sessions,
        standing=standing,
        visits=_visits(rows, sessions, standing),
        calendars=Calendars(site.zone, now.date(), now.date(), ()),
        kept=rows.own,
        decision=newest_decision(course.pk),
        preferences=Preferences(),
        now=now,
        moving=moving,
        is_on_hold=CourseHold.objects.open().filter(course=course).exists(),
    )
    return _with_calendars(reading, rows.resources, to_reach)


def _visits(
    rows: CourseRows, sessions: Mapping[str, SessionNow], standing: Iterable[Standing]
) -> dict[str, Visit]:
    """Return what each session needs that has a time or waits for one."""
    placed = {each.key for each in standing}
    wanted = [
        session
        for session in sessions.values()
        if session.is_placed
        and (session.key in placed or session.status == Session.Status.OPEN)
    ]
    kinds = visits_of(rows.needs)
    return {
        session.key: replace(
            kinds[session.visit_type_id],
            key=session.key,
            label=session.label,
            site=rows.sites.of(session.key, session.kind).code,
        )
        for session in wanted
    }


def _with_calendars(
    reading: Reading, resources: Sequence[ResourceRow], to_reach: Collection[date]
) -> Reading:
    zone, slack = reading.site.zone, CourseProblem.slack_days
    today = reading.now.astimezone(zone).date()
    # What begins now may have begun before midnight.
    soonest, latest = today - timedelta(days=1), today + timedelta(days=READ_DAYS)
    named = [min(max(day, soonest), latest) for day in to_reach]
    carried = {each.key for each in reading.may_move}
    far = [*named, *(reading.placements[key].on for key in carried)]
    # A course that begins later than the planner would begin one may stay there.
    days = max([(on - today).days + slack for on in far], default=0)
    least = Preferences().start_within_days
    preferences = Preferences(start_within_days=max(least, min(days, FAR_DAYS)))
    free = [
        key
        for key in reading.visits
        if reading.is_open(key) and (key in carried or key not in reading.by_key)
    ]
    last_on = last_day_to_read(
        course=reading.shape,
        free=free,
        pinned={k: at for k, at in reading.placements.items() if k not in carried},
        first_on=today,
        preferences=preferences,
        slack_days=slack,
    )
    calendars = calendars_of(
        resources,
        site=reading.site,
        elsewhere=reading.elsewhere,
        first_on=min([today, *named]),
        last_on=max([last_on, *named]),
        visits=[reading.visits[key] for key in free],
        patient_id=reading.course.patient_id,
        ignoring_appointments=[each.appointment_id for each in reading.may_move],
    )
    return replace(reading, calendars=calendars, preferences=preferences)
