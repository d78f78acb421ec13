"""Patients, courses and history: looked at here, changed on their own pages."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from courses.admin.kinds import ReadOnly
from courses.models import (
    Assessment,
    ClinicEvent,
    Course,
    CourseEvent,
    CourseHold,
    Patient,
    Session,
)


@admin.register(Patient)
class PatientAdmin(ReadOnly):
    list_display = ("__str__", "birth_on", "phone", "registered_at", "page")

    @admin.display(description="page")
    def page(self, patient: Patient) -> SafeString:
        """Return the link to the page where staff work with the patient."""
        return _link(reverse("scheduler:patient", args=[patient.pk]))


@admin.register(Course)
class CourseAdmin(ReadOnly):
    list_display = ("patient", "protocol", "status", "opened_at", "ended_at", "page")
    list_filter = ("status",)
    list_select_related = ("patient", "protocol")
    # The referral note is read where the reader's permission for it is checked.
    exclude = ("referral_note",)

    @admin.display(description="page")
    def page(self, course: Course) -> SafeString:
        """Return the link to the page where staff work with the course."""
        return _link(reverse("scheduler:course", args=[course.pk]))


@admin.register(CourseHold)
class CourseHoldAdmin(ReadOnly):
    list_display = ("course", "held_at", "review_on", "ended_at", "held_by_label")
    list_select_related = ("course__patient", "course__protocol")
    # The reason may hold clinical words; it is read on the course's page.
    exclude = ("reason",)


@admin.register(Session)
class SessionAdmin(ReadOnly):
    list_display = ("label", "course", "visit_type", "status", "earliest_on")
    list_filter = ("status",)
    list_select_related = ("course__patient", "course__protocol", "visit_type")


@admin.register(Assessment)
class AssessmentAdmin(ReadOnly):
    list_display = ("course", "assessed_on", "decision", "valid_until", "decided_by")
    list_filter = ("decision",)
    list_select_related = ("course__patient", "course__protocol", "decided_by")


@admin.register(CourseEvent)
class CourseEventAdmin(ReadOnly):
    list_display = ("occurred", "kind", "patient", "actor_label")
    list_filter = ("kind",)
    list_select_related = ("patient",)
    # Details may hold clinical words.
    exclude = ("details", "occurred_at")
    readonly_fields = ("occurred",)

    @admin.display(description="when", ordering="occurred_at")
    def occurred(self, event: CourseEvent) -> str:
        """Return the moment on the clock that the admin's pages show."""
        return f"{localtime(event.occurred_at):%b %-d, %Y %H:%M %Z}"


@admin.register(ClinicEvent)
class ClinicEventAdmin(ReadOnly):
    list_display = ("occurred", "kind", "subject", "actor_label")
    list_filter = ("kind",)
    search_fields = ("subject", "actor_label")
    date_hierarchy = "occurred_at"
    fields = ("occurred", "kind", "subject", "subject_id", "what", "actor_label")
    readonly_fields = ("occurred", "what")

    @admin.display(description="when", ordering="occurred_at")
    def occurred(self, event: ClinicEvent) -> str:
        """Return the moment on the clock that the admin's pages show."""
        return f"{localtime(event.occurred_at):%b %-d, %Y %H:%M %Z}"

    @admin.display(description="details", empty_value="none")
    def what(self, event: ClinicEvent) -> SafeString:
        """Return the details, one to a line."""
        return format_html_join(
            "",
            "<div>{}: {}</div>",
            ((name.replace("_", " "), _said(v)) for name, v in event.details.items()),
        )


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _link(address: str) -> SafeString:
    return format_html('<a href="{}">Open</a>', address)
