"""Planning a whole course: preferences, the plan with its reasons, and accepting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from courses.errors import Refusal
from courses.models import Course
from courses.rules.wording import counted
from scheduler.actions.accept_plan import accept_plan
from scheduler.course_plans import CoursePlan, Infeasible, PlannedVisit
from scheduler.errors import NotEligible, PlanOutdated
from scheduler.forms import PlanForm
from scheduler.models import Resource
from scheduler.plan_trials import Choice, fingerprint, try_plan
from scheduler.planning.problem import Preferences
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.courses import find_course, to_course
from scheduler.views.staff import actor_of, show, staff_page
from scheduler.visit_steps import RUN_DESK

HOLD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class ShownVisit:
    """One row of the plan, on the site's clock."""

    label: str
    starts: datetime
    ends: datetime
    who: str
    reason: str
    deviations: tuple[str, ...]


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def plan(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Ask for preferences; show the plan they give; book it when it is accepted."""
    course = find_course(course_id)
    form = PlanForm(request.POST or None, course=course, initial=_initial(course))
    if request.method != "POST" or not form.is_valid():
        return _show(request, course, form)
    if request.POST.get("accept"):
        booked = form.perform(lambda: _accept(request, course, form))
        if booked is not None:
            held = request.POST["accept"] == "hold"
            done = "held for a week" if held else "booked"
            visits = counted(len(booked), "visit")
            are = "is" if len(booked) == 1 else "are"
            messages.success(request, f"{visits} {are} {done}.")
            return to_course(course)
        if not isinstance(form.refused, PlanOutdated | NotEligible):
            return _show(request, course, form)
    planned = form.perform(lambda: _try(request, course, form))
    return _show(request, course, form, planned)


def _accept(request: HttpRequest, course: Course, form: PlanForm) -> tuple[Any, ...]:
    time_now = now()
    is_hold = request.POST["accept"] == "hold"
    return accept_plan(
        course=course,
        choice=_choice(form),
        seen=request.POST.get("seen", ""),
        hold_expires_at=time_now + HOLD_FOR if is_hold else None,
        actor=actor_of(request),
        now=time_now,
    )


def _try(
    request: HttpRequest, course: Course, form: PlanForm
) -> CoursePlan | Infeasible:
    return try_plan(
        course=course, choice=_choice(form), actor=actor_of(request), now=now()
    )


def _choice(form: PlanForm) -> Choice:
    typed = form.cleaned_data
    days = frozenset(int(day) for day in typed["weekdays"])
    return Choice(
        protocol=typed["protocol"],
        therapist=typed["therapist"],
        prescriber=typed["prescriber"],
        site=typed["site"],
        preferences=Preferences(
            start_on=typed["start_on"],
            weekdays=days or None,
            earliest=typed["earliest_time"],
            latest=typed["latest_time"],
        ),
    )


def _show(
    request: HttpRequest,
    course: Course,
    form: PlanForm,
    planned: CoursePlan | Infeasible | None = None,
) -> HttpResponse:
    found = planned if isinstance(planned, CoursePlan) else None
    return show(
        request,
        "scheduler/plan.html",
        title=f"Plan the course of {course.patient.full_name}",
        section="patients",
        course=course,
        form=form,
        plan=found,
        visits=_shown_visits(found) if found else (),
        other_deviations=_without_visit(found) if found else (),
        seen=fingerprint(found) if found else "",
        obstacles=planned.refusals if isinstance(planned, Infeasible) else (),
    )


def _shown_visits(plan: CoursePlan) -> list[ShownVisit]:
    wanted = {claim.resource_id for visit in plan.visits for claim in visit.claims}
    names = dict(Resource.objects.filter(pk__in=wanted).values_list("pk", "name"))
    ordered = sorted(plan.visits, key=lambda visit: visit.starts_at)
    return [_shown(visit, plan, names) for visit in ordered]


def _shown(visit: PlannedVisit, plan: CoursePlan, names: dict[UUID, str]) -> ShownVisit:
    who = dict.fromkeys(names[claim.resource_id] for claim in visit.claims)
    return ShownVisit(
        label=visit.label,
        starts=on_clock(visit.starts_at, plan.site.zone),
        ends=on_clock(visit.ends_at, plan.site.zone),
        who=", ".join(who),
        reason=visit.reason,
        deviations=tuple(
            deviation.sentence
            for deviation in plan.deviations
            if deviation.session == visit.label
        ),
    )


def _without_visit(plan: CoursePlan) -> Sequence[Refusal]:
    labels = {visit.label for visit in plan.visits}
    return [found for found in plan.deviations if found.session not in labels]


def _initial(course: Course) -> dict[str, object]:
    return {
        "protocol": course.protocol_id,
        "therapist": course.therapist_id,
        "prescriber": course.prescriber_id,
        "start_on": (on_clock(now(), home_zone()) + timedelta(days=1)).date(),
    }
