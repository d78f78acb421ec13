"""Book or hold a whole planned course, or nothing of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Subquery

from courses.actors import Actor
from courses.errors import BadInput, Refusal
from courses.history import record
from courses.locks import lock_active_course, refuse_held
from courses.models import Clinician, Course, CourseEvent, Session, VisitType
from courses.rules.eligibility import ASK_OR_HOLD, refuse_doses
from courses.rules.shapes import Placement
from courses.shapes import kept_groups, newest_decision
from courses.transactions import action
from scheduler.appointment_history import appointment_event, span_details, write_history
from scheduler.availability import read_calendars
from scheduler.course_plans import CoursePlan, PlannedVisit
from scheduler.errors import NotEligible, NotFree, PlanOutdated
from scheduler.models import Appointment, AppointmentEvent, Resource
from scheduler.new_rows import add_rows
from scheduler.placements import as_history, check_plan_windows
from scheduler.placing import claims_for, with_deviations
from scheduler.planning.calendar import Fit
from scheduler.planning.continuity import served_by_others
from scheduler.planning.fitting import fit_visit
from scheduler.planning.free_time import FreeTimes
from scheduler.planning.travelling import refuse_hurry

MINUTE = timedelta(minutes=1)


@action
def book_course(
    *,
    course: Course,
    plan: CoursePlan,
    as_holds: bool = False,
    hold_expires_at: datetime | None = None,
    override_reason: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Appointment, ...]:
    """Make every visit of the plan an appointment, in one transaction.

    Everything is looked at again under locks: sessions, assessment, windows, hours,
    closures, credentials, claims. Raises PlanOutdated when the course has changed
    since the plan, NotEligible for doses without a valid assessment (hold them
    instead), OutsideWindow for hard rules that the plan breaks without a reason,
    NotPermitted when somebody may not override them, NotFree when time was taken
    meanwhile, and BadInput.
    """
    locked = lock_active_course(course.pk)
    if as_holds and (hold_expires_at is None or hold_expires_at <= now):
        raise BadInput.because("Say until when the visits are held: a time to come.")
    sessions = _lock_sessions(locked, plan)
    refuse_held(locked, {sessions[v.session_id].visit_type.kind for v in plan.visits})
    if not as_holds:
        _check_doses(locked, plan, sessions)
    found = check_plan_windows(
        locked,
        plan.pinned,
        {
            str(visit.session_id): Placement(
                visit.starts_at, visit.ends_at, plan.site.zone
            )
            for visit in plan.visits
        },
        more=_served_by_others(locked, plan),
        override_reason=override_reason,
        actor=actor,
        now=now,
    )
    fits = _fit_again(locked, plan, now)
    status = Appointment.Status.HELD if as_holds else Appointment.Status.BOOKED
    appointments = [
        Appointment(
            session=sessions[visit.session_id],
            patient=locked.patient,
            site=plan.site_of(visit),
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            status=status,
            hold_expires_at=hold_expires_at if as_holds else None,
            revised_at=now,
            created_at=now,
        )
        for visit in plan.visits
    ]
    _write(
        appointments, fits, _details(appointments, found, override_reason), actor, now
    )
    _keep_therapist(locked, plan, actor, now)
    return tuple(appointments)


def _lock_sessions(course: Course, plan: CoursePlan) -> dict[UUID, Session]:
    """Return the course's sessions; raise PlanOutdated unless the plan fits them."""
    live = Appointment.objects.live().filter(session=OuterRef("pk"))
    rows = (
        Session.objects.filter(course=course)
        .select_related("visit_type")
        .annotate(placed_at=Subquery(live.values("starts_at")[:1]))
        .select_for_update(no_key=True, of=("self",))
    )
    sessions: dict[UUID, Session] = {}
    placed: dict[str, datetime] = {}
    for row in rows:
        sessions[row.pk] = row
        starts_at: datetime | None = vars(row)["placed_at"]
        if starts_at is not None:
            placed[str(row.pk)] = starts_at
    pinned = {key: placement.starts_at for key, placement in plan.pinned.items()}
    is_current = placed == pinned and all(
        visit.session_id in sessions
        and sessions[visit.session_id].status == Session.Status.OPEN
        for visit in plan.visits
    )
    if not is_current or plan.course_id != course.pk:
        raise PlanOutdated
    return sessions


def _check_doses(
    course: Course, plan: CoursePlan, sessions: Mapping[UUID, Session]
) -> None:
    doses = [
        (visit.label, visit.starts_at.astimezone(plan.site.zone).date())
        for visit in sorted(plan.visits, key=lambda visit: visit.starts_at)
        if sessions[visit.session_id].visit_type.kind == VisitType.Kind.DOSING
    ]
    refusals = refuse_doses(newest_decision(course.pk), doses, way_out=ASK_OR_HOLD)
    if refusals:
        raise NotEligible(*refusals)


