"""From a course as a change would leave it to the diff, or to why there is none."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from courses.errors import Refusal
from courses.rules.shapes import Placement
from scheduler.placements import new_deviations
from scheduler.planning.calendar import Fit
from scheduler.planning.objective import Cost
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import Demand, NoPlan, Plan
from scheduler.ripples.building import diff_of
from scheduler.ripples.changes import Change, Move, Replace, Resume
from scheduler.ripples.diff import Alone, NoRipple, RippleDiff
from scheduler.ripples.posing import Wanted, fit_at, pose
from scheduler.ripples.reading import Reading
from scheduler.ripples.standing import Standing
from scheduler.ripples.wishing import wanted_of

MINUTE = timedelta(minutes=1)

NOTHING_TO_MOVE = Refusal(
    rule="ripple.nothing_to_move",
    sentence=(
        "No visit of this course is still to come, and none waits for a time. "
        "There is nothing to place anew."
    ),
)


def solved(
    reading: Reading, change: Change, *, ripple_id: UUID
) -> RippleDiff | NoRipple:
    """Return what the change carries along at the least cost, or why it can't."""
    if isinstance(change, Move):
        return _moved(reading, change, ripple_id)
    refusals: tuple[Refusal, ...] = ()
    for wanted in _tries(reading, change):
        answer = _answer(reading, wanted)
        if isinstance(answer, Plan):
            if isinstance(change, Replace) and not answer.sessions:
                return NoRipple((NOTHING_TO_MOVE,))
            diff = diff_of(reading, change, wanted, answer, ripple_id=ripple_id)
            earlier = wanted.stays_until is None and bool(refusals)
            return dataclasses.replace(diff, moves_earlier=earlier)
        refusals = refusals or answer.refusals
    return NoRipple(refusals)


def _tries(reading: Reading, change: Change) -> Iterator[Wanted]:
    """Yield how the change could be carried on: as little as possible is let loose."""
    wanted = wanted_of(reading, change)
    yield wanted
    if wanted.stays_until is not None and not isinstance(change, Resume):
        yield dataclasses.replace(wanted, stays_until=None)


def _moved(reading: Reading, change: Move, ripple_id: UUID) -> RippleDiff | NoRipple:
    moving = next(
        each
        for each in reading.standing
        if each.appointment_id == change.appointment_id
    )
    fit = fit_at(reading, moving.key, change.starts_at, change.serving)
    if not isinstance(fit, Fit):
        return NoRipple(fit)
    alone = _alone(reading, moving, change)
    refusals: tuple[Refusal, ...] = ()
    for wanted in _ways(moving, change, fit):
        answer = _answer(reading, wanted)
        if isinstance(answer, Plan):
            diff = diff_of(reading, change, wanted, answer, ripple_id=ripple_id)
            earlier = wanted.stays_until is None and not change.earlier_too
            return dataclasses.replace(diff, alone=alone, moves_earlier=earlier)
        refusals = refusals or answer.refusals
    return NoRipple(refusals, alone=alone)


def _answer(reading: Reading, wanted: Wanted) -> Plan | NoPlan:
    problem = pose(reading, wanted)
    if not problem.visits.keys() - problem.pinned.keys():
        return Plan(sessions=(), cost=Cost())
    return find_plan(problem)


def _ways(moving: Standing, change: Move, fit: Fit) -> Iterator[Wanted]:
    """Yield how the move could be tried: as little as possible is let loose first."""
    until = min(moving.place.starts_at, change.starts_at)
    asked = Wanted(
        demands={
            moving.key: Demand(starts_at=change.starts_at, serving=change.serving)
        },
        stays_until=until,
        fills=change.fills,
    )
    ways = [asked]
    if change.override_reason.strip():
        ways.append(dataclasses.replace(asked, demands={}, forced={moving.key: fit}))
    for way in ways:
        if not change.earlier_too:
            yield way
        yield dataclasses.replace(way, stays_until=None)


def _alone(reading: Reading, moving: Standing, change: Move) -> Alone:
    """Return what moving only this visit would break, or what bars it."""
    fit = fit_at(
        reading, moving.key, change.starts_at, change.serving, by_therapist=True
    )
    if not isinstance(fit, Fit):
        return Alone(barred=fit[0].sentence)
    here = Placement(fit.starts_at, fit.ends_at, reading.site.zone)
    others = {k: at for k, at in reading.placements.items() if k != moving.key}
    for key, at in others.items():
        if at.starts_at < here.ends_at and here.starts_at < at.ends_at:
            other = reading.sessions[key].label
            return Alone(
                barred=f"The patient is at {other} then, which would have to move too."
            )
        way = reading.way_between(key, moving.key)
        if at.on == here.on and (
            here.starts_at < at.ends_at + way and at.starts_at < here.ends_at + way
        ):
            other, there = reading.sessions[key].label, reading.site_of(key)
            return Alone(
                barred=f"The patient needs {way // MINUTE} minutes to or from {other}"
                f" at {there}, which would have to move too."
            )
    after = {**others, moving.key: here}
    return Alone(broken=new_deviations(reading.shape, reading.placements, after))
