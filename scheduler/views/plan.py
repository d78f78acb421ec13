"""Planning a whole course: wishes, the plan with its reasons, and accepting it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.timezone import now

from courses.errors import NotPermitted
from courses.models import Course
from courses.rules.wording import counted
from scheduler.actions.accept_plan import accept_plan
from scheduler.course_plans import Infeasible
from scheduler.errors import NotEligible, OutsideWindow, PlanOutdated
from scheduler.forms import PlanForm
from scheduler.models import Site
from scheduler.plan_news import what_changed
from scheduler.plan_sheet import PlanSheet, chips, plan_sheet
from scheduler.plan_trials import Choice, Trial, trial_of
from scheduler.planning.changes import Change, read_changes, text_of
from scheduler.planning.problem import Preferences
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.courses import find_course, to_course
from scheduler.views.staff import actor_of, sees_override, show, staff_page
from scheduler.visit_steps import RUN_DESK

HOLD_FOR = timedelta(days=7)
# After these the page shows the plan again, as it is now.
_SHOWN_ANEW = (PlanOutdated, NotEligible, OutsideWindow, NotPermitted)
# What stands in fields of its own, not on a chip.
_FIELDS = {"site": "site", "sooner": "start_on"}
# Of these only one can hold for a session, so a new one takes the old one's place.
_ONE_OF = ({"on", "at"}, {"within"}, {"begin"}, {"hours"}, {"led"}, {"first"})


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def plan(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Ask for preferences; show the plan they give; book it when it is accepted."""
    course = find_course(course_id)
    typed = _pressed(request.POST) if request.method == "POST" else None
    form = PlanForm(typed, course=course, initial=_initial(course))
    if typed is None or not form.is_valid():
        return _show(request, course, form)
    if typed.get("accept"):
        booked = form.perform(lambda: _accept(request, course, form))
        if booked is not None:
            held = typed["accept"] == "hold"
            done = "held for a week" if held else "booked"
            visits = counted(len(booked), "visit")
            are = "is" if len(booked) == 1 else "are"
            messages.success(request, f"{visits} {are} {done}.")
            return to_course(course)
        if not isinstance(form.refused, _SHOWN_ANEW):
            return _show(request, course, form)
    trial = form.perform(lambda: _try(request, course, form))
    return _show(request, course, form, trial)


def _pressed(posted: QueryDict) -> QueryDict:
    """Return the form as it is after the button that was pressed."""
    typed = posted.copy()
    asked = list(read_changes(posted.get("changes", "")))
    for change in read_changes(posted.get("drop", "")):
        asked = [other for other in asked if other != change]
    for change in read_changes(posted.get("add", "")):
        asked = _with(typed, asked, change)
    if "change_to" in posted:
        asked = list(read_changes(posted.get("change_to", "")))
    alternative = posted.get("accept_alternative", "")
    if alternative:
        # A press on another plan accepts that one: what it asks for comes with it.
        seen, _, changes = alternative.partition(" ")
        typed["accept"], typed["seen"] = "book", seen
        typed["shown"] = posted.get(f"shown-{seen}", "")
        asked = list(read_changes(changes))
    typed["changes"] = text_of(asked)
    return typed


def _with(typed: QueryDict, asked: list[Change], change: Change) -> list[Change]:
    if change.kind == "site":
        site = Site.objects.filter(code=change.value).first()
        typed["site"] = str(site.pk) if site else typed.get("site", "")
        return asked
    if change.kind in _FIELDS:
        typed[_FIELDS[change.kind]] = change.value
        return asked
    if change.kind == "unbound":
        kinds = _UNBOUND.get(change.value, set())
        return [c for c in asked if c.kind not in kinds or c.about != change.about]
    kinds = next((kinds for kinds in _ONE_OF if change.kind in kinds), set())
    others = [c for c in asked if c.kind not in kinds or c.about != change.about]
    return list(dict.fromkeys((*others, change)))


_UNBOUND = {
    "on": {"on"},
    "starts_at": {"at"},
    "serving": {"served"},
    "not_on": {"off", "weekday_off"},
    "not_served_by": {"without"},
}


def _accept(request: HttpRequest, course: Course, form: PlanForm) -> tuple[Any, ...]:
    time_now = now()
    is_hold = form.data["accept"] == "hold"
    return accept_plan(
        course=course,
        choice=_choice(form),
        seen=form.data.get("seen", ""),
        hold_expires_at=time_now + HOLD_FOR if is_hold else None,
        override_reason=form.data.get("override_reason", ""),
        actor=actor_of(request),
        now=time_now,
    )


def _try(request: HttpRequest, course: Course, form: PlanForm) -> Trial | Infeasible:
    return trial_of(
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
        changes=typed["changes"],
        elsewhere=form.elsewhere(),
    )


def _show(
    request: HttpRequest,
    course: Course,
    form: PlanForm,
    found: Trial | Infeasible | None = None,
) -> HttpResponse:
    trial = found if isinstance(found, Trial) else None
    sheet = plan_sheet(trial) if trial else PlanSheet(plan=None)
    obstacles = found.refusals if isinstance(found, Infeasible) else sheet.obstacles
    return show(
        request,
        "scheduler/plan.html",
        title=f"Plan the course of {course.patient.full_name}",
        section="patients",
        course=course,
        form=form,
        site=trial.site if trial else None,
        sheet=sheet,
        plan=sheet.plan,
        obstacles=obstacles,
        chips=chips(trial, form.cleaned_data["changes"]) if form.is_bound else (),
        news=_news(form, sheet, trial),
        may_override=sees_override(request) if found else False,
    )


def _news(form: PlanForm, sheet: PlanSheet, trial: Trial | None) -> list[str]:
    """Return what changed since the plan that somebody tried to accept."""
    if trial is None or sheet.plan is None:
        return []
    if not isinstance(form.refused, PlanOutdated):
        return []
    zone = trial.site.zone
    return what_changed(form.data.get("shown", ""), sheet.plan.shown, zone)


def _initial(course: Course) -> dict[str, object]:
    return {
        "protocol": course.protocol_id,
        "therapist": course.therapist_id,
        "prescriber": course.prescriber_id,
        "start_on": (on_clock(now(), home_zone()) + timedelta(days=1)).date(),
    }
