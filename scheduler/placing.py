"""Puts one session on the calendar, or says why it can't be there.

Shared by the verbs that hold, book, move and restore. The caller holds the course's
lock; this takes the locks of the resources before it looks whether they are free.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from courses.actions.mark_session import mark_session
from courses.actors import Actor
from courses.errors import BadInput, Refusal, SessionClosed
from courses.locks import refuse_held
from courses.models import Course, Session, VisitType
from courses.rules.days import TOO_FAR, is_too_far
from courses.rules.eligibility import ASK, ASK_OR_HOLD, refuse_dose
from courses.rules.shapes import Placement
from courses.shapes import newest_decision
from scheduler.appointment_history import record, span_details
from scheduler.availability import read_calendars, visit_of
from scheduler.errors import NotEligible, NotFree
from scheduler.models import Appointment, Claim, Resource, Site
from scheduler.new_rows import add_rows
from scheduler.placements import check_windows
from scheduler.planning.calendar import Calendars, Fit, Visit
from scheduler.planning.fitting import fit_visit
from scheduler.planning.staffing import Keeping

Chosen = Mapping[str, UUID]


def find_fit(
    *,
    course: Course,
    session: Session,
    site: Site,
    starts_at: datetime,
    chosen: Chosen | None,
    rather: Chosen | None = None,
    ignoring: Collection[UUID] = (),
    now: datetime,
) -> Fit:
    """Return the claims that the visit will make; the resources stay locked.

    `chosen` names the resource of some or all parties; the course's own therapist is
    taken where the visit asks for one, and its prescriber if possible. `rather` is
    tried before all that: who serves the visit already. Raises SessionClosed, BadInput
    and NotFree.
    """
    check_start(session, site, starts_at, now)
    visit = visit_of(session.visit_type)
    fixed = dict(chosen or {})
    is_staffed = fixed.keys() >= {need.party for need in visit.needs}
    calendars = read_calendars(
        site=site,
        from_at=starts_at,
        until_at=starts_at + timedelta(minutes=visit.reach),
        resource_ids=list(fixed.values()) if is_staffed else None,
        visits=[visit],
        patient=course.patient,
        ignoring_appointments=ignoring,
        to_book=True,
    )
    own = own_people(course)
    wishes = wishes_for(own, visit, fixed)
    if rather is not None:
        wishes = [rather, *wishes]
    _refuse_barred(visit, calendars, fixed, own)
    return _first_fit(visit, site, starts_at, calendars, wishes, Keeping(preferred=own))


def check_start(
    session: Session, site: Site, starts_at: datetime, now: datetime
) -> None:
    """Raise SessionClosed or BadInput where no visit of the session can begin."""
    if session.status != Session.Status.OPEN:
        raise SessionClosed.because(
            f"{session.label} is {session.get_status_display().lower()}, "
            "so it can't be placed."
        )
    if not session.visit_type.is_placed:
        raise SessionClosed.because(
            f"{session.label} is done remotely on its day and needs no appointment."
        )
    local = starts_at.astimezone(site.zone)
    # A walk-in may be entered while its quarter of an hour still runs.
    if starts_at + timedelta(minutes=site.grid_minutes) <= now:
        raise BadInput.because(
            f"{local:%a, %b} {local.day}, {local:%H:%M} is already past. "
            "Choose a time to come."
        )
    if is_too_far(local.date(), now.date()):
        raise BadInput.because(TOO_FAR)
    if local.minute % site.grid_minutes or local.second or local.microsecond:
        raise BadInput.because(
            f"Visits at {site} begin every {site.grid_minutes} minutes. "
            f"{local:%H:%M} is not one of those times."
        )


def wishes_for(own: Chosen, visit: Visit, fixed: Chosen) -> list[Chosen]:
    """Return who to try for the visit's parties, most wanted first, must-haves last.

    `own` are the course's own people, by continuity group.
    """
    wanted: dict[str, dict[str, UUID]] = {"therapist": {}, "prescriber": {}}
    for need in visit.needs:
        if need.continuity in own and need.party not in fixed:
            wanted[need.continuity][need.party] = own[need.continuity]
    required = {**wanted["therapist"], **fixed}
    best = {**wanted["prescriber"], **required}
    return [best] if best == required else [best, required]


def own_people(course: Course) -> dict[str, UUID]:
    """Return the resources of the course's own people, by continuity group."""
    people = {"therapist": course.therapist_id, "prescriber": course.prescriber_id}
    clinicians = [person for person in people.values() if person is not None]
    if not clinicians:
        return {}
    resource_of = dict(
        Resource.objects.filter(clinician__in=clinicians).values_list("clinician", "pk")
    )
    return {g: resource_of[p] for g, p in people.items() if p in resource_of}


