"""Reads how many courses stand, in as few queries as one of them takes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from courses.models import Course, CourseHold, Session
from courses.rules.turns import in_turn
from courses.session_facts import SessionFacts, facts_of
from courses.shapes import (
    newest_decisions,
    session_rows_of,
    shape_of,
    spacing_of,
)
from scheduler.availability import read_visits
from scheduler.course_sites import CourseSites, Held, sites_of
from scheduler.models import Appointment, Resource, Site
from scheduler.planning.calendar import Calendars, SiteFacts, Stay
from scheduler.planning.problem import Preferences
from scheduler.ripples.reading import Reading, sessions_now, standing_among
from scheduler.ripples.standing import SessionNow, Standing

NO_WISH = Preferences()


def courses_of(course_ids: Collection[UUID]) -> list[Course]:
    """Return the courses with their patients, in the order of their keys."""
    related = Course.objects.select_related("patient", "protocol")
    return list(related.filter(pk__in=course_ids).order_by("pk"))


@dataclass
class CoursesRead:
    """The courses as they stand, without a calendar, and where their patients are.

    `elsewhere` has the live visits of each course's patient that aren't the course's.
    """

    site: Site
    courses: Sequence[Course]
    now: datetime
    elsewhere: dict[UUID, list[Stay]] = field(
        init=False, default_factory=lambda: defaultdict(list)
    )
    # What is known of the sites where any of them is.
    seen: dict[str, SiteFacts] = field(init=False, default_factory=dict)
    readings: tuple[Reading, ...] = field(init=False)

    def __post_init__(self) -> None:
        rows = session_rows_of(self.courses)
        facts = {pk: list(map(facts_of, some)) for pk, some in rows.items()}
        self.readings = self._read(facts, self._standing(facts))

    def _read(
        self,
        facts: Mapping[UUID, Sequence[SessionFacts]],
        standing: Mapping[UUID, list[Standing]],
    ) -> tuple[Reading, ...]:
        spacing = spacing_of({c.protocol_id for c in self.courses if c.protocol_id})
        decisions = newest_decisions([course.pk for course in self.courses])
        holds = CourseHold.objects.open().filter(course__in=self.courses)
        on_hold = set(holds.values_list("course_id", flat=True))
        people = self._people()
        sessions = {pk: sessions_now(some) for pk, some in facts.items()}
        wanted = {
            pk: [s for s in some.values() if _is_wanted(s, standing.get(pk, ()))]
            for pk, some in sessions.items()
        }
        kinds = read_visits({s.visit_type_id for some in wanted.values() for s in some})
        nothing = Calendars(self.site.zone, self.now.date(), self.now.date(), ())
        sites = self._sites(sessions, standing)
        return tuple(
            Reading(
                course=course,
                site=self.site,
                sites=sites[course.pk],
                elsewhere=sites[course.pk].elsewhere(
                    (s.key, s.kind) for s in wanted[course.pk] if s.is_placed
                ),
                shape=in_turn(
                    shape_of(
                        course,
                        facts[course.pk],
                        spacing.get(course.protocol_id or 0, ()),
                    ),
                    {s.key: s.place.placement for s in standing.get(course.pk, ())},
                ),
                sessions=sessions[course.pk],
                standing=tuple(standing.get(course.pk, ())),
                visits={
                    s.key: replace(
                        kinds[s.visit_type_id],
                        key=s.key,
                        label=s.label,
                        site=sites[course.pk].of(s.key, s.kind).code,
                    )
                    for s in wanted[course.pk]
                },
                calendars=nothing,
                kept={
                    group: people[clinician]
                    for group, clinician in _people_of(course).items()
                    if clinician in people
                },
                decision=decisions.get(course.pk),
                preferences=NO_WISH,
                now=self.now,
                is_on_hold=course.pk in on_hold,
            )
            for course in self.courses
        )

    def _standing(
        self, facts: Mapping[UUID, Sequence[SessionFacts]]
    ) -> dict[UUID, list[Standing]]:
        course_of = {str(row.pk): pk for pk, some in facts.items() for row in some}
        found: dict[UUID, list[Standing]] = defaultdict(list)
        for stands in standing_among(self.courses, self.now):
            found[course_of[stands.key]].append(stands)
        of_patient = {course.patient_id: course.pk for course in self.courses}
        others = Appointment.objects.live().filter(patient__in=of_patient)
        rows = others.exclude(session__course__in=self.courses).values_list(
            "patient_id",
            "starts_at",
            "ends_at",
            "session__visit_type__is_remote",
            "site__code",
            "site__name",
            "site__travel_minutes",
        )
        for patient_id, starts_at, ends_at, is_remote, code, name, travel in rows:
            self._see(code, name, travel)
            stay = Stay(starts_at, ends_at, "" if is_remote else code)
            self.elsewhere[of_patient[patient_id]].append(stay)
        return found

    def _sites(
        self,
        sessions: Mapping[UUID, Mapping[str, SessionNow]],
        standing: Mapping[UUID, list[Standing]],
    ) -> dict[UUID, CourseSites]:
        """Return where each course has its sessions."""
        used = {each.place.site_id for some in standing.values() for each in some}
        known = {self.site.pk: self.site}
        if used - {self.site.pk}:
            known |= Site.objects.in_bulk(used - {self.site.pk})
        for site in known.values():
            self._see(site.code, site.name, site.travel_minutes)
        return {
            pk: sites_of(
                self.site,
                [
                    Held(
                        each.key,
                        some[each.key].kind,
                        each.place.starts_at,
                        known[each.place.site_id],
                    )
                    for each in standing.get(pk, ())
                ],
            )
            for pk, some in sessions.items()
        }

    def _see(self, code: str, name: str, travel_minutes: int) -> None:
        # Nothing is placed there, so its own grid doesn't matter.
        self.seen[code] = SiteFacts(name, self.site.grid_minutes, travel_minutes)

    def _people(self) -> dict[UUID | None, UUID]:
        wanted = {
            clinician
            for course in self.courses
            for clinician in _people_of(course).values()
            if clinician is not None
        }
        rows = Resource.objects.filter(clinician__in=wanted)
        return dict(rows.values_list("clinician_id", "pk"))


def _people_of(course: Course) -> dict[str, UUID | None]:
    return {"therapist": course.therapist_id, "prescriber": course.prescriber_id}


def _is_wanted(session: SessionNow, standing: Collection[Standing]) -> bool:
    """Tell whether the session has a time or waits for one."""
    is_open = session.is_placed and session.status == Session.Status.OPEN
    return is_open or any(each.key == session.key for each in standing)
