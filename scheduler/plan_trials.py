"""Looking at the plan that a choice would give, before anything is chosen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.db import transaction

from courses.actions.choose_protocol import choose_protocol
from courses.actors import Actor
from courses.errors import Refusal
from courses.models import Clinician, Course, Protocol, Session
from courses.rules.days import FAR_DAYS, TOO_FAR, is_too_far
from courses.transactions import action
from scheduler.course_plans import (
    NOWHERE,
    CoursePlan,
    Infeasible,
    read_again,
    read_problem,
    told_plan,
)
from scheduler.course_sites import refuse_two_clocks
from scheduler.models import Appointment, Site
from scheduler.planning.changes import Change, session_of, text_of
from scheduler.planning.changing import changed
from scheduler.planning.planner import find_plan
from scheduler.planning.problem import CourseProblem, NoPlan, Plan, Preferences
from scheduler.planning.tallying import judged
from scheduler.rules import MOVABLE


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody would like to plan a course by.

    `changes` are pins and bans, another question than the plan that costs least, and
    relaxed rules.
    """

    protocol: Protocol
    therapist: Clinician | None
    prescriber: Clinician | None
    site: Site
    preferences: Preferences
    changes: tuple[Change, ...] = ()
    # The sites of kinds of visits that aren't at the main one.
    elsewhere: Mapping[str, Site] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The same of a course whose protocol is chosen already."""

    site: Site
    preferences: Preferences
    changes: tuple[Change, ...]
    elsewhere: Mapping[str, Site]


@dataclass(frozen=True)
class Trial:
    """A question that was asked, and its answer.

    `ruled` is the problem under the rules of the course's protocol, `asked` the same
    with the changes. What a plan costs and breaks is counted by those rules.
    """

    course: Course
    site: Site
    preferences: Preferences
    changes: tuple[Change, ...]
    ruled: CourseProblem
    answer: Plan | NoPlan
    elsewhere: Mapping[str, Site] = field(default_factory=dict)

    @cached_property
    def asked(self) -> CourseProblem:
        """Return the problem that was solved."""
        return changed(self.ruled, self.changes)

    @cached_property
    def judging(self) -> CourseProblem:
        """Return what plans are judged by: wishes as asked, rules as they are."""
        return replace(
            self.asked, course=self.ruled.course, objective=self.ruled.objective
        )

    @cached_property
    def found(self) -> CoursePlan | Infeasible:
        """Return the plan, or why there is none."""
        if isinstance(self.answer, NoPlan):
            return Infeasible(self.answer.refusals)
        return self.told(self.answer)

    def told(self, plan: Plan, more: tuple[Change, ...] = ()) -> CoursePlan:
        """Return a plan of the question, or of the question changed some more."""
        kept = {**plan.kept, **self.ruled.kept}
        told = judged(self.judging, plan, kept)
        changes = tuple(dict.fromkeys((*self.changes, *more)))
        return told_plan(
            self.course,
            self.site,
            self.judging,
            told,
            changes,
            elsewhere=self.elsewhere,
        )

    def other_sites(self) -> Mapping[str, str]:
        """Return the names of the other sites by their code."""
        others = Site.objects.exclude(pk=self.site.pk)
        return dict(others.values_list("code", "name"))

    def reread(self, change: Change) -> CourseProblem | None:
        """Return the question at another site, or with more of the calendar."""
        site, wish = self.site, self.preferences
        moving = None
        if change.kind == "unpin":
            moving = self.appointment_of(change)
            if moving is None:
                return None
        elif change.kind == "site":
            found = Site.objects.filter(code=change.value).first()
            if found is None or refuse_two_clocks(found, self.elsewhere.values()):
                return None
            site = found
        else:
            wish = wished(wish, (change,))
        again = read_again(
            self.course,
            site,
            self.ruled,
            wish,
            moving=moving,
            elsewhere=self.elsewhere,
        )
        return changed(again, self.changes)

    def appointment_of(self, change: Change) -> Appointment | None:
        """Return the appointment that a change would move first, if that may be."""
        session = session_of(self.ruled.course, change.about)
        if session is None:
            return None
        return Appointment.objects.filter(
            session_id=UUID(session.key),
            status__in=MOVABLE,
            site__in=[self.site, *self.elsewhere.values()],
        ).first()


def wished(wish: Preferences, changes: tuple[Change, ...]) -> Preferences:
    """Return the wishes, with how much of the calendar the changes need to be read."""
    for change in changes:
        if change.kind == "within" and change.value.isdigit():
            wish = replace(wish, start_within_days=min(int(change.value), FAR_DAYS))
        if change.kind == "sooner":
            wish = replace(wish, start_on=date.fromisoformat(change.value))
    return wish


def _too_far(
    wish: Preferences, changes: tuple[Change, ...], now: datetime
) -> Infeasible | None:
    """Return the refusal of a course that would begin too far ahead."""
    first_on = max(now.date(), wish.start_on or now.date())
    # Another plan may begin a while after the first day that was asked for.
    begins = [date.fromisoformat(c.value) for c in changes if c.kind == "begin"]
    if is_too_far(first_on, now.date()) or any(is_too_far(d, first_on) for d in begins):
        return Infeasible((Refusal(rule="plan.too_far", sentence=TOO_FAR),))
    return None


def try_plan(
    *,
    course: Course,
    choice: Choice,
    actor: Actor,
    now: datetime,
) -> CoursePlan | Infeasible:
    """Return the best plan under that protocol, and leave the course as it was.

    No transaction is open while the plan is searched. Raises CourseNotReady.
    """
    trial = trial_of(course=course, choice=choice, actor=actor, now=now)
    return trial if isinstance(trial, Infeasible) else trial.found


def trial_of(
    *,
    course: Course,
    choice: Choice,
    actor: Actor,
    now: datetime,
) -> Trial | Infeasible:
    """Return the question that the choice asks with its answer; nothing is changed.

    Infeasible when there is nothing to place, or too far ahead. Raises CourseNotReady.
    """
    wish = wished(choice.preferences, choice.changes)
    too_far = _too_far(wish, choice.changes, now)
    if too_far is not None:
        return too_far
    chosen = replace(choice, preferences=wish)
    ruled = _read_as_if_chosen(course=course, choice=chosen, actor=actor, now=now)
    return _tried(course, chosen, ruled)


def trial_of_course(
    *,
    course: Course,
    site: Site,
    preferences: Preferences,
    changes: tuple[Change, ...] = (),
    elsewhere: Mapping[str, Site] = NOWHERE,
    now: datetime,
) -> Trial | Infeasible:
    """Return the same for a course as it is, whose protocol is chosen already."""
    wish = wished(preferences, changes)
    too_far = _too_far(wish, changes, now)
    if too_far is not None:
        return too_far
    ruled = read_problem(
        course=course, site=site, preferences=wish, elsewhere=elsewhere, now=now
    )
    asked = _Asked(site, wish, changes, elsewhere)
    return _tried(course, asked, ruled)


def _tried(
    course: Course, asked: "_Asked | Choice", ruled: CourseProblem | Infeasible
) -> Trial | Infeasible:
    if isinstance(ruled, Infeasible):
        return ruled
    answer = find_plan(changed(ruled, asked.changes))
    return Trial(
        course,
        asked.site,
        asked.preferences,
        asked.changes,
        ruled,
        answer,
        asked.elsewhere,
    )


@action
def _read_as_if_chosen(
    *,
    course: Course,
    choice: Choice,
    actor: Actor,
    now: datetime,
) -> CourseProblem | Infeasible:
    """Return the problem that the choice would pose.

    The choice is made in a transaction that is always taken back, so the trial runs
    through the very code that the booking runs through.
    """
    chosen = make_choice(course=course, choice=choice, actor=actor, now=now)
    problem = read_problem(
        course=chosen,
        site=choice.site,
        preferences=choice.preferences,
        elsewhere=choice.elsewhere,
        now=now,
    )
    transaction.set_rollback(True)
    return problem


def make_choice(
    *, course: Course, choice: Choice, actor: Actor, now: datetime
) -> Course:
    """Give the course the chosen protocol and people, as `choose_protocol` does."""
    return choose_protocol(
        course=course,
        protocol=choice.protocol,
        therapist=choice.therapist,
        prescriber=choice.prescriber,
        actor=actor,
        now=now,
    )


def made_real(plan: CoursePlan, course: Course) -> CoursePlan:
    """Return a trial's plan for the sessions that the course really has by now."""
    of_step = dict(
        Session.objects.filter(course=course, step__isnull=False).values_list(
            "step__code", "pk"
        )
    )
    return replace(
        plan,
        visits=tuple(
            replace(visit, session_id=of_step.get(visit.step, visit.session_id))
            for visit in plan.visits
        ),
    )


def fingerprint(plan: CoursePlan) -> str:
    """Return a short digest of what somebody saw: every visit, its time, its people.

    And the question that it answers, so that what is accepted is what was chosen.
    """
    lines = [
        f"{visit.label} {visit.starts_at.isoformat()} {visit.visit.site}"
        f" {claim.resource_id} {claim.unit}"
        for visit in plan.visits
        for claim in visit.claims
    ]
    told = [plan.site.code, text_of(sorted(plan.changes)), *lines]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]