def _refuse_barred(
    visit: Visit, calendars: Calendars, fixed: Chosen, own: Chosen
) -> None:
    for need in visit.needs:
        barred = own.get(need.apart_from)
        if barred is not None and fixed.get(need.party) == barred:
            resource = calendars.by_id.get(barred)
            name = resource.name if resource else "This person"
            refusal = Refusal(
                rule="resource.apart",
                sentence=f"{name} is the course's {need.apart_from}, and "
                f"{visit.label} is with somebody else. Choose another "
                f"{calendars.capability_name(need.capability).lower()}.",
                session=visit.label,
                resource=name,
            )
            raise NotFree(refusal)


def _first_fit(  # noqa: PLR0917
    visit: Visit,
    site: Site,
    starts_at: datetime,
    calendars: Calendars,
    wishes: list[Chosen],
    keeping: Keeping,
) -> Fit:
    refusals: tuple[Refusal, ...] = ()
    for fixed in wishes:
        answer = fit_visit(
            visit=visit,
            starts_at=starts_at,
            zone=site.zone,
            calendars=calendars,
            fixed=fixed,
            keeping=keeping,
        )
        if isinstance(answer, Fit):
            return answer
        refusals = answer
    raise NotFree(*refusals)


def check_eligible(
    course: Course,
    session: Session,
    starts_at: datetime,
    site: Site,
    *,
    way_out: str = ASK,
) -> None:
    """Raise NotEligible unless a dose may be confirmed for the day of the visit."""
    if session.visit_type.kind != VisitType.Kind.DOSING:
        return
    refusal = refuse_dose(
        newest_decision(course.pk),
        on=starts_at.astimezone(site.zone).date(),
        session=session.label,
        way_out=way_out,
    )
    if refusal is not None:
        raise NotEligible(refusal)


def claims_for(appointment: Appointment, fit: Fit) -> list[Claim]:
    """Return the unsaved claims of an appointment."""
    return [
        Claim(
            appointment=appointment,
            resource_id=claim.resource_id,
            unit=claim.unit,
            party=claim.party,
            starts_at=claim.starts_at,
            ends_at=claim.ends_at,
            is_live=appointment.is_live,
        )
        for claim in fit.claims
    ]


def place_session(  # noqa: PLR0913 - the one row that all placing verbs write
    *,
    course: Course,
    session: Session,
    site: Site,
    starts_at: datetime,
    chosen: Chosen | None,
    status: str,
    kind: str,
    hold_expires_at: datetime | None = None,
    restores: Appointment | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Make a new appointment with its claims and its first event row."""
    refuse_held(course, {session.visit_type.kind})
    if session.status == Session.Status.MISSED:
        # What the patient missed is made up for at another time.
        session = mark_session(
            session=session, status=Session.Status.OPEN, actor=actor, now=now
        )
    if status == Appointment.Status.BOOKED:
        check_eligible(course, session, starts_at, site, way_out=ASK_OR_HOLD)
    fit = find_fit(
        course=course,
        session=session,
        site=site,
        starts_at=starts_at,
        chosen=chosen,
        now=now,
    )
    found = check_windows(
        course,
        session,
        Placement(fit.starts_at, fit.ends_at, site.zone),
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
    appointment = Appointment(
        session=session,
        patient=course.patient,
        site=site,
        starts_at=fit.starts_at,
        ends_at=fit.ends_at,
        status=status,
        hold_expires_at=hold_expires_at,
        restores=restores,
        revised_at=now,
        created_at=now,
    )
    add_rows([appointment])
    add_rows(claims_for(appointment, fit))
    record(
        appointment,
        kind,
        details=with_deviations(span_details(appointment), found, override_reason),
        actor=actor,
        now=now,
    )
    return appointment


def with_deviations(
    details: dict[str, object],
    found: list[dict[str, object]],
    override_reason: str,
) -> dict[str, object]:
    """Return the details with what deviates and why it was allowed, if anything."""
    if found:
        details["deviations"] = found
    if override_reason.strip():
        details["override_reason"] = override_reason.strip()
    return details


def fresh_session(session: Session, course: Course) -> Session:
    """Return the session as it is now, under the course's lock."""
    return (
        Session.objects.select_related("visit_type", "step")
        .filter(course=course)
        .get(pk=session.pk)
    )
