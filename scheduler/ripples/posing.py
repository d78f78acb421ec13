"""From a course and what is wanted of it to the question that the planner is asked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import CourseShape, Placement
from scheduler.planning.calendar import (
    Busy,
    Calendars,
    Fit,
    PlannedClaim,
    ResourceCalendar,
    Stay,
)
from scheduler.planning.fitting import fit_visit
from scheduler.planning.objective import Objective
from scheduler.planning.problem import CourseProblem, Demand, Told
from scheduler.planning.staffing import Keeping
from scheduler.ripples.reading import Reading
from scheduler.ripples.standing import Standing


@dataclass(frozen=True)
class Wanted:
    """What a change asks of the planner.

    `demands` are insisted on; `forced` visits have their time whatever the windows
    say; `gone` sessions lose theirs, for a reason. What begins before `stays_until`
    isn't touched, with `leaves_rest` nothing else is. Nothing is placed before
    `not_before`. With `fills` the sessions without a time get one.
    """

    demands: Mapping[str, Demand] = field(default_factory=dict)
    forced: Mapping[str, Fit] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    stays_until: datetime | None = None
    not_before: datetime | None = None
    fills: bool = True
    leaves_rest: bool = False


def pose(reading: Reading, wanted: Wanted) -> CourseProblem:
    """Return the problem of placing what may move, and what has no time yet."""
    carried = {each.key: each for each in _carried(reading, wanted)}
    staying = [
        each
        for each in reading.standing
        if each.key not in carried and each.key not in {*wanted.gone, *wanted.forced}
    ]
    pinned = {each.key: each.place.placement for each in staying}
    zone = reading.site.zone
    pinned |= {
        key: Placement(fit.starts_at, fit.ends_at, zone)
        for key, fit in wanted.forced.items()
    }
    ignored = {each.key for each in reading.may_move}
    freed = [each for each in staying if each.key in ignored]
    return CourseProblem(
        course=reading.shape,
        visits={
            key: visit
            for key, visit in reading.visits.items()
            if key in pinned or _is_placed_anew(reading, wanted, key, carried)
        },
        calendars=taken_as_well(
            reading.calendars,
            claims=[
                *(c for each in freed for c in each.claims),
                *(c for fit in wanted.forced.values() for c in fit.claims),
            ],
            patient=[
                *(
                    Stay(
                        each.place.starts_at,
                        each.place.ends_at,
                        reading.place_of(each.key),
                    )
                    for each in freed
                ),
                *(
                    Stay(fit.starts_at, fit.ends_at, reading.place_of(key))
                    for key, fit in wanted.forced.items()
                ),
            ],
        ),
        not_before=wanted.not_before or reading.now,
        preferences=reading.preferences,
        objective=Objective.of(reading.shape),
        pinned=pinned,
        kept=reading.kept,
        demands=wanted.demands,
        told={
            key: Told(each.place.placement, each.place.serving)
            for key, each in carried.items()
            if each.place.site_id == reading.site_of(key).pk
        },
    )


def _carried(reading: Reading, wanted: Wanted) -> Iterable[Standing]:
    for each in reading.may_move:
        is_earlier = (
            wanted.stays_until is not None and each.place.starts_at < wanted.stays_until
        )
        stays = each.key not in wanted.demands and (is_earlier or wanted.leaves_rest)
        if each.key not in {*wanted.gone, *wanted.forced} and not stays:
            yield each


def _is_placed_anew(
    reading: Reading, wanted: Wanted, key: str, carried: Collection[str]
) -> bool:
    if key in carried:
        return True
    is_waiting = key not in reading.by_key and reading.is_open(key)
    return is_waiting and wanted.fills and not reading.is_barred(key)


def fit_at(
    reading: Reading,
    key: str,
    starts_at: datetime,
    serving: Mapping[str, UUID],
    *,
    by_therapist: bool = False,
) -> Fit | tuple[Refusal, ...]:
    """Return how that session alone can be at that time, or why it can't.

    The course's own people are taken where they are free; `by_therapist` insists on
    its therapist, as moving a visit by hand does. Whom the protocol keeps throughout
    is insisted on always: leave to break a window is no leave to change people.
    """
    visit = reading.visits[key]
    asked: list[Mapping[str, UUID]] = [dict(serving)]
    for group in ("therapist", "prescriber"):
        mine = {
            need.party: reading.kept[group]
            for need in visit.needs
            if need.continuity == group and group in reading.kept
        }
        asked.insert(0, {**mine, **asked[0]})
    answer: Fit | tuple[Refusal, ...] = ()
    for fixed in asked[:-1] if by_therapist else asked:
        answer = fit_visit(
            visit=visit,
            starts_at=starts_at,
            zone=reading.site.zone,
            calendars=reading.calendars,
            fixed=fixed,
            keeping=keeping_of(reading.shape, reading.kept),
        )
        if isinstance(answer, Fit):
            break
    return answer


def keeping_of(shape: CourseShape, kept: Mapping[str, UUID]) -> Keeping:
    """Return whom a visit placed outside the search must have, and should have."""
    required = {group: kept[group] for group in shape.keeps if group in kept}
    return Keeping(required=required, preferred=kept)


def taken_as_well(
    calendars: Calendars,
    *,
    claims: Iterable[PlannedClaim],
    patient: Iterable[Stay],
) -> Calendars:
    """Return the calendars in which these claims and times are taken too."""
    busy: dict[UUID, list[Busy]] = {}
    for claim in claims:
        taken = Busy(claim.unit, claim.starts_at, claim.ends_at)
        busy.setdefault(claim.resource_id, []).append(taken)

    def with_more(resource: ResourceCalendar) -> ResourceCalendar:
        more = busy.get(resource.resource_id)
        return replace(resource, busy=(*resource.busy, *more)) if more else resource

    return replace(
        calendars,
        resources=tuple(with_more(resource) for resource in calendars.resources),
        patient_busy=(*calendars.patient_busy, *patient),
    )
