"""What kinds of encounter there are, in which phases, needing whom and what in each."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.clinician import Capability


class VisitType(models.Model):
    """A kind of encounter: an infusion of 40 minutes, an integration session."""

    class Kind(models.TextChoices):
        ASSESSMENT = "assessment", _("Assessment")
        PREPARATION = "preparation", _("Preparation")
        DOSING = "dosing", _("Dosing")
        INTEGRATION = "integration", _("Integration")
        THERAPY = "therapy", _("Therapy")
        MEASURE = "measure", _("Measure")
        CALL = "call", _("Call")
        REVIEW = "review", _("Review")
        FOLLOW_UP = "follow_up", _("Follow-up")

    class Route(models.TextChoices):
        INFUSION = "iv", _("Infusion (IV)")
        INJECTION = "im", _("Injection (IM)")

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    route = models.CharField(max_length=2, choices=Route.choices, blank=True)
    is_placed = models.BooleanField(
        default=True,
        help_text=_("Off for remote measures, which have a day but no appointment."),
    )
    is_remote = models.BooleanField(
        default=False, help_text=_("By phone or video: the patient doesn't travel.")
    )
    source = models.CharField(
        max_length=200, help_text=_("Where the minutes come from.")
    )

    class Meta:
        ordering = ("kind", "code")
        constraints = (
            models.CheckConstraint(
                name="dosing_visit_type_has_a_route",
                condition=(Q(kind="dosing") & ~Q(route=""))
                | (~Q(kind="dosing") & Q(route="")),
                violation_error_message=_(
                    "A dosing visit is an infusion or an injection; no other visit is."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name


class VisitPhase(models.Model):
    """One stretch of a visit, such as dose or recovery, in order."""

    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="phases"
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    is_patient_present = models.BooleanField(
        default=True, help_text=_("Off for turnover after the patient has left.")
    )

    class Meta:
        ordering = ("visit_type", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("visit_type", "position"), name="visit_phase_has_its_own_place"
            ),
            models.CheckConstraint(
                name="visit_phase_takes_time", condition=Q(minutes__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.minutes} min)"


class ResourceNeed(models.Model):
    """A claim that every visit of this type makes on some resource.

    Needs with the same party are met by the same resource: the nurse who is
    one-to-one through the dose watches the recovery with one of her two units.
    """

    class Continuity(models.TextChoices):
        NONE = "none", _("Anybody or anything that fits")
        THERAPIST = "therapist", _("The course's therapist")
        PRESCRIBER = "prescriber", _("The course's prescriber if possible")
        OTHER = "other", _("Anybody but the course's therapist")

    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="needs"
    )
    party = models.SlugField(max_length=40)
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT)
    starts_after_minutes = models.PositiveSmallIntegerField(default=0)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    units = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)]
    )
    continuity = models.CharField(
        max_length=12, choices=Continuity.choices, default=Continuity.NONE
    )

    class Meta:
        ordering = ("visit_type", "starts_after_minutes", "party")
        constraints = (
            models.UniqueConstraint(
                fields=("visit_type", "party", "starts_after_minutes"),
                name="visit_type_needs_a_party_once_at_a_time",
            ),
            models.CheckConstraint(
                name="resource_need_takes_time_and_units",
                condition=Q(minutes__gt=0) & Q(units__gt=0),
            ),
        )

    def __str__(self) -> str:
        return (
            f"{self.party}: {self.units} x {self.capability} "
            f"+{self.starts_after_minutes} for {self.minutes} min"
        )
