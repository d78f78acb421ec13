"""Clinics of up to 20 resources made at random, booked up to some share.

The load is the chance that a block is booked in which somebody or something could be
booked; who is wanted by every visit is kept from filling up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from scheduler.planning.calendar import (
    Busy,
    Calendars,
    ResourceCalendar,
    Span,
    Stay,
    ValidDays,
)
from tests.scheduler.planning.small_clinics import NEW_YORK, wall

ALWAYS = (ValidDays(None, None),)


@dataclass(frozen=True)
class Pool:
    """Resources of one kind: what they can, and in which blocks they are booked."""

    kind: str
    count: int
    capacity: int
    block: int
    skills: tuple[str, ...]
    # Skills that only some of them have.
    some: tuple[str, ...] = ()
    # They are wanted by every visit, so a clinic takes care not to fill them up.
    most_taken: float = 1.0


POOLS = (
    Pool("chair", 4, 1, 150, ("infusion-chair",)),
    Pool("prescriber", 3, 1, 30, ("prescriber",), ("follow-up",), 0.5),
    Pool("nurse", 4, 2, 150, ("monitoring-nurse",), ("safety-caller",)),
    Pool(
        "therapist",
        6,
        1,
        60,
        ("therapist",),
        ("rater", "follow-up", "safety-caller"),
        0.7,
    ),
    Pool("room", 3, 1, 60, ("consulting-room", "treatment-room"), (), 0.5),
)


def a_clinic(
    random: Random, first_on: date, weeks: int, load: float, times: int = 0
) -> Calendars:
    """Open on weekdays, sometimes on weekends, and sometimes small.

    `times` makes every pool so many times as large as that of a whole clinic.
    """
    is_small = not times and random.random() < 0.3 * (1 - load)
    days = [first_on + timedelta(days=n) for n in range(7 * weeks)]
    # Most clinics are fuller in the weeks that come first; the mean is the load.
    slope = random.choice((0, 0.5, 1)) * min(load, 1 - load)
    loads = {day: load + slope * (1 - 2 * n / len(days)) for n, day in enumerate(days)}
    weekdays = range(7) if random.random() < 0.2 else range(5)
    resources: list[ResourceCalendar] = []
    for pool in POOLS:
        count = max(1, pool.count // 2) if is_small else pool.count
        for number in range(count * max(times, 1)):
            resources.append(
                _a_resource(
                    random,
                    pool,
                    number,
                    UUID(int=len(resources) + 1),
                    {d: loads[d] for d in days if d.weekday() in weekdays},
                )
            )
    return Calendars(
        zone=NEW_YORK,
        first_on=first_on,
        last_on=days[-1],
        resources=tuple(resources),
        grid_minutes=random.choice((15, 15, 15, 30)),
        patient_busy=tuple(
            Stay(wall(day, 9), wall(day, 13)) for day in days if random.random() < 0.04
        ),
    )


def _a_resource(
    random: Random,
    pool: Pool,
    number: int,
    resource_id: UUID,
    loads: Mapping[date, float],
) -> ResourceCalendar:
    days = list(loads)
    skills = list(pool.skills)
    # The first of a pool has everything, so that nothing is missing altogether.
    skills += [skill for skill in pool.some if not number or random.random() < 0.5]
    valid = ALWAYS
    if number and random.random() < 0.1:
        begin = days[0] + timedelta(days=random.randint(-20, 20))
        valid = (ValidDays(begin, begin + timedelta(days=random.randint(20, 60))),)
    hours = random.choice(((8, 18), (8, 18), (8, 16), (10, 18)))
    open_ = [day for day in days if random.random() < 0.95]
    return ResourceCalendar(
        resource_id=resource_id,
        name=f"{pool.kind} {number}",
        kind=pool.kind,
        capacity=pool.capacity,
        capabilities=dict.fromkeys(skills, valid),
        open=tuple(Span(wall(day, hours[0]), wall(day, hours[1])) for day in open_),
        closed=tuple(
            Span(wall(day, 12), wall(day, 14)) for day in days if random.random() < 0.03
        ),
        busy=tuple(
            busy
            for day in open_
            for busy in blocks_booked(random, pool, day, hours, loads[day])
        ),
    )


def blocks_booked(
    random: Random, pool: Pool, day: date, hours: tuple[int, int], load: float
) -> Iterator[Busy]:
    """What is booked on one day of one resource; bookings keep together."""
    share = min(load, pool.most_taken)
    begin, is_taken = wall(day, hours[0]), random.random() < share
    for _ in range((hours[1] - hours[0]) * 60 // pool.block):
        end = begin + timedelta(minutes=pool.block)
        if random.random() < 0.5:
            # Otherwise as the block before.
            is_taken = random.random() < share
        if is_taken:
            # Who watches one patient may have room for a second one.
            units = random.choice((1, pool.capacity))
            yield from (Busy(unit, begin, end) for unit in range(units))
        begin = end
