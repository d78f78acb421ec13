"""All that a plan of a course depends on, but for what is taken, in two queries."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from courses.models import Course
from courses.rules.shapes import CourseShape, Placement, SpacingShape
from courses.rules.turns import in_turn
from courses.session_facts import SESSIONS, SessionFacts, facts_of_row
from courses.shapes import key_value, shape_of
from scheduler.calendar_rows import (
    RESOURCES,
    NeedRow,
    ResourceRow,
    aware,
    places,
    resource_row,
    run,
)
from scheduler.course_sites import CourseSites, Held, sites_of
from scheduler.models import Site
from scheduler.rules import LIVE_STATUSES

# The time of a session beside its facts; no session has two live appointments.
PLACED = """,
    x.starts_at, x.ends_at,
    y.id, y.code, y.name, y.time_zone, y.grid_minutes, y.travel_minutes"""
_SITE = ("id", "code", "name", "time_zone", "grid_minutes", "travel_minutes")
APPOINTMENTS = """
    LEFT JOIN scheduler_appointment x ON x.session_id = s.id AND x.status IN ({live})
    LEFT JOIN scheduler_site y ON y.id = x.site_id
"""

# Rows of other shapes ride along with the resources, as JSON in the place of a name.
FACTS = """
UNION ALL
SELECT NULL, CAST({array}(v.id, v.name, v.kind, v.is_remote,
        (SELECT SUM(p.minutes) FROM courses_visitphase p
         WHERE p.visit_type_id = v.id AND p.is_patient_present),
        n.party, c.code, n.starts_after_minutes, n.minutes, n.units, n.continuity
    ) AS text), 'a need', 0, '', '', NULL, NULL, NULL, NULL, NULL, 0
FROM courses_visittype v
LEFT JOIN courses_resourceneed n ON n.visit_type_id = v.id
LEFT JOIN courses_capability c ON c.id = n.capability_id
WHERE v.id IN (SELECT s.visit_type_id FROM courses_session s WHERE s.course_id = %s)
UNION ALL
SELECT NULL, CAST({array}(g.kind, g.days, g.count, g.is_hard, g.about) AS text),
    'a spacing rule', 0, '', '', NULL, NULL, NULL, NULL, NULL, 0
FROM courses_spacingrule g WHERE g.protocol_id = %s
UNION ALL
SELECT r.id, CAST(r.clinician_id AS text), 'own', 0, '', '',
    NULL, NULL, NULL, NULL, NULL, 0
FROM scheduler_resource r WHERE r.clinician_id IN (%s, %s)
"""
ARRAYS = {"postgresql": "json_build_array", "sqlite": "json_array"}


@dataclass(frozen=True)
class CourseRows:
    """A course's shape and times, what its visits need, and the resources of its sites.

    `elsewhere` are the sites besides the main one whose resources are there too.
    """

    shape: CourseShape
    sessions: tuple[SessionFacts, ...]
    pinned: Mapping[str, Placement]
    needs: tuple[NeedRow, ...]
    resources: tuple[ResourceRow, ...]
    # The resources of the course's own people, by continuity group.
    own: Mapping[str, UUID]
    sites: CourseSites
    elsewhere: tuple[Site, ...]


def read_course(
    course: Course,
    site: Site,
    *,
    elsewhere: Mapping[str, Site] | None = None,
    at_main: Collection[UUID | None] = (),
) -> CourseRows:
    """Return everything about the course but the calendar, in two queries.

    Its sessions are at the sites that `sites_of` says.
    """
    sessions: list[SessionFacts] = []
    pinned: dict[str, Placement] = {}
    held: list[Held] = []
    joined = APPOINTMENTS.format(live=places(LIVE_STATUSES))
    sql = SESSIONS.format(more=PLACED, joined=joined)
    for row in run(sql, [*LIVE_STATUSES, key_value(course.pk)]):
        facts = facts_of_row(row)
        sessions.append(facts)
        starts_at, ends_at, *about = row[-8:]
        if starts_at is not None:
            key, at = str(facts.pk), Site(**dict(zip(_SITE, about, strict=True)))
            pinned[key] = Placement(aware(starts_at), aware(ends_at), at.zone)
            held.append(Held(key, facts.kind, aware(starts_at), at))
    sites = sites_of(site, held, elsewhere=elsewhere, at_main=at_main)
    others = sites.elsewhere((str(s.pk), s.kind) for s in sessions if s.is_placed)
    facts_of_site = _SiteFacts(course, (site, *others))
    return CourseRows(
        shape=in_turn(shape_of(course, sessions, tuple(facts_of_site.spacing)), pinned),
        sessions=tuple(sessions),
        pinned=pinned,
        needs=tuple(facts_of_site.needs),
        resources=tuple(facts_of_site.resources),
        own=facts_of_site.own,
        sites=sites,
        elsewhere=others,
    )


class _SiteFacts:
    """Rows of four kinds that come in one query, sorted out."""

    def __init__(self, course: Course, sites: Sequence[Site]) -> None:
        self.resources: list[ResourceRow] = []
        self.needs: list[NeedRow] = []
        self.spacing: list[SpacingShape] = []
        self.own: dict[str, UUID] = {}
        people = {"therapist": course.therapist_id, "prescriber": course.prescriber_id}
        sql = RESOURCES.format(only="", sites=places(sites))
        sql += FACTS.format(array=ARRAYS[connection.vendor])
        ids = [site.pk for site in sites]
        values = [*ids, *ids, *ids, key_value(course.pk), course.protocol_id]
        own = [key and key_value(key) for key in people.values()]
        self._sort(run(sql, [*values, *own]), people)
        self.needs.sort(key=lambda need: (need.starts_after or 0, need.party or ""))

    def _sort(
        self, rows: Iterable[tuple[Any, ...]], people: Mapping[str, UUID | None]
    ) -> None:
        for row in rows:
            if row[2] == "a need":
                need = json.loads(row[1])
                self.needs.append(NeedRow._make([*need[:3], bool(need[3]), *need[4:]]))
            elif row[2] == "a spacing rule":
                kind, days, count, is_hard, about = json.loads(row[1])
                rule = SpacingShape(kind, days, count, bool(is_hard), about)
                self.spacing.append(rule)
            elif row[2] == "own":
                mine = [
                    g for g, clinician in people.items() if clinician == UUID(row[1])
                ]
                self.own |= dict.fromkeys(mine, resource_row(row).resource_id)
            else:
                self.resources.append(resource_row(row))
