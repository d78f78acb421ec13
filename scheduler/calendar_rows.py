"""The three queries that the calendar is read with, as plain tuples.

Written in SQL that both engines read, because composing these queries took longer
than running them, and every booking asks them under its locks. Rows of several tables
come in one query each: the number of queries must not grow with anything.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from scheduler.packed_claims import unpacked
from scheduler.planning.spans import Busy, Taken
from scheduler.rules import LIVE_STATUSES

# No claim is longer: a need's minutes are a small integer. It bounds the index scan
# for claims that began before the range and reach into it.
LONGEST_CLAIM = timedelta(minutes=32767)

# What a row of taken time is.
CLAIMED = 0
CLOSED = -1
PATIENT = -2


class NeedRow(NamedTuple):
    """One need of a visit type; the party is None when it needs nobody."""

    visit_type_id: int
    name: str
    kind: str
    is_remote: bool
    patient_minutes: int | None
    party: str | None
    capability: str | None
    starts_after: int | None
    minutes: int | None
    units: int | None
    continuity: str | None


class ResourceRow(NamedTuple):
    """One opening of a resource, or one capability of it."""

    resource_id: UUID
    name: str
    kind: str
    capacity: int
    capability: str
    capability_name: str
    weekday: int | None
    opens: time | None
    closes: time | None
    first: date | None
    last: date | None
    # Of an opening where it is, of a capability where its resource is at home.
    site_id: int


class TakenRow(NamedTuple):
    """A closure (of a whole site if no resource), or the patient's own time.

    `place` is the closed site's id, or of a patient's time what is told of its site;
    empty where nobody travels.
    """

    resource_id: UUID | None
    kind: int
    starts_at: datetime
    ends_at: datetime
    place: str


@dataclass(frozen=True)
class TakenTime:
    """All that is taken or closed: claims by their resource, and the rest as rows."""

    claims: dict[UUID, Taken]
    rows: list[TakenRow]


NEEDS = """
SELECT v.id, v.name, v.kind, v.is_remote,
    (SELECT SUM(p.minutes) FROM courses_visitphase p
     WHERE p.visit_type_id = v.id AND p.is_patient_present),
    n.party, c.code, n.starts_after_minutes, n.minutes, n.units, n.continuity
FROM courses_visittype v
LEFT JOIN courses_resourceneed n ON n.visit_type_id = v.id
LEFT JOIN courses_capability c ON c.id = n.capability_id
WHERE v.id IN ({visit_types})
ORDER BY v.id, n.starts_after_minutes, n.party
"""

RESOURCES = """
WITH there AS (
    SELECT r.id, r.name, r.kind, r.capacity, r.clinician_id, r.site_id
    FROM scheduler_resource r
    WHERE r.is_active {only} AND (r.site_id IN ({sites}) OR EXISTS (
        SELECT 1 FROM scheduler_workinghours w
        WHERE w.resource_id = r.id AND w.site_id IN ({sites})))
)
SELECT t.id, t.name, t.kind, t.capacity, '', '',
    h.weekday, h.opens, h.closes, h.valid_from, h.valid_until, h.site_id
FROM there t
JOIN scheduler_workinghours h ON h.resource_id = t.id AND h.site_id IN ({sites})
UNION ALL
SELECT t.id, t.name, t.kind, t.capacity, c.code, c.name,
    NULL, NULL, NULL, k.valid_from, k.valid_until, t.site_id
FROM there t
JOIN courses_credential k ON k.clinician_id = t.clinician_id
JOIN courses_capability c ON c.id = k.capability_id
UNION ALL
SELECT t.id, t.name, t.kind, t.capacity, c.code, c.name,
    NULL, NULL, NULL, NULL, NULL, t.site_id
FROM there t
JOIN scheduler_resource_capabilities p ON p.resource_id = t.id
JOIN courses_capability c ON c.id = p.capability_id
"""

# One row for each resource: a plan reads thousands of claims, and as rows they would
# take longer than everything else. Minutes are rounded outward, as a plan counts them.
CLAIMS = {
    "postgresql": """
SELECT c.resource_id, 0, string_agg(
    int4send(c.unit::int)
    || int4send(floor(date_part('epoch', c.starts_at) / 60)::int)
    || int4send(ceil(date_part('epoch', c.ends_at) / 60)::int), ''::bytea),
    NULL::timestamptz, NULL::timestamptz, NULL::text
""",
    "sqlite": """
SELECT c.resource_id, 0, group_concat((100 + c.unit) || c.starts_at || c.ends_at, ''),
    NULL, NULL, NULL
""",
}

AMONG_CLAIMS = """
FROM scheduler_claim c
WHERE c.is_live AND c.resource_id IN ({resources})
    AND c.starts_at < %s AND c.starts_at > %s AND c.ends_at > %s
    {but_not}
"""

CLOSURES = """
SELECT k.resource_id, -1, NULL, k.starts_at, k.ends_at, CAST(k.site_id AS text)
FROM scheduler_closure k
WHERE k.starts_at < %s AND k.ends_at > %s
    AND (k.site_id IN ({sites}) OR k.resource_id IN ({resources}))
