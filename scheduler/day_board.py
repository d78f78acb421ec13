"""One day of one site as the front desk sees it. Reads only, in a fixed few queries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Self
from uuid import UUID

from django.db.models import Q

from courses.models import Patient, Session
from scheduler.clearance import not_cleared
from scheduler.closed_visits import closed_then
from scheduler.day_hours import SiteClosure, closures_on, day_span, site_closures
from scheduler.models import Appointment, Claim, Closure, Resource, Site
from scheduler.pairs import in_words, pairs_cancelled_with, pairs_to_come
from scheduler.planning.calendar import Span
from scheduler.site_clock import on_clock
from scheduler.visit_steps import VisitStep, can_move, next_step, other_steps

LATE_AFTER = timedelta(minutes=10)
_SHOWN = tuple(set(Appointment.Status) - {Appointment.Status.EXPIRED})


@dataclass(frozen=True)
class BoardVisit:
    """One appointment with what the desk needs to know at a glance."""

    appointment: Appointment
    place: str
    now: datetime
    not_cleared: str = ""
    closed: str = ""

    @property
    def patient(self) -> Patient:
        """Return who is coming."""
        return self.appointment.patient

    @cached_property
    def starts(self) -> datetime:
        """Return the start on the site's clock."""
        return on_clock(self.appointment.starts_at, self.appointment.site.zone)

    @cached_property
    def ends(self) -> datetime:
        """Return the end on the site's clock."""
        return on_clock(self.appointment.ends_at, self.appointment.site.zone)

    @property
    def hold_expires(self) -> datetime | None:
        """Return when the hold lapses, on the site's clock."""
        lapses_at = self.appointment.hold_expires_at
        return lapses_at and on_clock(lapses_at, self.appointment.site.zone)

    @property
    def age(self) -> int:
        """Return the patient's age on the day of the visit."""
        born, day = self.patient.birth_on, self.starts.date()
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def is_late(self) -> bool:
        """Tell whether the patient should have been here for some minutes."""
        return (
            self.appointment.status == Appointment.Status.BOOKED
            and self.appointment.starts_at + LATE_AFTER <= self.now
        )

    @property
    def is_overdue(self) -> bool:
        """Tell whether the visit has begun but should be over."""
        under_way = {Appointment.Status.IN_SESSION, Appointment.Status.RECOVERING}
        return self.appointment.status in under_way and (
            self.appointment.ends_at + LATE_AFTER <= self.now
        )

    @property
    def needs_care(self) -> bool:
        """Tell whether somebody should look at the visit before it goes on."""
        return self.is_late or bool(self.not_cleared or self.closed)

    @property
    def status_word(self) -> str:
        """Return the status for where there is room for a word or two."""
        if self.is_late:
            return "Late"
        if self.not_cleared:
            return "Not cleared"
        if self.closed:
            return "Closed then"
        return self.appointment.get_status_display()

    @property
    def is_gone(self) -> bool:
        """Tell whether the visit no longer takes place."""
        return not self.appointment.is_live

    @property
    def leaves_a_gap(self) -> bool:
        """Tell whether somebody else could have the time now."""
        return self.is_gone and self.appointment.starts_at > self.now

    @property
    def next_step(self) -> VisitStep | None:
        """Return the one button that the row shows."""
        return next_step(self.appointment, self.now)

    @property
    def other_steps(self) -> tuple[VisitStep, ...]:
        """Return the buttons behind "more"."""
        return other_steps(self.appointment, self.now)

    @cached_property
    def cancels_too(self) -> list[str]:
        """Return the visits that would be canceled with this one."""
        pairs = pairs_to_come(self.appointment, self.now)
        return [in_words(pair) for pair in pairs.order_by("starts_at")]

    @cached_property
    def restores_too(self) -> list[str]:
        """Return the visits that were canceled with this one and may come back."""
        pairs = pairs_cancelled_with(self.appointment)
        return [in_words(pair) for pair in pairs.order_by("starts_at")]

    @property
    def can_move(self) -> bool:
        """Tell whether a new time may be chosen."""
        return can_move(self.appointment)

    @cached_property
    def spans_by_resource(self) -> Mapping[Resource, tuple[Span, ...]]:
        """Return when each resource is claimed, claims that touch joined."""
        spans: dict[Resource, list[Span]] = defaultdict(list)
        for claim in self._claims():
            spans[claim.resource].append(Span(claim.starts_at, claim.ends_at))
        return {resource: joined(found) for resource, found in spans.items()}

    @property
    def people(self) -> list[str]:
        """Return who sees the patient."""
        return self._names(is_person=True)

    @property
    def places(self) -> list[str]:
        """Return the room, chair and devices."""
        return self._names(is_person=False)

    def _names(self, *, is_person: bool) -> list[str]:
        return [
            resource.name
            for resource in self.spans_by_resource
            if (resource.kind == Resource.Kind.PERSON) is is_person
        ]

    def _claims(self) -> list[Claim]:
        return sorted(
            self.appointment.claims.all(), key=lambda claim: (claim.starts_at, claim.pk)
        )


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, with those that touch or overlap as one."""
    result: list[Span] = []
    for starts_at, ends_at in sorted(spans):
        if result and starts_at <= result[-1].ends_at:
            last = result.pop()
            result.append(Span(last.starts_at, max(last.ends_at, ends_at)))
        else:
            result.append(Span(starts_at, ends_at))
    return tuple(result)


FILTERS: dict[str, tuple[str, Callable[[BoardVisit], bool]]] = {
    "due": ("Due", lambda visit: visit.appointment.status == "booked"),
    "arrived": ("Arrived", lambda visit: visit.appointment.status == "arrived"),
    "in_session": ("In session", lambda v: v.appointment.status == "in_session"),
    "recovering": ("Recovering", lambda v: v.appointment.status == "recovering"),
    "late": ("Late", lambda visit: visit.is_late or visit.is_overdue),
    "unconfirmed": ("Unconfirmed", lambda v: v.appointment.status == "held"),
}


@dataclass(frozen=True)
class DayBoard:
    """All visits of a day at a site, and the columns they stand in."""

    site: Site
    day: date
    now: datetime
    visits: tuple[BoardVisit, ...]
    resources: tuple[Resource, ...]
    closures: tuple[Closure, ...]

    @classmethod
    def read(cls, *, site: Site, day: date, now: datetime) -> Self:
        """Read the day: visits, claims, courses' sessions, resources, closures."""
        whole_day = day_span(site, day)
        appointments = list(
            Appointment.objects.overlapping(*whole_day)
            .filter(site=site, status__in=_SHOWN)
            .select_related(
                "session__visit_type",
                "session__course__prescriber",
                "patient",
                "site",
            )
            .prefetch_related("claims__resource")
        )
        places = _places_in_course(a.session for a in appointments)
        uncleared = not_cleared(appointments)
        visits = tuple(
            BoardVisit(
                appointment,
                places.get(appointment.session_id, ""),
                now,
                uncleared.get(appointment.pk, ""),
            )
            for appointment in appointments
        )
        resources = _columns(site, visits)
        closures = closures_on(site, whole_day, resources)
        closed = closed_then(appointments, closures)
        return cls(
            site=site,
            day=day,
            now=now,
            visits=tuple(
                replace(visit, closed=closed.get(visit.appointment.pk, ""))
                for visit in visits
            ),
            resources=resources,
            closures=closures,
        )

    @property
    def site_closures(self) -> list[SiteClosure]:
        """Return what closes the whole site on this day, on its clock."""
        return site_closures(self.site, self.day, self.closures)

    @property
    def day_before(self) -> date:
        """Return the day that the left arrow leads to."""
        return self.day - timedelta(days=1)

    @property
    def day_after(self) -> date:
        """Return the day that the right arrow leads to."""
        return self.day + timedelta(days=1)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Return code, word and number of visits for each filter."""
        return [
            (code, word, sum(1 for visit in self.visits if is_in(visit)))
            for code, (word, is_in) in FILTERS.items()
        ]

    def shown(self, code: str) -> list[BoardVisit]:
        """Return the visits of one filter, or all."""
        _, is_in = FILTERS.get(code, ("", lambda visit: True))
        return [visit for visit in self.visits if is_in(visit)]


def _places_in_course(sessions: Iterable[Session]) -> dict[UUID, str]:
    """Return "3 of 16" for each session, counting what takes place at the clinic."""
    courses = {session.course_id for session in sessions}
    rows = (
        Session.objects.filter(course__in=courses, visit_type__is_placed=True)
        .exclude(status=Session.Status.OMITTED)
        .order_by("course", "position")
        .values_list("course_id", "pk")
    )
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for course_id, session_id in rows:
        members[course_id].append(session_id)
    return {
        session_id: f"{number} of {len(ids)}"
        for ids in members.values()
        for number, session_id in enumerate(ids, start=1)
    }


def _columns(site: Site, visits: Iterable[BoardVisit]) -> tuple[Resource, ...]:
    claimed = {resource.pk for visit in visits for resource in visit.spans_by_resource}
    order = {Resource.Kind.CHAIR: 0, Resource.Kind.ROOM: 1, Resource.Kind.PERSON: 3}
    resources = Resource.objects.filter(
        Q(is_active=True, site=site)
        | Q(is_active=True, working_hours__site=site)
        | Q(pk__in=claimed)
    ).distinct()
    return tuple(
        sorted(resources, key=lambda r: (order.get(Resource.Kind(r.kind), 2), r.name))
    )
