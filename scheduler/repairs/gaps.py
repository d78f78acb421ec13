"""Reads who could take a time that is free, and what that would do to each course."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from courses.models import Course, Session, VisitType
from scheduler.models import Appointment, Site
from scheduler.planning.filling import Candidate, Filling, fillings
from scheduler.repairs.reading import Crowd, Member, read_running
from scheduler.rules import MOVABLE

# Visits much earlier or later than the time belong elsewhere in their course.
BEFORE, AFTER = timedelta(days=14), timedelta(days=42)
# So many are looked at in full, those that wait and those nearest first.
MOST_CANDIDATES = 40
MOST_OF_A_COURSE = 3
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Gap:
    """A time at a site that a visit of this kind could have; not for this course."""

    site: Site
    starts_at: datetime
    visit_type: VisitType
    not_for: UUID | None = None


@dataclass(frozen=True)
class Takers:
    """Who gains by taking the time, the most first; `is_cut` if some weren't asked."""

    crowd: Crowd
    found: tuple[Filling, ...]
    is_cut: bool = False

    def member(self, filling: Filling) -> Member:
        """Return the course that the filling is about."""
        return self.crowd.by_key[filling.candidate.course.key]


def takers_of(gap: Gap, *, now: datetime) -> Takers:
    """Return the courses that could take the time. Reads the calendar once."""
    placed = _placed(gap, now)
    waiting = _waiting(gap)
    nearest = list(_few_of_each_course(placed))
    wanted = [*waiting, *nearest][:MOST_CANDIDATES]
    crowd = read_running(
        {session.course_id for session in wanted},
        site=gap.site,
        fills={str(session.pk) for session in waiting},
        now=now,
    )
    candidates = [
        candidate for session in wanted for candidate in _candidates(crowd, session)
    ]
    found = sorted(
        fillings(candidates, crowd.calendars, gap.starts_at),
        key=lambda filling: filling.rank,
    )
    best = list(_one_of_each_course(found))[:MOST_SHOWN]
    is_cut = len(waiting) + len(nearest) > len(wanted)
    return Takers(crowd, tuple(best), is_cut)


def _placed(gap: Gap, now: datetime) -> list[Session]:
    """Return the sessions that have another time now, the nearest first."""
    rows = (
        Appointment.objects.filter(
            status__in=MOVABLE,
            site=gap.site,
            session__visit_type=gap.visit_type,
            starts_at__gt=max(now, gap.starts_at - BEFORE),
            starts_at__lt=gap.starts_at + AFTER,
        )
        .exclude(session__course=gap.not_for)
        .exclude(starts_at=gap.starts_at)
        .select_related("session")
    )
    nearest = sorted(rows, key=lambda a: (abs(a.starts_at - gap.starts_at), a.pk))
    return [appointment.session for appointment in nearest]


def _few_of_each_course(sessions: Iterable[Session]) -> Iterable[Session]:
    taken: Counter[UUID] = Counter()
    for session in sessions:
        taken[session.course_id] += 1
        if taken[session.course_id] <= MOST_OF_A_COURSE:
            yield session


def _waiting(gap: Gap) -> list[Session]:
    """Return the open sessions without a time in courses that have others placed."""
    live = Appointment.objects.live()
    return list(
        Session.objects.filter(
            Exists(live.filter(session__course=OuterRef("course"))),
            status=Session.Status.OPEN,
            visit_type=gap.visit_type,
            course__in=Course.objects.active(),
        )
        .exclude(Exists(live.filter(session=OuterRef("pk"))))
        .exclude(course=gap.not_for)
        .order_by("course__opened_at", "position")
    )


def _candidates(crowd: Crowd, session: Session) -> Iterable[Candidate]:
    member = crowd.by_key.get(str(session.course_id))
    if member is None or str(session.pk) not in member.to_plan.problem.visits:
        return
    problem, key = member.to_plan.problem, str(session.pk)
    if key in problem.pinned or problem.visits[key].site != crowd.site.code:
        return
    yield Candidate(member.to_plan, str(session.pk))


def _one_of_each_course(found: Iterable[Filling]) -> Iterable[Filling]:
    """Yield the best of each course: it can take the time only once."""
    seen: set[str] = set()
    for filling in found:
        if filling.candidate.course.key not in seen:
            seen.add(filling.candidate.course.key)
            yield filling
