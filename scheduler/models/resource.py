"""Resources: persons, rooms, chairs and devices, and when they are open."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models import Capability, Clinician
from scheduler.models.site import Site
from scheduler.querysets import ResourceQuerySet


class Resource(models.Model):
    """Something or somebody that an appointment can claim.

    A nurse who may watch two patients at once has two units. A clinician's
    capabilities come from dated credentials; those of things stand here.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ROOM = "room", _("Room")
        CHAIR = "chair", _("Chair")
        DEVICE = "device", _("Device")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=80)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="resources")
    capacity = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    clinician = models.OneToOneField(
        Clinician,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resource",
    )
    capabilities = models.ManyToManyField(Capability, blank=True)
    is_active = models.BooleanField(default=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "name")
        constraints = (
            models.CheckConstraint(
                name="resource_has_at_least_one_unit", condition=Q(capacity__gte=1)
            ),
            models.CheckConstraint(
                name="only_a_person_is_a_clinician",
                condition=Q(clinician__isnull=True) | Q(kind="person"),
                violation_error_message=_("Only a person can be a clinician."),
            ),
            models.UniqueConstraint(
                fields=("site", "name"),
                name="resource_name_is_unique_at_its_site",
                violation_error_message=_("This site has a resource of that name."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class WorkingHours(models.Model):
    """A weekly opening of a resource at a site, in the site's wall time."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="working_hours"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(
        null=True, blank=True, help_text=_("The last day. Empty: no end.")
    )

    class Meta:
        ordering = ("resource", "weekday", "opens")
        verbose_name_plural = "working hours"
        constraints = (
            models.CheckConstraint(
                name="hours_close_after_they_open",
                condition=Q(closes__gt=F("opens")),
                violation_error_message=_(
                    "The closing time must be after the opening time. For hours past "
                    "midnight, enter two rows, one for each day."
                ),
            ),
            models.CheckConstraint(
                name="hours_end_after_they_begin_to_hold",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        )

    def __str__(self) -> str:
        return (
            f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M} "
            f"({self.site})"
        )


class Closure(models.Model):
    """A dated time in which a resource, or a whole site, takes no visits."""

    resource = models.ForeignKey(
        Resource,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120)

    class Meta:
        ordering = ("-starts_at",)
        indexes = (models.Index(fields=("ends_at",), name="closure_by_end"),)
        constraints = (
            models.CheckConstraint(
                name="closure_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The closure must end after it starts."),
            ),
            models.CheckConstraint(
                name="closure_is_of_a_resource_or_a_site",
                condition=Q(resource__isnull=False, site__isnull=True)
                | Q(resource__isnull=True, site__isnull=False),
                violation_error_message=_("Close either one resource or a whole site."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"

    @property
    def place(self) -> Resource | Site:
        """Return what is closed."""
        place = self.resource or self.site
        assert place is not None, "closure_is_of_a_resource_or_a_site"  # noqa: S101
        return place

    @property
    def said(self) -> str:
        """Return who is away or what is closed, as people say it."""
        is_person = self.resource and self.resource.kind == Resource.Kind.PERSON
        return f"{self.place} is {'away' if is_person else 'closed'}"

    @property
    def at_site(self) -> Site:
        """Return the site on whose clocks it is read."""
        place = self.place
        return place.site if isinstance(place, Resource) else place
