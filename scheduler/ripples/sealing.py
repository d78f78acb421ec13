"""Hands a ripple to a page and takes it back as it was, so that what is committed is
what somebody saw.
"""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing

from courses.models import Course
from scheduler.ripples.changes import Change
from scheduler.ripples.diff import Ripple, VisitChange
from scheduler.ripples.standing import Place

# Another one whenever something is added to the seal: a page that is open meanwhile
# is shown anew.
_SALT = "scheduler.ripple.2"


def sealed(ripple: Ripple) -> str:
    """Return the ripple as signed text; it names nobody."""
    return signing.dumps(
        {
            "ripple": str(ripple.ripple_id),
            "course": str(ripple.course_id),
            "site": ripple.site_id,
            "change": _digest(ripple.change),
            "visits": [_packed(visit) for visit in ripple.visits],
            "statuses": dict(ripple.statuses),
            "rules": ripple.rules,
            "broken": list(ripple.broken),
            "read_at": ripple.read_at.isoformat(),
        },
        salt=_SALT,
        compress=True,
    )


def unsealed(text: str, *, course: Course, change: Change) -> Ripple | None:
    """Return the ripple of this change to this course; None when it is of another."""
    try:
        told: dict[str, Any] = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    if told["course"] != str(course.pk) or told["change"] != _digest(change):
        return None
    return Ripple(
        ripple_id=UUID(told["ripple"]),
        course_id=course.pk,
        site_id=told["site"],
        change=change,
        visits=tuple(_unpacked(visit) for visit in told["visits"]),
        statuses=told["statuses"],
        rules=told["rules"],
        broken=tuple(told["broken"]),
        read_at=datetime.fromisoformat(told["read_at"]),
    )


def _digest(change: Change) -> str:
    return hashlib.sha256(repr(change).encode()).hexdigest()[:24]


def _packed(visit: VisitChange) -> list[Any]:
    return [
        visit.key,
        visit.label,
        visit.position,
        visit.status,
        _packed_place(visit.before),
        _packed_place(visit.after),
        str(visit.appointment_id or ""),
        visit.revision,
        visit.may_move,
        visit.is_released,
        visit.kind,
        visit.why,
    ]


def _unpacked(told: list[Any]) -> VisitChange:
    key, label, position, status, before, after, appointment_id, *rest = told
    return VisitChange(
        key,
        label,
        position,
        status,
        _unpacked_place(before),
        _unpacked_place(after),
        UUID(appointment_id) if appointment_id else None,
        *rest,
    )


def _packed_place(place: Place | None) -> list[Any] | None:
    if place is None:
        return None
    return [
        place.starts_at.isoformat(),
        place.ends_at.isoformat(),
        place.site_id,
        place.zone.key,
        {party: str(resource) for party, resource in place.serving.items()},
    ]


def _unpacked_place(told: list[Any] | None) -> Place | None:
    if told is None:
        return None
    starts_at, ends_at, site_id, zone, serving = told
    return Place(
        datetime.fromisoformat(starts_at),
        datetime.fromisoformat(ends_at),
        site_id,
        ZoneInfo(zone),
        {party: UUID(resource) for party, resource in serving.items()},
    )