"""

PATIENTS_OWN = """
SELECT NULL, -2, NULL, a.starts_at, a.ends_at,
    CASE WHEN v.is_remote THEN ''
        ELSE y.code || ' ' || y.travel_minutes || ' ' || y.name END
FROM scheduler_appointment a
JOIN scheduler_site y ON y.id = a.site_id
JOIN courses_session s ON s.id = a.session_id
JOIN courses_visittype v ON v.id = s.visit_type_id
WHERE a.patient_id = %s AND a.status IN ({live})
    AND a.starts_at < %s AND a.ends_at > %s
    {but_not}
"""


def need_rows(visit_type_ids: Collection[int]) -> Iterator[NeedRow]:
    """Yield what these visit types need, in one query."""
    sql = NEEDS.format(visit_types=places(visit_type_ids))
    return (NeedRow(*row) for row in run(sql, [*visit_type_ids]))


def resource_rows(
    site_ids: Collection[int], resource_ids: Collection[UUID] | None
) -> Iterator[ResourceRow]:
    """Yield the openings and capabilities of the sites' resources, in one query.

    A resource belongs to a site when that is its home or it has hours there.
    """
    only = "" if resource_ids is None else f"AND r.id IN ({places(resource_ids)})"
    sql = RESOURCES.format(only=only, sites=places(site_ids))
    rows = run(sql, [*_ids(resource_ids or ()), *site_ids, *site_ids, *site_ids])
    return map(resource_row, rows)


def resource_row(row: Sequence[Any]) -> ResourceRow:
    """Return a row of `RESOURCES` as values, whichever engine it comes from."""
    return ResourceRow._make(
        [
            _uuid(row[0]),
            *row[1:7],
            *map(_time, row[7:9]),
            *map(_date, row[9:11]),
            row[11],
        ]
    )


def taken_time(
    *,
    site_ids: Collection[int],
    resource_ids: Collection[UUID],
    from_at: datetime,
    until_at: datetime,
    patient_id: UUID | None,
    ignoring: Collection[UUID],
) -> TakenTime:
    """Return all that is taken or closed in the half-open range, in one query."""
    from_, until = _instant(from_at), _instant(until_at)
    ids, ignored = _ids(resource_ids), _ids(ignoring)
    among_ids, but_not = places(ids), places(ignored)
    among = AMONG_CLAIMS.format(
        resources=among_ids,
        but_not=f"AND c.appointment_id NOT IN ({but_not})" if ignored else "",
    )
    earliest = _instant(from_at - LONGEST_CLAIM)
    about_claims: list[object] = [*ids, until, earliest, from_, *ignored]
    sql = f"{CLAIMS[connection.vendor]} {among} GROUP BY c.resource_id"
    sql += " UNION ALL " + CLOSURES.format(sites=places(site_ids), resources=among_ids)
    values = [*about_claims, until, from_, *site_ids, *ids]
    if patient_id is not None:
        sql += " UNION ALL " + PATIENTS_OWN.format(
            live=places(LIVE_STATUSES),
            but_not=f"AND a.id NOT IN ({but_not})" if ignored else "",
        )
        values += [*_ids([patient_id]), *LIVE_STATUSES, until, from_, *ignored]
    packed: dict[UUID, bytes | memoryview | str] = {}
    rows: list[TakenRow] = []
    for resource, kind, claims, starts_at, ends_at, place in run(sql, values):
        if kind == CLAIMED:
            packed[_uuid(resource)] = claims
        else:
            of = _uuid(resource) if resource else None
            span = aware(starts_at), aware(ends_at)
            rows.append(TakenRow(of, kind, *span, place or ""))
    found = unpacked(packed)
    for key in packed.keys() - found.keys():
        found[key] = _row_by_row(among, about_claims, key)
    return TakenTime(found, rows)


def _row_by_row(among: str, values: list[object], resource: UUID) -> Taken:
    """Read one resource's claims as rows, where an instant has parts of a second."""
    sql = f"SELECT c.unit, c.starts_at, c.ends_at {among} AND c.resource_id = %s"
    return Taken.of(
        Busy(unit, aware(starts_at), aware(ends_at))
        for unit, starts_at, ends_at in run(sql, [*values, *_ids([resource])])
    )


# --- what the two engines store differently -------------------------------------


def run(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return what the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def places(values: Collection[object]) -> str:
    """Return placeholders for a list of values."""
    # Nothing equals NULL, so an empty list matches no row.
    return ", ".join(["%s"] * len(values)) or "NULL"


def _ids(values: Collection[UUID]) -> list[object]:
    is_text = connection.vendor == "sqlite"
    return [value.hex if is_text else value for value in values]


@lru_cache(maxsize=4096)
def _uuid(value: UUID | str) -> UUID:
    return UUID(value) if isinstance(value, str) else value


def _instant(value: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(value)


def aware(value: datetime | str) -> datetime:
    """Return an instant as either engine stores it."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _time(value: time | str | None) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) else value


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
