"""Looks again, under locks, whether a ripple may still be what it was shown to be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from courses.models import Course, Session, VisitType
from courses.rules.eligibility import refuse_doses
from courses.rules.shapes import Placement
from courses.shapes import newest_decision
from scheduler.availability import read_calendars, visits_of
from scheduler.course_rows import CourseRows
from scheduler.errors import NotEligible, NotFree, OutsideWindow, RippleOutdated
from scheduler.models import Appointment, Site
from scheduler.placements import new_deviations
from scheduler.planning.calendar import Fit, Visit
from scheduler.planning.fitting import fit_visit
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.staffing import Keeping
from scheduler.planning.travelling import refuse_hurry
from scheduler.ripples.changes import override_reason_of
from scheduler.ripples.diff import (
    CANCELLED,
    MOVED,
    PLACED,
    RELEASED,
    RESTAFFED,
    Ripple,
    VisitChange,
)
from scheduler.ripples.posing import keeping_of
from scheduler.ripples.standing import Place, SessionNow, Standing

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class CourseNow:
    """A locked course after its change, and the ripple that is to be committed."""

    course: Course
    site: Site
    sites: Mapping[int, Site]
    rows: CourseRows
    sessions: Mapping[str, SessionNow]
    standing: Mapping[str, Standing]
    ripple: Ripple

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return {each.name: key for key, each in self.sessions.items()}

    def key_of(self, visit: VisitChange) -> str:
        """Return the key of the visit's session, which a trial may have made up."""
        if visit.key in self.sessions:
            return visit.key
        return self._by_name[f"{visit.position} {visit.label}"]

    def kind_of(self, visit: VisitChange) -> str:
        """Return what kind of visit it is."""
        return self.sessions[self.key_of(visit)].kind

    def session(self, visit: VisitChange) -> Session:
        """Return the session of a visit that gets its first time."""
        return self._waiting[UUID(self.key_of(visit))]

    @cached_property
    def _waiting(self) -> Mapping[UUID, Session]:
        keys = [UUID(self.key_of(visit)) for visit in self.ripple.of(PLACED)]
        return Session.objects.select_related("visit_type", "step").in_bulk(keys)

    @cached_property
    def placing(self) -> tuple[tuple[VisitChange, Place], ...]:
        """Return every visit that gets a time or people, with its new place."""
        return tuple(
            (visit, visit.after)
            for visit in self.ripple.of(MOVED, RESTAFFED, PLACED)
            if visit.after is not None
        )


def check_doses(changed: CourseNow) -> None:
    """Raise NotEligible for doses that would be booked for a day not cleared."""
    doses = [
        (visit.label, after.placement.on)
        for visit, after in changed.placing
        if visit.outcome in (MOVED, PLACED)
        and visit.status == Appointment.Status.BOOKED
        and changed.kind_of(visit) == VisitType.Kind.DOSING
    ]
    refusals = doses and refuse_doses(newest_decision(changed.course.pk), doses)
    if refusals:
        raise NotEligible(*refusals)


def check_windows(changed: CourseNow) -> Mapping[str, list[dict[str, object]]]:
    """Return what the ripple breaks anew, by the session's label, for history.

    Raises OutsideWindow for hard windows unless there is a reason, and RippleOutdated
    when it is something else than was shown.
    """
    before = {key: each.place.placement for key, each in changed.standing.items()}
    after: dict[str, Placement] = {
        changed.key_of(visit): visit.after.placement
        for visit in changed.ripple.visits
        if visit.after is not None
    }
    found = new_deviations(changed.rows.shape, before, after)
    hard = [broken for broken in found if broken.is_hard]
    if hard and not override_reason_of(changed.ripple.change):
        raise OutsideWindow(*hard)
    fresh = [broken for broken in found if broken.sentence not in changed.ripple.broken]
    if fresh:
        raise RippleOutdated(*fresh)
    kept: dict[str, list[dict[str, object]]] = {}
    for broken in found:
        kept.setdefault(broken.session, []).append(
            {
                "rule": broken.rule,
                "sentence": broken.sentence,
                "is_hard": broken.is_hard,
            }
        )
    return kept


def fit_again(changed: CourseNow) -> dict[str, Fit]:
    """Return the claims of every visit with a new place; their resources stay locked.

    Those who serve are the ones that were shown. Raises NotFree.
    """
    if not changed.placing:
        return {}
    visits = _visits(changed)
    freed = changed.ripple.of(MOVED, RESTAFFED, CANCELLED, RELEASED)
    starts = [after.starts_at for _, after in changed.placing]
    ends = [
        after.starts_at + visits[visit.key].reach * MINUTE
        for visit, after in changed.placing
    ]
    free = FreeTimes(
        read_calendars(
            site=changed.site,
            elsewhere=_other_sites(changed),
            from_at=min(starts),
            until_at=max(ends),
            resource_ids={
                resource_id
                for _, after in changed.placing
                for resource_id in after.serving.values()
            },
            patient=changed.course.patient,
            ignoring_appointments=[
                visit.appointment_id
                for visit in freed
                if visit.appointment_id is not None
            ],
            to_book=True,
        )
    )
    keeping = keeping_of(changed.rows.shape, changed.rows.own)
    fits = {
        visit.key: _fit(visits[visit.key], after, free, keeping)
        for visit, after in changed.placing
    }
    placed = [(visits[v.key], at.starts_at, at.ends_at) for v, at in changed.placing]
    hurried = refuse_hurry(placed, free.calendars)
    if hurried:
        raise NotFree(*hurried)
    return fits


def _visits(changed: CourseNow) -> dict[str, Visit]:
    """Return what each visit needs, by the key that the ripple knows it by."""
    kinds = visits_of(changed.rows.needs)
    return {
        visit.key: replace(
            kinds[changed.sessions[changed.key_of(visit)].visit_type_id],
            label=visit.label,
            site=changed.sites[after.site_id].code,
        )
        for visit, after in changed.placing
    }


def _other_sites(changed: CourseNow) -> list[Site]:
    """Return where visits get a new place, besides the site of the ripple."""
    used = {after.site_id for _, after in changed.placing} - {changed.site.pk}
    return [changed.sites[pk] for pk in sorted(used)]


def _fit(visit: Visit, after: Place, free: FreeTimes, keeping: Keeping) -> Fit:
    answer = fit_visit(
        visit=visit,
        starts_at=after.starts_at,
        zone=free.calendars.zone,
        calendars=free.calendars,
        fixed=after.serving,
        free_times=free,
        keeping=keeping,
    )
    if isinstance(answer, Fit):
        return answer
    raise NotFree(*answer)
