"""A course: where its sessions stand, its assessment, how it goes on or ends."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from courses.actions.add_assessment_session import session_to_assess
from courses.actions.record_assessment import record_assessment
from courses.errors import StalePage
from courses.forms import (
    ActionForm,
    DecideAssessmentForm,
    RecordAssessmentForm,
    StopCourseForm,
)
from courses.models import Assessment, Course, CourseHold, Session, VisitType
from scheduler.actions.complete_course import complete_course
from scheduler.actions.confirm_course import confirm_course
from scheduler.actions.schedule_assessment import schedule_assessment
from scheduler.actions.settle_assessment import settle_assessment
from scheduler.actions.stop_course import stop_course
from scheduler.course_sheet import incompleteness, session_rows
from scheduler.forms import ScheduleAssessmentForm
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.offered import chosen_site, chosen_visit_type, offered
from scheduler.views.staff import (
    actor_of,
    attempt,
    show,
    staff_page,
    tell_refusals,
    user_of,
)
from scheduler.visit_steps import RUN_DESK

SEES_CLINICAL = "courses.view_assessment"


@staff_page("courses.view_course")
def course_page(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Show the course."""
    return show_course(request, find_course(course_id))


@staff_page("courses.add_assessment", "POST")
def record(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Record what an assessment found."""
    course = find_course(course_id)
    form = RecordAssessmentForm(request.POST)
    if form.is_valid():
        recorded = form.perform(
            lambda: record_assessment(
                course=course,
                assessed_on=form.cleaned_data["assessed_on"],
                findings=form.cleaned_data["findings"],
                session=_assessed_session(course),
                assessment_id=form.cleaned_data["assessment_id"],
                actor=actor_of(request),
                now=now(),
            )
        )
        if recorded is not None:
            messages.success(request, "The assessment is recorded.")
            return to_course(course)
    return show_course(request, find_course(course_id), record_form=form)


@staff_page("courses.decide_assessment", "POST")
def decide(request: HttpRequest, course_id: UUID, assessment_id: UUID) -> HttpResponse:
    """Store a clinician's decision."""
    course = find_course(course_id)
    assessment = get_object_or_404(Assessment, pk=assessment_id, course=course)
    form = _decide_form(request, request.POST)
    if form.is_valid():
        decided = form.perform(
            lambda: settle_assessment(
                assessment=assessment,
                actor=actor_of(request),
                now=now(),
                **form.cleaned_data,
            )
        )
        if decided is not None:
            messages.success(request, "The decision is recorded.")
            return to_course(course)
    return _refused(request, course_id, assessment, decide_form=form)


@staff_page(RUN_DESK, "GET", "HEAD", "POST")
def place_assessment(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Ask for a time for the assessment, and book it."""
    course = find_course(course_id)
    site = chosen_site(request)
    kinds = VisitType.objects.filter(kind=VisitType.Kind.ASSESSMENT)
    kind = chosen_visit_type(request, kinds)
    form = ScheduleAssessmentForm(
        request.POST or None, initial={"site": site, "visit_type": kind}
    )
    if request.method == "POST" and form.is_valid():
        placed = form.perform(
            lambda: schedule_assessment(
                course=course,
                visit_type=form.cleaned_data["visit_type"],
                site=form.cleaned_data["site"],
                starts_at=form.starts_at(),
                actor=actor_of(request),
                now=now(),
            )
        )
        if placed is not None:
            messages.success(request, "The assessment is booked.")
            return to_course(course)
    return show(
        request,
        "scheduler/place_session.html",
        title=f"Book an assessment for {course.patient.full_name}",
        section="patients",
        course=course,
        label="Assessment",
        form=form,
        visit_type=kind,
        visit_types=kinds,
        **(offered(session_to_assess(course, kind), site) if kind else {}),
    )


@staff_page(RUN_DESK, "POST")
def confirm(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Confirm every hold of the course."""
    course = find_course(course_id)
    actor = actor_of(request)
    attempt(
        request,
        "Every held visit is booked.",
        lambda: confirm_course(course=course, actor=actor, now=now()),
    )
    return to_course(course)


@staff_page("courses.view_course", "POST")
def stop(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Stop the course early; what is still to come is canceled."""
    course = find_course(course_id)
    _check_may_end(request)
    form = StopCourseForm(request.POST)
    if form.is_valid():
        stopped = form.perform(
            lambda: stop_course(
                course=course,
                reason=form.cleaned_data["reason"],
                cancels=form.cleaned_data["cancels"],
                actor=actor_of(request),
                now=now(),
            )
        )
        if stopped is not None:
            messages.success(request, "The course is stopped.")
            return to_course(course)
    return _refused(request, course_id, stop_form=form)


@staff_page("courses.view_course", "POST")
def complete(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Complete the course."""
    course = find_course(course_id)
    _check_may_end(request)
    actor = actor_of(request)
    attempt(
        request,
        "The course is completed.",
        lambda: complete_course(course=course, actor=actor, now=now()),
    )
    return to_course(course)


def _refused(
    request: HttpRequest,
    course_id: UUID,
    assessment: Assessment | None = None,
    **forms: ActionForm,
) -> HttpResponse:
    """Show the form again, or tell its reasons if the page no longer has that form."""
    course = find_course(course_id)
    is_shown = course.is_active and (
        assessment is None or assessment == _undecided(course.assessments.all())
    )
    if is_shown:
        return show_course(request, course, **forms)
    (form,) = forms.values()
    tell_refusals(request, form.refused or StalePage())
    return to_course(course)


def _check_may_end(request: HttpRequest) -> None:
    user = user_of(request)
    if not any(
        user.has_perm(code)
        for code in ("courses.change_course", "courses.decide_assessment")
    ):
        raise PermissionDenied


def show_course(
    request: HttpRequest, course: Course, **forms: ActionForm
) -> HttpResponse:
    """Show the page, with the forms that were refused as they were typed."""
    sees_clinical = user_of(request).has_perm(SEES_CLINICAL)
    rows = session_rows(course)
    assessments = list(course.assessments.select_related("decided_by"))
    clinical: dict[str, Any] = {
        "assessments": assessments,
        "undecided": _undecided(assessments),
        "record_form": forms.get("record_form") or RecordAssessmentForm(),
        "decide_form": forms.get("decide_form") or _decide_form(request),
    }
    incomplete = incompleteness(rows)
    return show(
        request,
        "scheduler/course.html",
        title=course.patient.full_name,
        subtitle="Course",
        section="patients",
        course=course,
        rows=rows,
        has_holds=any(row.is_held for row in rows),
        has_to_place=any(row.can_be_placed for row in rows),
        sees_clinical=sees_clinical,
        serves_until=_serves_until(assessments),
        stop_form=forms.get("stop_form") or StopCourseForm(),
        incomplete=incomplete.sentence if incomplete else "",
        to_come=sum(row.is_to_come(now()) for row in rows),
        hold=CourseHold.objects.open().filter(course=course).first(),
        may_end=user_of(request).has_perm("courses.change_course")
        or user_of(request).has_perm("courses.decide_assessment"),
        **(clinical if sees_clinical else {}),
    )


def find_course(course_id: UUID) -> Course:
    """Return the course with its people, or answer 404."""
    return get_object_or_404(
        Course.objects.select_related("patient", "protocol", "therapist", "prescriber"),
        pk=course_id,
    )


def to_course(course: Course) -> HttpResponseRedirect:
    """Go to the course's page."""
    return HttpResponseRedirect(reverse("scheduler:course", args=[course.pk]))


def _decide_form(
    request: HttpRequest, data: QueryDict | None = None
) -> DecideAssessmentForm:
    today = on_clock(now(), home_zone()).date()
    return DecideAssessmentForm(data, user=user_of(request), on=today)


def _undecided(assessments: Iterable[Assessment]) -> Assessment | None:
    return next((a for a in assessments if a.decision == "pending"), None)


def _serves_until(assessments: list[Assessment]) -> object:
    """Return the day until which visits may be booked, if the newest decision says so.

    Only the day: what was found stays with those who may read it.
    """
    decided = [a for a in assessments if a.decided_at is not None]
    newest = max(decided, key=lambda a: str(a.decided_at), default=None)
    is_eligible = newest is not None and newest.decision == "eligible"
    return newest.valid_until if newest is not None and is_eligible else None


def _assessed_session(course: Course) -> Session | None:
    return (
        course.sessions.filter(visit_type__kind="assessment")
        .exclude(status__in=("omitted", "missed"))
        .order_by("-position")
        .first()
    )
