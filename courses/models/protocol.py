"""Protocols: published, versioned templates of a treatment."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models.visit_type import VisitType
from courses.querysets import ProtocolQuerySet
from courses.rules.wording import counted


class Protocol(models.Model):
    """One version of a treatment's template. Immutable once published."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=100)
    summary = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    published_at = models.DateTimeField(null=True, blank=True)
    keeps_therapist = models.BooleanField(
        _("one therapist throughout"),
        default=False,
        help_text=_("Courses are planned with one therapist, or not at all."),
    )
    finishes_early = models.BooleanField(
        _("an early finish comes first"),
        default=True,
        help_text=_("Off where target days matter more, such as in maintenance."),
    )
    interval_by_order = models.BooleanField(
        _("the order sets the interval"),
        default=False,
        help_text=_("A course may have its own days from one dose to the next."),
    )

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ("code", "-version")
        permissions = (("publish_protocol", "Can publish a protocol"),)
        constraints = (
            models.UniqueConstraint(
                fields=("code", "version"), name="protocol_version_is_unique"
            ),
            models.CheckConstraint(
                name="published_protocol_says_since_when",
                condition=Q(status="draft", published_at__isnull=True)
                | (~Q(status="draft") & Q(published_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"


class ProtocolStep(models.Model):
    """One encounter of the template, with its window relative to another step.

    Days count calendar days in the site's zone from the anchor's day; hours count
    from the anchor's edge. A step without an anchor begins the course.
    """

    class Edge(models.TextChoices):
        START = "start", _("start")
        END = "end", _("end")

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        HOURS = "hours", _("hours")

    protocol = models.ForeignKey(
        Protocol, on_delete=models.CASCADE, related_name="steps"
    )
    code = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT)
    anchor = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="anchored"
    )
    anchor_edge = models.CharField(
        max_length=5, choices=Edge.choices, default=Edge.START
    )
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.DAYS)
    target = models.SmallIntegerField(default=0)
    earliest = models.SmallIntegerField(default=0)
    latest = models.SmallIntegerField(default=0)
    is_hard = models.BooleanField(
        default=False,
        help_text=_("Outside is refused, not recorded as a deviation."),
    )
    pair_of = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="paired",
        help_text=_("The dosing step that this visit belongs to and moves with."),
    )
    after = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="followers",
        help_text=_("Begins only after that step has ended."),
    )
    before = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="predecessors",
        help_text=_("Ends before that step begins."),
    )
    is_before_hard = models.BooleanField(
        default=True,
        help_text=_("Off: ending later is a deviation, and isn't refused."),
    )
    minimum_hours = models.PositiveSmallIntegerField(
        default=0, help_text=_("At least so many hours after the anchor's end.")
    )
    maximum_hours = models.PositiveSmallIntegerField(
        default=0,
        help_text=_("At most so many hours after the anchor's end; later is refused."),
    )
    is_allowed_on_dosing_day = models.BooleanField(default=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("protocol", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("protocol", "code"), name="protocol_step_code_is_unique"
            ),
            models.UniqueConstraint(
                fields=("protocol", "position"), name="protocol_step_has_its_own_place"
            ),
            models.CheckConstraint(
                name="protocol_step_window_is_in_order",
                condition=Q(earliest__lte=F("target")) & Q(target__lte=F("latest")),
                violation_error_message=_(
                    "Give the window as earliest, target, latest, in that order."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SpacingRule(models.Model):
    """How close together and how far apart sessions of one kind may be."""

    class Kind(models.TextChoices):
        MINIMUM_GAP = "minimum_gap", _("At least so many days apart")
        MOST_IN_DAYS = "most_in_days", _("At most so many in any so many days")
        LONGEST_SPAN = "longest_span", _("First to last within so many days")

    protocol = models.ForeignKey(
        Protocol, on_delete=models.CASCADE, related_name="spacing_rules"
    )
    kind = models.CharField(max_length=15, choices=Kind.choices)
    about = models.CharField(
        max_length=20,
        choices=VisitType.Kind.choices,
        default=VisitType.Kind.DOSING,
        help_text=_("The kind of visit that the rule is about."),
    )
    days = models.PositiveSmallIntegerField()
    count = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Only for 'at most so many'.")
    )
    is_hard = models.BooleanField(default=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("protocol", "kind", "days")
        constraints = (
            models.CheckConstraint(
                name="spacing_rule_counts_only_in_days",
                condition=Q(kind="most_in_days", count__isnull=False, count__gte=1)
                | (~Q(kind="most_in_days") & Q(count__isnull=True)),
                violation_error_message=_(
                    "Give a count of one or more to “At most so many”, and to no "
                    "other rule."
                ),
            ),
            models.CheckConstraint(
                name="spacing_rule_spans_days",
                condition=Q(days__gte=1),
                violation_error_message=_("A spacing rule is about at least one day."),
            ),
        )

    def __str__(self) -> str:
        if self.kind == self.Kind.MOST_IN_DAYS:
            return f"at most {self.count} in {counted(self.days, 'day')}"
        return f"{self.get_kind_display()}: {self.days}"
