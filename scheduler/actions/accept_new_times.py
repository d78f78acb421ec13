"""Accept new times for some or all of the courses that they were looked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.actors import Actor
from courses.errors import Refusal, Refused
from courses.locks import lock_active_course
from courses.models import Course
from courses.transactions import action
from scheduler.actions.accept_plan import choose_and_book
from scheduler.actions.commit_ripple import commit_ripple
from scheduler.course_plans import told_plan
from scheduler.models import Claim
from scheduler.plan_trials import Choice
from scheduler.planning.crowd import claims_of
from scheduler.planning.exchanging import in_order, needed_by, without_leave
from scheduler.planning.problem import Plan
from scheduler.repairs.asking import Newcomers
from scheduler.repairs.changes import ripple_of
from scheduler.repairs.reading import Crowd, Member
from scheduler.ripples.diff import MOVED, RESTAFFED, Ripple


@dataclass(frozen=True)
class Outcome:
    """What became of one course: its new times, or why it keeps the old ones."""

    course: Course
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_done(self) -> bool:
        """Tell whether the course has its new times."""
        return not self.refusals


def accept_new_times(
    *,
    newcomers: Newcomers | None = None,
    crowd: Crowd,
    plans: Mapping[str, Plan],
    chosen: Collection[str],
    actor: Actor,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Make each chosen course be where its plan puts it, or say why it isn't.

    `newcomers` are booked for the first time; all other courses move.

    Each course in a transaction of its own, where everything is looked at again, so
    that one refusal costs the others nothing. A course waits for those whose present
    time it takes; those that take each other's go together, and without the others
    none of them goes.
    """
    wanted = {key: claims_of(plan) for key, plan in plans.items()}
    standing = {m.key: m.to_plan.standing for m in crowd.members}
    needed = needed_by(wanted, standing)
    keys = [key for key in plans if key in chosen]
    held_up = without_leave(keys, needed)
    outcomes = {
        key: Outcome(crowd.by_key[key].course, (_needs(crowd, others),))
        for key, others in held_up.items()
    }
    for group in in_order([key for key in keys if key not in held_up], needed):
        members = [crowd.by_key[key] for key in group]
        refusals = _accept(newcomers, members, plans, actor, now)
        outcomes |= {m.key: Outcome(m.course, refusals) for m in members}
    return tuple(outcomes[key] for key in keys)


def _accept(
    newcomers: Newcomers | None,
    members: Sequence[Member],
    plans: Mapping[str, Plan],
    actor: Actor,
    now: datetime,
) -> tuple[Refusal, ...]:
    try:
        if newcomers is not None:
            for member in members:
                _book(newcomers, member, plans[member.key], actor, now)
        else:
            ripples = [(m, ripple_of(m, plans[m.key])) for m in members]
            _move_together(ripples=ripples, actor=actor, now=now)
    except Refused as refused:
        return refused.refusals
    return ()


@action
def _move_together(
    *, ripples: Sequence[tuple[Member, Ripple]], actor: Actor, now: datetime
) -> None:
    for member, _ in sorted(ripples, key=lambda each: each[0].key):
        lock_active_course(member.course.pk)
    if len(ripples) > 1:
        # They take each other's times, so all of them leave before any arrives. What
        # was looked at is looked at again by each commit, and all or none is done.
        leaving = [
            visit.appointment_id
            for _, ripple in ripples
            for visit in ripple.of(MOVED, RESTAFFED)
        ]
        Claim.objects.filter(appointment__in=leaving).delete()
    for member, ripple in ripples:
        commit_ripple(course=member.course, ripple=ripple, actor=actor, now=now)


def _book(
    newcomers: Newcomers, member: Member, plan: Plan, actor: Actor, now: datetime
) -> None:
    course = member.course
    problem = member.to_plan.problem
    choice = Choice(
        protocol=newcomers.protocol_for(course),
        therapist=course.therapist,
        prescriber=course.prescriber,
        site=newcomers.site,
        preferences=newcomers.preferences,
    )
    choose_and_book(
        course=course,
        choice=choice,
        plan=told_plan(
            course,
            newcomers.site,
            problem,
            plan,
            elsewhere=member.reading.sites.by_kind,
        ),
        actor=actor,
        now=now,
    )


def _needs(crowd: Crowd, others: Collection[str]) -> Refusal:
    names = sorted(crowd.by_key[key].course.patient.full_name for key in others)
    return Refusal(
        rule="repair.needs_another",
        sentence=(
            f"The new times are taken from {' and '.join(names)}, who would keep them. "
            "Accept both, or look for better ones without that."
        ),
    )
