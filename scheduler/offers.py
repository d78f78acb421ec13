"""The next free times for one session, inside its windows, spread over each day."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from courses.models import Session, VisitType
from courses.rules.eligibility import refuse_dose
from courses.rules.shapes import Placement
from courses.rules.turns import in_turn
from courses.shapes import course_shape, newest_decision
from scheduler.availability import Slot, free_starts, visit_of
from scheduler.models import Site
from scheduler.placements import new_deviations, placements_of
from scheduler.placing import own_people, wishes_for
from scheduler.planning.staffing import Keeping
from scheduler.site_clock import on_clock

DAYS_LOOKED_AT = 14
MOST_ON_A_DAY = 3
APART = timedelta(hours=2)
MOST_OFFERED = 12


@dataclass(frozen=True)
class Offer:
    """A free time that one click takes; outside its soft window if it must be."""

    site: Site
    local: datetime
    is_outside: bool = False


class _Spread:
    """Offers in the order of time, a few of each day and none too close together."""

    def __init__(self, site: Site, *, is_outside: bool) -> None:
        self.offers: list[Offer] = []
        self._site, self._is_outside = site, is_outside
        self._taken_on: Counter[date] = Counter()
        self._next_at: datetime | None = None

    def has_room(self, slot: Slot) -> bool:
        """Tell whether this time would be offered."""
        return (
            (self._next_at is None or slot.starts_at >= self._next_at)
            and self._taken_on[self._local(slot).date()] < MOST_ON_A_DAY
            and not self.is_full
        )

    def take(self, slot: Slot) -> None:
        """Offer the time, if there is room."""
        if self.has_room(slot):
            local = self._local(slot)
            self._taken_on[local.date()] += 1
            self._next_at = slot.starts_at + APART
            self.offers.append(Offer(self._site, local, self._is_outside))

    @property
    def is_full(self) -> bool:
        """Tell whether more would be too many to choose from."""
        return len(self.offers) >= MOST_OFFERED

    def _local(self, slot: Slot) -> datetime:
        return on_clock(slot.starts_at, self._site.zone)


def next_offers(
    *,
    session: Session,
    site: Site,
    from_on: date,
    ignoring_appointments: Collection[UUID] = (),
    except_at: datetime | None = None,
    is_hold: bool = False,
    now: datetime,
) -> list[Offer]:
    """Return free times from that day on that can be taken as they are.

    The course's own therapist is free then, no window is left, and an assessment
    serves on the day of a dose unless it is only held. Where no such time is, times
    outside soft windows are offered and marked. `except_at` is where the session is
    already: nothing is offered close to it.
    """
    if not session.visit_type.is_placed:
        return []
    first = max(from_on, on_clock(now, site.zone).date())
    own = own_people(session.course)
    slots = free_starts(
        visit_type=session.visit_type,
        site=site,
        from_on=first,
        until_on=first + timedelta(days=DAYS_LOOKED_AT),
        fixed=wishes_for(own, visit_of(session.visit_type), {})[-1],
        keeping=Keeping(preferred=own),
        patient=session.course.patient,
        ignoring_appointments=ignoring_appointments,
        now=now,
    )
    before = placements_of(session.course_id)
    shape = in_turn(course_shape(session.course), before)
    key = str(session.pk)
    before.pop(key, None)
    inside, outside = (_Spread(site, is_outside=left) for left in (False, True))
    for slot in slots if is_hold else _cleared(slots, session, site):
        if except_at is not None and abs(slot.starts_at - except_at) < APART:
            continue
        if not (inside.has_room(slot) or outside.has_room(slot)):
            continue
        here = Placement(slot.starts_at, slot.ends_at, site.zone)
        broken = new_deviations(shape, before, {**before, key: here})
        if not any(deviation.is_hard for deviation in broken):
            (outside if broken else inside).take(slot)
        if inside.is_full:
            break
    return inside.offers or outside.offers


def _cleared(slots: Collection[Slot], session: Session, site: Site) -> Iterator[Slot]:
    """Yield the times at which the session may be booked, not only held."""
    if session.visit_type.kind != VisitType.Kind.DOSING:
        yield from slots
        return
    decision = newest_decision(session.course_id)
    for slot in slots:
        on = slot.starts_at.astimezone(site.zone).date()
        if refuse_dose(decision, on=on, session=session.label) is None:
            yield slot
