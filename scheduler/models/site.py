"""Sites: where patients come, and in which time zone their clocks run."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Files beside the zones: what a machine is set to, and no place at all.
_NO_ZONES = {"localtime", "posixrules", "Factory"}


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless the name is an IANA time zone that is known here."""
    if name not in zoneinfo.available_timezones() - _NO_ZONES:
        raise ValidationError(
            _("“%(name)s” is not a known time zone. Use one like America/New_York."),
            code="unknown_time_zone",
            params={"name": name},
        )


class Site(models.Model):
    """One address of the clinic."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("IANA name, for example America/New_York."),
    )
    grid_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(60)],
        help_text=_("Visits begin on multiples of this many minutes."),
    )
    travel_minutes = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(600)],
        help_text=_(
            "Minutes that a patient needs between this site and another one on the "
            "same day. Of two sites the larger number counts."
        ),
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="site_grid_divides_the_hour",
                condition=Q(grid_minutes__in=(5, 10, 15, 20, 30, 60)),
                violation_error_message=_("Choose 5, 10, 15, 20, 30 or 60 minutes."),
            ),
            models.CheckConstraint(
                name="site_is_reached_within_ten_hours",
                condition=Q(travel_minutes__lte=600),
                violation_error_message=_("Choose at most 600 minutes."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the zone of the site's clocks."""
        return zoneinfo.ZoneInfo(self.time_zone)