def _served_by_others(course: Course, plan: CoursePlan) -> tuple[Refusal, ...]:
    """Return the visits that leave whom the protocol keeps, the course's own first."""
    keeps = kept_groups(course.protocol)
    if not keeps:
        return ()
    kept = dict(plan.kept)
    if course.therapist_id is not None and _led(plan) is None:
        own = Resource.objects.filter(clinician=course.therapist_id).first()
        kept |= {"therapist": own.pk} if own else {}
    serving = {c.resource_id for v in plan.visits for c in v.claims}
    named = Resource.objects.filter(pk__in={*serving, *kept.values()})
    return served_by_others(
        [(visit.visit, visit.starts_at, visit.claims) for visit in plan.visits],
        keeps=keeps,
        kept=kept,
        names={resource.pk: resource.name for resource in named},
    )


def _fit_again(course: Course, plan: CoursePlan, now: datetime) -> dict[UUID, Fit]:
    if not plan.visits:
        raise PlanOutdated.because("The plan places nothing. Plan the course again.")
    first = min(visit.starts_at for visit in plan.visits)
    if first < now:
        raise PlanOutdated.because("The plan begins in the past. Plan again.")
    free = FreeTimes(
        read_calendars(
            site=plan.site,
            elsewhere=plan.sites[1:],
            from_at=first,
            until_at=max(v.starts_at + v.visit.reach * MINUTE for v in plan.visits),
            resource_ids={c.resource_id for v in plan.visits for c in v.claims},
            patient=course.patient,
            to_book=True,
        )
    )
    fits = {visit.session_id: _fit(visit, plan, free) for visit in plan.visits}
    placed = [(v.visit, v.starts_at, v.ends_at) for v in plan.visits]
    hurried = refuse_hurry(placed, free.calendars)
    if hurried:
        raise NotFree(*hurried)
    return fits


def _fit(visit: PlannedVisit, plan: CoursePlan, free: FreeTimes) -> Fit:
    answer = fit_visit(
        visit=visit.visit,
        starts_at=visit.starts_at,
        zone=plan.site.zone,
        calendars=free.calendars,
        fixed={claim.party: claim.resource_id for claim in visit.claims},
        free_times=free,
    )
    if isinstance(answer, Fit):
        return answer
    raise NotFree(*answer)


def _details(
    appointments: list[Appointment],
    found: Sequence[Refusal],
    override_reason: str,
) -> list[dict[str, object]]:
    """Return what history keeps of each: where it is, what deviates, and why."""
    told = []
    for appointment in appointments:
        mine = [d for d in found if d.session == appointment.session.label]
        reason = override_reason if any(broken.is_hard for broken in mine) else ""
        told.append(
            with_deviations(
                span_details(appointment), [as_history(d) for d in mine], reason
            )
        )
    return told


def _write(
    appointments: list[Appointment],
    fits: Mapping[UUID, Fit],
    details: list[dict[str, object]],
    actor: Actor,
    now: datetime,
) -> None:
    add_rows(appointments)
    add_rows(
        [
            claim
            for appointment in appointments
            for claim in claims_for(appointment, fits[appointment.session_id])
        ]
    )
    write_history(
        appointment_event(
            appointment,
            AppointmentEvent.Kind.HELD
            if appointment.status == Appointment.Status.HELD
            else AppointmentEvent.Kind.BOOKED,
            details=told,
            actor=actor,
            now=now,
        )
        for appointment, told in zip(appointments, details, strict=True)
    )


def _led(plan: CoursePlan) -> UUID | None:
    """Return the therapist whom somebody asked for throughout, if anybody did."""
    led = (c for c in plan.changes if c.kind == "led" and c.about == "therapist")
    return next((UUID(change.value) for change in led), None)


def _keep_therapist(
    course: Course, plan: CoursePlan, actor: Actor, now: datetime
) -> None:
    """Remember whom the plan chose, so that later visits stay with the same person.

    Another therapist in the place of the course's own is told in its history.
    """
    led = _led(plan)
    chosen = plan.kept.get("therapist") if led is None else led
    before = course.therapist
    if chosen is None or (before is not None and led is None):
        return
    # A room or a chair is nobody's therapist.
    therapist = Clinician.objects.filter(resource=chosen).first()
    if therapist is None or therapist == before:
        return
    course.therapist = therapist
    course.save(update_fields=["therapist"])
    if before is not None:
        record(
            CourseEvent.Kind.THERAPIST_CHANGED,
            course=course,
            details={"before": str(before), "after": str(therapist)},
            actor=actor,
            now=now,
        )
