"""Messages owed, and each try to deliver one."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils.translation import gettext_lazy as _

from notifications.rules import Shown, Told
from scheduler.models import Appointment, Site

SOON = timedelta(hours=1)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def planned(self) -> Self:
        """Return messages that are still to be sent and in nobody's hands."""
        return self.filter(status="planned")

    def due(self, now: datetime) -> Self:
        """Return planned messages whose time has come, in the order of sending.

        Messages about one appointment reach one mailbox in order, so a row waits
        while an earlier one is in somebody's hands.
        """
        in_hand = Notification.objects.filter(
            appointment_id=OuterRef("appointment_id"),
            recipient=OuterRef("recipient"),
            lease_until__isnull=False,
        )
        due = self.planned().filter(~Exists(in_hand), due_at__lte=now)
        return due.order_by("due_at", "sequence", "id")

    def nearest_first(self, now: datetime) -> Self:
        """Return messages as people ask for them.

        What is due within the hour or was due is first, the latest of it on top: it
        has just left, or is about to. Then what is planned for later, the next first.
        """
        soon = Case(When(due_at__lte=now + SOON, then=F("due_at")))
        return self.order_by(soon.desc(nulls_last=True), "due_at", "-pk")

    def abandoned(self, now: datetime) -> Self:
        """Return messages whose holder has not come back in time."""
        return self.filter(lease_until__lte=now)

    def outdated(self) -> Self:
        """Return planned messages about a revision that is no longer the last."""
        return self.planned().exclude(revision=F("appointment__revision"))

    def unsure(self) -> Self:
        """Return messages that may have left twice or not at all."""
        return self.filter(Q(status="unknown") | Q(unsure_hand_overs__gt=0))


def new_message_id() -> str:
    """Return the Message-ID that every try to send this row will carry."""
    return f"<{uuid.uuid4().hex}@{settings.CLINIC_DOMAIN}>"


class Notification(models.Model):
    """One message owed to one recipient about one revision of an appointment.

    Written by notifications.actions only. What it tells is a snapshot, since a
    cancellation repeats the times of the invitation that it takes back.
    """

    class Kind(models.TextChoices):
        INVITE = "invite", _("Invitation")
        CANCEL = "cancel", _("Cancellation")
        REMINDER = "reminder", _("Reminder")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        LEASED = "leased", _("Being prepared")
        HANDING_OVER = "handing_over", _("Being handed over")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Kept back")
        SUPERSEDED = "superseded", _("Replaced by a newer one")
        UNKNOWN = "unknown", _("Unsure whether it left")
        POISON = "poison", _("Set aside after stopping the sender")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="notifications"
    )
    revision = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    uid = models.CharField(max_length=99)
    rule_code = models.SlugField(max_length=40, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(
        max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    recipient = models.EmailField(blank=True)
    shows_starts_at = models.DateTimeField()
    shows_ends_at = models.DateTimeField()
    shows_site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    stamped_at = models.DateTimeField()
    message_id = models.CharField(max_length=160, default=new_message_id, unique=True)
    status = models.CharField(
        max_length=12, choices=Status.choices, default=Status.PLANNED
    )
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    kills = models.PositiveSmallIntegerField(default=0)
    unsure_hand_overs = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "sequence", "id")
        indexes = (
            models.Index(
                fields=("due_at", "sequence", "id"),
                name="notification_due",
                condition=Q(status="planned"),
            ),
            # Whatever is in hand has a lease, and nothing else has. Asked this way
            # SQLite finds these few rows too; with the statuses it reads the table.
            models.Index(
                fields=("lease_until",),
                name="notification_in_hand",
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(
                fields=("appointment", "recipient"),
                name="notification_in_hand_to_whom",
                condition=Q(lease_until__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("appointment", "revision", "rule_code", "recipient", "channel"),
                name="notification_is_owed_once",
            ),
            models.CheckConstraint(
                name="notification_status_is_known",
                condition=Q(
                    status__in=(
                        "planned",
                        "leased",
                        "handing_over",
                        "sent",
                        "failed",
                        "suppressed",
                        "superseded",
                        "unknown",
                        "poison",
                    )
                ),
            ),
            models.CheckConstraint(
                name="notification_in_hand_has_a_lease",
                condition=Q(
                    status__in=("leased", "handing_over"),
                    lease_token__isnull=False,
                    lease_until__isnull=False,
                )
                | (
                    ~Q(status__in=("leased", "handing_over"))
                    & Q(lease_token__isnull=True, lease_until__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="unsent_notification_says_why",
                condition=~Q(
                    status__in=(
                        "failed",
                        "suppressed",
                        "superseded",
                        "unknown",
                        "poison",
                    ),
                    reason="",
                ),
            ),
            models.CheckConstraint(
                name="sent_notification_says_when",
                condition=~Q(status="sent", sent_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.recipient or 'nobody'}"

    @property
    def told(self) -> Told:
        """Return the row as the rules read it.

        Whatever its status: once a hand-over broke off, the message may have left.
        """
        is_unsure = self.unsure_hand_overs and self.status != self.Status.SENT
        return Told(
            kind=self.kind,
            rule_code=self.rule_code,
            recipient=self.recipient,
            uid=self.uid,
            shown=Shown(self.shows_starts_at, self.shows_ends_at, self.shows_site_id),
            status=self.Status.UNKNOWN if is_unsure else self.status,
        )


class DeliveryAttempt(models.Model):
    """One try to hand a message over, written before the first byte leaves."""

    class Outcome(models.TextChoices):
        UNANSWERED = "unanswered", _("No answer was recorded")
        ACCEPTED = "accepted", _("Accepted by the mail server")
        REFUSED_FOR_NOW = "refused_for_now", _("Refused for now")
        REFUSED = "refused", _("Refused for good")
        UNSURE = "unsure", _("The connection broke; it may have left")

    notification = models.ForeignKey(
        Notification, on_delete=models.PROTECT, related_name="delivery_attempts"
    )
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=20, choices=Outcome.choices, default=Outcome.UNANSWERED
    )
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("notification", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("notification", "number"),
                name="delivery_attempt_has_its_number",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"
