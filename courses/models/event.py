"""History of patients, courses and the clinic, append-only by a database trigger."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.assessment import Assessment
from courses.models.course import Course, Session
from courses.models.patient import Patient


class CourseEvent(models.Model):
    """One thing that happened to a patient's record or course."""

    class Kind(models.TextChoices):
        PATIENT_REGISTERED = "patient_registered", _("Patient registered")
        PATIENT_CHANGED = "patient_changed", _("Patient details changed")
        COURSE_OPENED = "course_opened", _("Course opened")
        ASSESSMENT_PLANNED = "assessment_planned", _("Assessment planned")
        ASSESSMENT_RECORDED = "assessment_recorded", _("Assessment recorded")
        ASSESSMENT_DECIDED = "assessment_decided", _("Assessment decided")
        PROTOCOL_CHOSEN = "protocol_chosen", _("Protocol chosen")
        THERAPIST_CHANGED = "therapist_changed", _("Therapist changed")
        DOSE_INTERVAL_SET = "dose_interval_set", _("Days between doses set")
        TREATMENT_STARTED = "treatment_started", _("Treatment started")
        COURSE_STOPPED = "course_stopped", _("Course stopped early")
        COURSE_COMPLETED = "course_completed", _("Course completed")
        SESSION_STATUS = "session_status", _("Session changed")
        SESSION_OMITTED = "session_omitted", _("Session left out")
        SESSION_REINSTATED = "session_reinstated", _("Session taken up again")
        SESSION_ADDED = "session_added", _("Session added")
        COURSE_EXTENDED = "course_extended", _("Course extended")
        COURSE_SHORTENED = "course_shortened", _("Course shortened")
        COURSE_HELD = "course_held", _("Course put on hold")
        COURSE_RESUMED = "course_resumed", _("Course resumed")
        VISITS_REPLACED = "visits_replaced", _("Visits placed anew")

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="events"
    )
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True
    )
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, null=True, blank=True
    )
    kind = models.CharField(max_length=30, choices=Kind.choices)
    details = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    actor_label = models.CharField(max_length=150)
    occurred_at = models.DateTimeField()

    class Meta:
        ordering = ("-occurred_at", "-id")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.actor_label})"


class ClinicEvent(models.Model):
    """One thing that happened to the clinic as a whole, not to one course.

    What it is about is kept in words: it may belong to another app, or be gone.
    """

    class Kind(models.TextChoices):
        TIME_CLOSED = "time_closed", _("Time closed")
        TIME_REOPENED = "time_reopened", _("Time reopened")
        PROTOCOL_PUBLISHED = "protocol_published", _("Protocol published")
        PROTOCOL_RETIRED = "protocol_retired", _("Protocol retired")
        LIBRARY_INSTALLED = "library_installed", _("Library installed")
        FEED_ISSUED = "feed_issued", _("Calendar address made")
        FEED_REVOKED = "feed_revoked", _("Calendar address taken away")

    kind = models.CharField(max_length=30, choices=Kind.choices)
    subject = models.CharField(_("about"), max_length=200)
    subject_id = models.CharField(_("its number"), max_length=40, blank=True)
    details = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    actor_label = models.CharField(_("by"), max_length=150)
    occurred_at = models.DateTimeField()

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = (
            models.Index(fields=("occurred_at", "id"), name="clinic_event_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
