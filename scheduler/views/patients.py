"""Patients: find, register, look at, change. Names never travel in an address."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from courses.actions.open_course import open_course
from courses.actions.register_patient import register_patient
from courses.errors import StalePage
from courses.forms import ChangePatientForm, OpenCourseForm, RegisterPatientForm
from courses.models import Course, CourseEvent, Patient
from scheduler.actions.change_patient_details import change_patient_details
from scheduler.models import Appointment
from scheduler.site_clock import home_zone, on_clock
from scheduler.views.staff import actor_of, show, staff_page, user_of, with_link

MOST_FOUND = 50


@staff_page("courses.view_patient")
def patients(request: HttpRequest) -> HttpResponse:
    """Show the patients who were registered last."""
    newest = Patient.objects.order_by("-registered_at")[:25]
    return _list(request, "Patients", newest, words="")


@staff_page("courses.view_patient", "POST")
def search_patients(request: HttpRequest) -> HttpResponse:
    """Show who matches. By POST, so that names stay out of logs and history."""
    words = request.POST.get("words", "").replace("\0", "").strip()[:100]
    if not words:
        return HttpResponseRedirect(reverse("scheduler:patients"))
    found = Patient.objects.matching(words)[: MOST_FOUND + 1]
    return _list(request, "Patients found", found, words=words)


def _list(request: HttpRequest, title: str, found: Any, *, words: str) -> HttpResponse:
    rows = list(found)
    return show(
        request,
        "scheduler/patients.html",
        title=title,
        section="patients",
        rows=_with_courses(rows[:MOST_FOUND]),
        words=words,
        is_cut=len(rows) > MOST_FOUND,
    )


def _with_courses(rows: list[Patient]) -> list[tuple[Patient, Course | None]]:
    active = {
        course.patient_id: course
        for course in Course.objects.active()
        .filter(patient__in=rows)
        .select_related("protocol")
    }
    return [(patient, active.get(patient.pk)) for patient in rows]


@staff_page("courses.add_patient", "GET", "HEAD", "POST")
def register(request: HttpRequest) -> HttpResponse:
    """Ask for a new patient's details and register them."""
    form = RegisterPatientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        patient = form.perform(
            lambda: register_patient(**typed, actor=actor_of(request), now=now()),
            say=with_link,
        )
        if patient is not None:
            messages.success(request, f"{patient.full_name} is registered.")
            _warn_if_out_of_reach(request, patient)
            return _to_patient(patient)
    return show(
        request,
        "scheduler/form_page.html",
        title="Register a patient",
        section="patients",
        form=form,
        button="Register",
        back=reverse("scheduler:patients"),
    )


@staff_page("courses.change_patient", "GET", "HEAD", "POST")
def change(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Ask for changed details and store them."""
    patient = get_object_or_404(Patient, pk=patient_id)
    form = ChangePatientForm(request.POST or None, patient=patient)
    if request.method == "POST" and form.is_valid():
        changes = form.changes()
        changed = form.perform(
            lambda: change_patient_details(
                patient=patient,
                seen=form.seen(),
                actor=actor_of(request),
                now=now(),
                **changes,
            )
        )
        if changed is not None:
            messages.success(request, "The details are saved.")
            _warn_if_out_of_reach(request, changed)
            return _to_patient(changed)
        if isinstance(form.refused, StalePage):
            form.look_again(Patient.objects.get(pk=patient.pk))
    return show(
        request,
        "scheduler/form_page.html",
        title=f"Change {patient.full_name}",
        section="patients",
        form=form,
        button="Save",
        back=reverse("scheduler:patient", args=[patient.pk]),
    )


@staff_page("courses.view_patient")
def patient_page(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Show a patient: how to reach them, their courses, visits and history."""
    patient = get_object_or_404(Patient, pk=patient_id)
    return _show_patient(request, patient, OpenCourseForm())


@staff_page("courses.add_course", "POST")
def open_patient_course(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Open a course and go there."""
    patient = get_object_or_404(Patient, pk=patient_id)
    form = OpenCourseForm(request.POST)
    if form.is_valid():
        course = form.perform(
            lambda: open_course(
                patient=patient,
                referral_note=form.cleaned_data["referral_note"],
                course_id=form.cleaned_data["course_id"],
                actor=actor_of(request),
                now=now(),
            ),
            say=with_link,
        )
        if course is not None:
            messages.success(request, "The course is open.")
            return HttpResponseRedirect(reverse("scheduler:course", args=[course.pk]))
    return _show_patient(request, patient, form)


def _show_patient(
    request: HttpRequest, patient: Patient, open_form: OpenCourseForm
) -> HttpResponse:
    courses = list(
        patient.courses.select_related("protocol", "therapist", "prescriber")
    )
    visits = (
        Appointment.objects.filter(patient=patient)
        .select_related("session", "site")
        .order_by("-starts_at")[:100]
    )
    sees_history = user_of(request).has_perm("courses.view_courseevent")
    return show(
        request,
        "scheduler/patient.html",
        title=patient.full_name,
        zone=home_zone(),
        section="patients",
        patient=patient,
        courses=courses,
        has_active=any(course.is_active for course in courses),
        visits=[(v, on_clock(v.starts_at, v.site.zone)) for v in visits],
        history=_history(patient) if sees_history else [],
        open_form=open_form,
    )


def _history(patient: Patient) -> Any:
    return CourseEvent.objects.filter(patient=patient).select_related("session")[:100]


def _warn_if_out_of_reach(request: HttpRequest, patient: Patient) -> None:
    if not patient.email and not patient.phone:
        messages.warning(
            request,
            f"{patient.full_name} can't be reached: neither e-mail nor phone is known.",
        )


def _to_patient(patient: Patient) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("scheduler:patient", args=[patient.pk]))
