"""Says what changed about a course since somebody looked at a ripple."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from courses.errors import Refusal
from courses.models import Course, CourseEvent
from scheduler.models import AppointmentEvent
from scheduler.planning.wording import day_text
from scheduler.ripples.diff import KEPT, Ripple, VisitChange
from scheduler.ripples.standing import Standing

# A time that came while somebody was looking may still be taken.
_LOOKING = timedelta(minutes=5)
_COURSE_CHANGED = (
    "The course was changed after you looked. Look at what would happen now."
)
_RULES_CHANGED = (
    "The rules of this course have changed since you looked. Look at what would happen"
    " now."
)


def visits_changed(
    ripple: Ripple, course: Course, standing: Mapping[str, Standing]
) -> tuple[Refusal, ...]:
    """Return a sentence for each visit that isn't as it was looked at; none if all are.

    Asks the history only where something differs.
    """
    seen = {v.key: v for v in ripple.visits if v.appointment_id is not None}
    differ = [
        key for key in {**seen, **standing} if not _is_as_seen(seen, standing, key)
    ]
    if not differ:
        return ()
    said = list(_about_visits(ripple, course, seen, differ))
    return as_refusals(said or [_COURSE_CHANGED])


def course_events_since(ripple: Ripple, course: Course) -> list[str]:
    """Return what happened to the course itself since the ripple was looked at."""
    events = CourseEvent.objects.filter(course=course, occurred_at__gt=ripple.read_at)
    return [
        f"{event.get_kind_display()} by {event.actor_label} after you looked."
        for event in events.order_by("occurred_at", "pk")
    ]


def course_changed(
    ripple: Ripple, statuses: Mapping[str, str], rules: str, since: Sequence[str]
) -> tuple[Refusal, ...]:
    """Return what is different about the course's sessions, or its rules and people.

    Nothing if nothing is.
    """
    if statuses != ripple.statuses:
        return as_refusals(since or [_COURSE_CHANGED])
    if rules != ripple.rules:
        return as_refusals(since or [_RULES_CHANGED])
    return ()


def too_late(
    ripple: Ripple, standing: Mapping[str, Standing], now: datetime
) -> tuple[Refusal, ...]:
    """Return what can't be done any more because its time has come."""
    said = []
    for visit in ripple.visits:
        stands, is_kept = standing.get(visit.key), visit.outcome == KEPT
        if not is_kept and stands is not None and not stands.is_to_come:
            said.append(f"{visit.label} has begun. It stays where it is now.")
        is_past = visit.after is not None and visit.after.starts_at < now - _LOOKING
        if not is_kept and visit.after is not None and is_past:
            at = _when(visit.after.starts_at, visit.after.zone)
            said.append(f"The new time of {visit.label}, {at}, is past by now.")
    return as_refusals(said)


def as_refusals(sentences: Sequence[str]) -> tuple[Refusal, ...]:
    """Return one refusal for each of the sentences, told once."""
    return tuple(
        Refusal(rule="ripple.outdated", sentence=sentence)
        for sentence in dict.fromkeys(sentences)
    )


def _is_as_seen(
    seen: Mapping[str, VisitChange], standing: Mapping[str, Standing], key: str
) -> bool:
    was, now = seen.get(key), standing.get(key)
    if was is None or now is None or was.appointment_id != now.appointment_id:
        return False
    if was.may_move:
        return was.revision == now.revision
    # A visit that stays anyhow may be checked in meanwhile; it is only its time that
    # the others were placed around.
    return was.before is not None and was.before.is_when_and_where(now.place)


def _about_visits(
    ripple: Ripple,
    course: Course,
    seen: Mapping[str, VisitChange],
    differ: list[str],
) -> Iterator[str]:
    last_seen = {v.appointment_id: v.revision for v in seen.values()}
    events = (
        AppointmentEvent.objects.filter(
            appointment__session__course=course, appointment__session__in=differ
        )
        .select_related("appointment__session", "appointment__site")
        .order_by("occurred_at", "pk")
    )
    for event in events:
        if event.revision <= last_seen.get(event.appointment_id, -1):
            continue
        if event.appointment_id not in last_seen and (
            event.occurred_at < ripple.read_at
        ):
            continue
        placed = event.appointment
        yield (
            f"{placed.session.label}: {event.get_kind_display().lower()} by"
            f" {event.actor_label} at {_clock(event.occurred_at, placed.site.zone)}."
            f" It is {placed.get_status_display().lower()},"
            f" {_when(placed.starts_at, placed.site.zone)}."
        )


def _when(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{day_text(local.date())}, {local:%H:%M}"


def _clock(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"
