"""Plans as JSON, and back: what a proposal keeps between one look and the next.

Sessions are named by their step, since a course that only tries a protocol has other
sessions each time it tries.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from courses.rules.shapes import CourseShape
from courses.rules.windows import deviations
from scheduler.planning.calendar import PlannedClaim
from scheduler.planning.checker import faults_of
from scheduler.planning.costing import cost_of
from scheduler.planning.problem import CourseProblem, Plan, PlannedSession
from scheduler.planning.telling import placements
from scheduler.repairs.reading import Crowd

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

Json = dict[str, Any]


def as_json(crowd: Crowd, plans: Mapping[str, Plan]) -> Json:
    """Return the plans as plain values."""
    return {
        key: {
            "kept": {group: str(who) for group, who in plan.kept.items()},
            "sessions": [
                [
                    names[session.key],
                    _ticks(session.starts_at),
                    _ticks(session.ends_at),
                    session.reason,
                    [_claim_row(claim) for claim in session.claims],
                ]
                for session in plan.sessions
            ],
        }
        for key, plan in plans.items()
        for names in [_names(crowd.by_key[key].to_plan.problem.course)]
    }


def from_json(crowd: Crowd, stored: Json) -> dict[str, Plan]:
    """Return those of the stored plans that are possible today, with today's cost."""
    return dict(_possible(crowd, stored))


def _possible(crowd: Crowd, stored: Json) -> Iterator[tuple[str, Plan]]:
    for key, found in stored.items():
        member = crowd.by_key.get(key)
        if member is None:
            continue
        problem = _beside_nobody(crowd, member.to_plan.problem)
        plan = _plan(problem, found)
        if plan is not None and not any(faults_of(problem, plan)):
            yield key, plan


def _beside_nobody(crowd: Crowd, problem: CourseProblem) -> CourseProblem:
    busy = problem.calendars.patient_busy
    calendars = crowd.calendars.with_resources(crowd.calendars.resources, busy)
    return replace(problem, calendars=calendars)


def _plan(problem: CourseProblem, found: Json) -> Plan | None:
    keys = {name: key for key, name in _names(problem.course).items()}
    labels = {session.key: session.label for session in problem.course.sessions}
    rows = found["sessions"]
    if not keys.keys() >= {row[0] for row in rows}:
        return None
    sessions = [
        PlannedSession(
            key=keys[name],
            label=labels[keys[name]],
            starts_at=_instant(begins),
            ends_at=_instant(ends),
            claims=tuple(_claim(row) for row in claims),
            reason=reason,
        )
        for name, begins, ends, reason, claims in rows
    ]
    known = problem.calendars.by_id
    if not problem.visits.keys() >= {session.key for session in sessions} or any(
        claim.resource_id not in known for s in sessions for claim in s.claims
    ):
        return None
    kept = {group: UUID(who) for group, who in found["kept"].items()}
    counted = cost_of(problem, sessions, kept)
    return Plan(
        sessions=tuple(sessions),
        cost=problem.objective.unpacked(problem.objective.packed(counted)),
        deviations=deviations(problem.course, placements(problem, sessions)),
        kept=kept,
    )


def _names(course: CourseShape) -> dict[str, str]:
    return {s.key: s.step.code if s.step else s.key for s in course.sessions}


def _claim_row(claim: PlannedClaim) -> list[object]:
    begins, ends = _ticks(claim.starts_at), _ticks(claim.ends_at)
    return [claim.party, claim.resource_id.hex, claim.unit, begins, ends]


def _claim(row: list[Any]) -> PlannedClaim:
    party, resource, unit, begins, ends = row
    return PlannedClaim(party, UUID(resource), unit, _instant(begins), _instant(ends))


def _ticks(instant: datetime) -> int:
    return (instant - EPOCH) // TICK


def _instant(ticks: int) -> datetime:
    return EPOCH + TICK * ticks
