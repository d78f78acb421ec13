"""Appointments and the claims they make, with their history."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Patient, Session
from scheduler.models.resource import Resource
from scheduler.models.site import Site
from scheduler.querysets import AppointmentQuerySet, ClaimQuerySet
from scheduler.rules import LIVE_STATUSES


def new_uid() -> str:
    """Return a calendar UID: 128 random bits, since a reply is known by it alone."""
    return f"{secrets.token_hex(16)}@{settings.CLINIC_DOMAIN}"


class Appointment(models.Model):
    """A session placed in time. Its own span is the patient's time at the clinic.

    Changed only by scheduler.actions. A canceled appointment keeps its rows.
    """

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        BOOKED = "booked", _("Booked")
        ARRIVED = "arrived", _("Arrived")
        IN_SESSION = "in_session", _("In session")
        RECOVERING = "recovering", _("Recovering")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Canceled")
        NO_SHOW = "no_show", _("No-show")
        EXPIRED = "expired", _("Expired")

    class Response(models.TextChoices):
        NEEDS_ACTION = "needs_action", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        TENTATIVE = "tentative", _("Tentative")
        DECLINED = "declined", _("Declined")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="appointments"
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status.choices)
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    uid = models.CharField(max_length=99, unique=True, default=new_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    revised_at = models.DateTimeField()
    patient_response = models.CharField(
        max_length=12, choices=Response.choices, default=Response.NEEDS_ACTION
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    restores = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="restored_as",
    )
    created_at = models.DateTimeField()

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "id")
        permissions = (
            ("run_front_desk", "Can hold, book, move, cancel and check in"),
            ("treat_patients", "Can start and finish a visit"),
            ("override_window", "Can place a visit outside a hard window"),
        )
        indexes = (
            models.Index(
                fields=("site", "starts_at"), name="appointment_by_site_start"
            ),
            models.Index(
                fields=("patient", "starts_at"), name="appointment_by_patient"
            ),
            models.Index(
                fields=("hold_expires_at",),
                name="hold_by_expiry",
                condition=Q(status="held"),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("session",),
                name="session_has_one_live_appointment",
                condition=Q(status__in=LIVE_STATUSES),
                violation_error_message=_("This session already has an appointment."),
            ),
            models.CheckConstraint(
                name="appointment_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="hold_says_when_it_expires",
                condition=~Q(status="held") | Q(hold_expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_status_is_known",
                condition=Q(
                    status__in=(
                        "held",
                        "booked",
                        "arrived",
                        "in_session",
                        "recovering",
                        "completed",
                        "cancelled",
                        "no_show",
                        "expired",
                    )
                ),
            ),
        )

    def __str__(self) -> str:
        local = timezone.localtime(self.starts_at, self.site.zone)
        return f"{self.session.label}, {local:%a %b %-d, %Y %H:%M}"

    @property
    def is_live(self) -> bool:
        """Tell whether the appointment still holds its time and its claims."""
        return self.status in LIVE_STATUSES


class Claim(models.Model):
    """One unit of one resource, held by an appointment for a span of its own."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="claims"
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, related_name="claims"
    )
    unit = models.PositiveSmallIntegerField()
    party = models.SlugField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_live = models.BooleanField(default=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ("appointment", "starts_at", "party", "unit")
        indexes = (
            # Covers the whole read of the calendar: one range scan per resource.
            models.Index(
                fields=("resource", "starts_at", "ends_at", "unit"),
                name="live_claim_by_resource",
                condition=Q(is_live=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="claim_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.party}: {self.resource} unit {self.unit}"


class AppointmentEvent(models.Model):
    """One change of an appointment. Append-only; the only input of notifications."""

    class Kind(models.TextChoices):
        HELD = "held", _("Held")
        BOOKED = "booked", _("Booked")
        CONFIRMED = "confirmed", _("Hold confirmed")
        MOVED = "moved", _("Moved")
        RESTAFFED = "restaffed", _("People or rooms changed")
        READDRESSED = "readdressed", _("Messages go to another address")
        CANCELLED = "cancelled", _("Canceled")
        RESTORED = "restored", _("Restored")
        CHECKED_IN = "checked_in", _("Checked in")
        CHECK_IN_UNDONE = "check_in_undone", _("Check-in undone")
        STARTED = "started", _("Started")
        RECOVERY_BEGUN = "recovery_begun", _("Recovery begun")
        FINISHED = "finished", _("Finished")
        NO_SHOW = "no_show", _("No-show")
        NO_SHOW_UNDONE = "no_show_undone", _("No-show undone")
        EXPIRED = "expired", _("Hold expired")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="events"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    revision = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
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
