"""Puts what was planned beside what stands, visit by visit."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from courses.models import VisitType
from courses.rules.eligibility import refuse_dose, refuse_doses
from scheduler.placements import new_deviations
from scheduler.planning.calendar import Fit
from scheduler.planning.problem import Plan, PlannedSession
from scheduler.ripples.changes import Change
from scheduler.ripples.diff import (
    CANCELLED,
    MOVED,
    PLACED,
    RELEASED,
    Message,
    Ripple,
    RippleDiff,
    VisitChange,
)
from scheduler.ripples.digesting import rules_digest
from scheduler.ripples.posing import Wanted
from scheduler.ripples.reading import Reading, statuses_of
from scheduler.ripples.standing import Place, Standing

BOOKED, HELD = "booked", "held"


def diff_of(
    reading: Reading, change: Change, wanted: Wanted, plan: Plan, *, ripple_id: UUID
) -> RippleDiff:
    """Return what would become of every visit, and what comes with it."""
    visits = tuple(_visits(reading, wanted, plan))
    broken = new_deviations(
        reading.shape,
        reading.placements,
        {v.key: v.after.placement for v in visits if v.after is not None},
    )
    ripple = Ripple(
        ripple_id=ripple_id,
        course_id=reading.course.pk,
        site_id=reading.site.pk,
        change=change,
        visits=visits,
        statuses=statuses_of(reading.sessions.values()),
        rules=rules_digest(reading.shape, reading.kept),
        broken=tuple(each.sentence for each in broken),
        read_at=reading.now,
    )
    return RippleDiff(
        ripple=ripple,
        cost=plan.cost,
        broken=broken,
        messages=tuple(_messages(ripple, reading.course.patient.mailbox)),
        not_cleared=refuse_doses(
            reading.decision,
            [
                (visit.label, visit.after.placement.on)
                for visit in ripple.of(MOVED)
                if visit.after is not None
                and visit.status == BOOKED
                and _is_dose(reading, visit.key)
            ],
        ),
    )


def _visits(reading: Reading, wanted: Wanted, plan: Plan) -> Iterator[VisitChange]:
    planned = {placed.key: placed for placed in plan.sessions}
    carried = {each.key for each in reading.may_move}
    keys = [
        session.key
        for session in reading.shape.sessions
        if session.key in planned or session.key in reading.by_key
    ]
    for key in keys:
        standing = reading.by_key.get(key)
        after = _after(reading, wanted, key, planned)
        yield VisitChange(
            key=key,
            label=reading.sessions[key].label,
            position=reading.sessions[key].position,
            status=_status(reading, key, standing, after),
            before=standing.place if standing else None,
            after=after,
            appointment_id=standing.appointment_id if standing else None,
            revision=standing.revision if standing else 0,
            may_move=standing is None or key in carried or key in wanted.gone,
            is_released=key in wanted.gone and reading.is_open(key),
            kind=reading.sessions[key].kind,
            why=_why(wanted, planned, key),
        )


def _why(wanted: Wanted, planned: Mapping[str, PlannedSession], key: str) -> str:
    demanded = wanted.demands.get(key)
    if key in wanted.forced or (demanded is not None and demanded.starts_at):
        return "The time that was chosen."
    return planned[key].reason if key in planned else wanted.gone.get(key, "")


def _after(
    reading: Reading,
    wanted: Wanted,
    key: str,
    planned: Mapping[str, PlannedSession],
) -> Place | None:
    if key in wanted.gone:
        return None
    placed: PlannedSession | Fit | None = planned.get(key) or wanted.forced.get(key)
    if placed is None:
        return reading.by_key[key].place
    site = reading.site_of(key)
    return Place(
        starts_at=placed.starts_at,
        ends_at=placed.ends_at,
        site_id=site.pk,
        zone=site.zone,
        serving={claim.party: claim.resource_id for claim in placed.claims},
    )


def _status(
    reading: Reading, key: str, standing: Standing | None, after: Place | None
) -> str:
    if standing is not None:
        return standing.status
    is_refused = (
        after is not None
        and _is_dose(reading, key)
        and refuse_dose(reading.decision, on=after.placement.on, session="")
    )
    # As everywhere: a dose that no assessment clears yet may be held, not booked.
    return HELD if is_refused else BOOKED


def _is_dose(reading: Reading, key: str) -> bool:
    return reading.sessions[key].kind == VisitType.Kind.DOSING


def _messages(ripple: Ripple, mailbox: str) -> Iterator[Message]:
    """Yield what patients are told about booked visits; of holds they hear nothing."""
    for visit in ripple.of(MOVED, PLACED, CANCELLED, RELEASED):
        if visit.status == BOOKED:
            is_gone = visit.after is None
            yield Message(
                kind="cancel" if is_gone else "invite",
                label=visit.label,
                recipient=mailbox,
                is_update=visit.outcome == MOVED,
            )
