"""Patients: who is treated, and how they may safely be reached."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from courses.querysets import PatientQuerySet


class Patient(models.Model):
    """A person referred to the clinic. Has no account; is told things by mail."""

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        SPANISH = "es", _("Spanish")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        NONE = "none", _("None: call instead")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    birth_on = models.DateField(_("birth date"))
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(blank=True)
    language = models.CharField(
        max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    preferred_channel = models.CharField(
        max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    safe_contact_note = models.CharField(
        max_length=200, blank=True, help_text=_("For example: never leave voicemail.")
    )
    uses_neutral_wording = models.BooleanField(
        default=True,
        help_text=_("Messages and calendar entries name no treatment."),
    )
    escort_name = models.CharField(max_length=100, blank=True)
    escort_phone = PhoneNumberField(blank=True)
    registered_at = models.DateTimeField()
    # Names, e-mail and phone as `courses.rules.searching` folds them.
    search_text = models.TextField(blank=True, default="", editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ("family_name", "given_name", "birth_on")
        indexes = (
            models.Index(
                fields=("family_name", "given_name", "birth_on"),
                name="patient_by_name",
            ),
        )

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    @property
    def full_name(self) -> str:
        """Return the name as one would say it."""
        return f"{self.given_name} {self.family_name}"

    @property
    def mailbox(self) -> str:
        """Return where messages to the patient go, or nothing if they should not go."""
        wants_mail = self.preferred_channel == self.Channel.EMAIL
        return self.email if wants_mail else ""

    @property
    def short_name(self) -> str:
        """Return the name where there is little room: "Ana V."."""
        return f"{self.given_name} {self.family_name[:1]}."

    @property
    def initials(self) -> str:
        """Return the initials that feeds and day sheets show."""
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()
