"""Clinicians, what they are able to do, and from when until when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.querysets import ClinicianQuerySet, CredentialQuerySet


class Capability(models.Model):
    """A skill or property that a visit asks for: a prescriber, an infusion chair."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name


class Clinician(models.Model):
    """A prescriber, nurse, therapist or rater who treats patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    display_name = models.CharField(max_length=100)

    objects = ClinicianQuerySet.as_manager()

    class Meta:
        ordering = ("display_name",)

    def __str__(self) -> str:
        return self.display_name


class Credential(models.Model):
    """What a clinician may do on which days, both days included."""

    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="credentials"
    )
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_until = models.DateField(
        null=True, blank=True, help_text=_("The last valid day. Empty: no end.")
    )

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ("clinician", "capability", "valid_from")
        constraints = (
            models.CheckConstraint(
                name="credential_ends_after_it_starts",
                condition=Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_(
                    "The last valid day is before the first. Swap or correct them."
                ),
            ),
        )

    def __str__(self) -> str:
        until = self.valid_until or _("open")
        return f"{self.clinician}: {self.capability} {self.valid_from} - {until}"
