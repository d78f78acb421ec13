"""Assessments: what was found, and who decided what until when."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.clinician import Clinician
from courses.models.course import Course, Session
from courses.querysets import AssessmentQuerySet


class Assessment(models.Model):
    """One assessment of a course, recorded by staff, decided by a clinician.

    The software stores the decision; it never makes one.
    """

    class Decision(models.TextChoices):
        PENDING = "pending", _("Not decided")
        ELIGIBLE = "eligible", _("Eligible")
        DEFERRED = "deferred", _("Deferred")
        NOT_ELIGIBLE = "not_eligible", _("Not eligible")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="assessments"
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True
    )
    assessed_on = models.DateField()
    findings = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    decision = models.CharField(
        max_length=15, choices=Decision.choices, default=Decision.PENDING
    )
    decided_by = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    missing = models.CharField(
        max_length=300, blank=True, help_text=_("When deferred: what is missing.")
    )
    valid_until = models.DateField(
        null=True, blank=True, help_text=_("The last day that it may serve.")
    )

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ("-assessed_on", "-recorded_at")
        permissions = (("decide_assessment", "Can decide an assessment"),)
        constraints = (
            models.CheckConstraint(
                name="decided_assessment_says_by_whom_and_when",
                condition=Q(
                    decision="pending", decided_by__isnull=True, decided_at__isnull=True
                )
                | (
                    ~Q(decision="pending")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="eligible_assessment_is_valid_until_a_day",
                condition=~Q(decision="eligible") | Q(valid_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessed_on}: {self.get_decision_display()}"
