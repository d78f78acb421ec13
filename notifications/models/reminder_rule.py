"""Reminder rules as data, so that a clinic can change them without a programmer."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import VisitType
from notifications.rules import ReminderTime

_MOST_HOURS = 24 * 30


def validate_visit_kinds(kinds: object) -> None:
    """Raise ValidationError unless this is a list of known kinds of visit."""
    known = set(VisitType.Kind.values)
    if not isinstance(kinds, list) or not known.issuperset(map(str, kinds)):
        raise ValidationError(
            _("Choose from these kinds of visit: %(kinds)s."),
            code="unknown_visit_kind",
            params={"kinds": ", ".join(sorted(known))},
        )


class ReminderRule(models.Model):
    """When patients are reminded of which visits, in the wall time of the site."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    visit_kinds = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_visit_kinds],
        help_text=_("Empty: visits of every kind."),
    )
    days_before = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    at_clock = models.TimeField(_("clock time"), null=True, blank=True)
    hours_before = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(_MOST_HOURS)],
    )
    channel = models.CharField(
        max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    lateness_minutes = models.PositiveSmallIntegerField(
        default=360,
        help_text=_("A reminder that is later than this is not sent any more."),
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="reminder_rule_has_one_kind_of_time",
                condition=Q(
                    hours_before__isnull=False,
                    days_before__isnull=True,
                    at_clock__isnull=True,
                )
                | Q(
                    hours_before__isnull=True,
                    days_before__isnull=False,
                    at_clock__isnull=False,
                ),
                violation_error_message=_(
                    "Fill in either the hours before the visit, or both the days "
                    "before and the clock time."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def time(self) -> ReminderTime:
        """Return the rule as the planner reads it."""
        return ReminderTime(
            code=self.code,
            visit_kinds=frozenset(self.visit_kinds),
            days_before=self.days_before,
            at_clock=self.at_clock,
            hours_before=self.hours_before,
            lateness=timedelta(minutes=self.lateness_minutes),
        )
