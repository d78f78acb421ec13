"""The three queries that the calendar is read with, as plain tuples.

Rows of several tables come in one query each, because the number of queries must not
grow with anything. Model objects would cost more than the search that follows.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import (
    CharField,
    DateField,
    OuterRef,
    Q,
    SmallIntegerField,
    Subquery,
    Sum,
    TimeField,
    UUIDField,
    Value,
)

from courses.models import Credential, VisitPhase, VisitType
from scheduler.models import Appointment, Claim, Closure, Resource, WorkingHours

# No claim is longer: a need's minutes are a small integer. It bounds the index scan
# for claims that began before the range and reach into it.
LONGEST_CLAIM = timedelta(minutes=32767)

# Markers in the unit column for rows that are not claims.
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


class TakenRow(NamedTuple):
    """A claim, a closure (of the whole site if no resource), or the patient's time."""

    resource_id: UUID | None
    unit: int
    starts_at: datetime
    ends_at: datetime


def need_rows(visit_type_ids: Collection[int]) -> Iterator[NeedRow]:
    """Yield what these visit types need, in one query."""
    present = (
        VisitPhase.objects.filter(visit_type=OuterRef("pk"), is_patient_present=True)
        .order_by()
        .values("visit_type")
        .values(total=Sum("minutes"))
    )
    rows = (
        VisitType.objects.filter(pk__in=visit_type_ids)
        .order_by("pk", "needs__starts_after_minutes", "needs__party")
        .values_list(
            "pk",
            "name",
            "kind",
            "is_remote",
            Subquery(present),
            "needs__party",
            "needs__capability__code",
            "needs__starts_after_minutes",
            "needs__minutes",
            "needs__units",
            "needs__continuity",
        )
    )
    return (NeedRow(*row) for row in rows)


def resource_rows(
    site_id: int, resource_ids: Collection[UUID] | None
) -> Iterator[ResourceRow]:
    """Yield the openings and capabilities of a site's resources, in one query.

    A resource belongs to a site when that is its home or it has hours there.
    """
    there = Resource.objects.active().filter(
        Q(site=site_id)
        | Q(pk__in=WorkingHours.objects.filter(site=site_id).values("resource"))
    )
    if resource_ids is not None:
        there = there.filter(pk__in=resource_ids)
    ids = there.order_by().values("pk")
    no_text = Value("", output_field=CharField())
    no_time = Value(None, output_field=TimeField())
    no_date = Value(None, output_field=DateField())
    no_weekday = Value(None, output_field=SmallIntegerField())
    hours = (
        WorkingHours.objects.filter(site=site_id, resource__in=ids)
        .order_by()
        .values_list(
            "resource_id",
            "resource__name",
            "resource__kind",
            "resource__capacity",
            no_text,
            no_text,
            "weekday",
            "opens",
            "closes",
            "valid_from",
            "valid_until",
        )
    )
    credentials = (
        Credential.objects.filter(clinician__resource__in=ids)
        .order_by()
        .values_list(
            "clinician__resource",
            "clinician__resource__name",
            "clinician__resource__kind",
            "clinician__resource__capacity",
            "capability__code",
            "capability__name",
            no_weekday,
            no_time,
            no_time,
            "valid_from",
            "valid_until",
        )
    )
    properties = (
        Resource.capabilities.through.objects.filter(resource__in=ids)
        .order_by()
        .values_list(
            "resource_id",
            "resource__name",
            "resource__kind",
            "resource__capacity",
            "capability__code",
            "capability__name",
            no_weekday,
            no_time,
            no_time,
            no_date,
            no_date,
        )
    )
    rows = hours.union(credentials, properties, all=True)
    return (ResourceRow(*row) for row in rows)


def taken_rows(
    *,
    site_id: int,
    resource_ids: Collection[UUID],
    from_at: datetime,
    until_at: datetime,
    patient_id: UUID | None,
    ignoring: Collection[UUID],
) -> Iterator[TakenRow]:
    """Yield all that is taken or closed in the half-open range, in one query."""
    claims = (
        Claim.objects.live()
        .overlapping(from_at, until_at)
        .filter(resource__in=resource_ids, starts_at__gt=from_at - LONGEST_CLAIM)
        .exclude(appointment__in=ignoring)
        .order_by()
        .values_list("resource_id", "unit", "starts_at", "ends_at")
    )
    closures = (
        Closure.objects.overlapping(from_at, until_at)
        .filter(Q(resource__in=resource_ids) | Q(site=site_id))
        .order_by()
        .values_list(
            "resource_id",
            Value(CLOSED, output_field=SmallIntegerField()),
            "starts_at",
            "ends_at",
        )
    )
    rows = claims.union(closures, all=True)
    if patient_id is not None:
        theirs = (
            Appointment.objects.live()
            .overlapping(from_at, until_at)
            .filter(patient=patient_id)
            .exclude(pk__in=ignoring)
            .order_by()
            .values_list(
                Value(None, output_field=UUIDField()),
                Value(PATIENT, output_field=SmallIntegerField()),
                "starts_at",
                "ends_at",
            )
        )
        rows = claims.union(closures, theirs, all=True)
    return (TakenRow(*row) for row in rows)
