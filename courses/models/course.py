"""One patient's run through a treatment, and the encounters that it needs."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.models.clinician import Clinician
from courses.models.patient import Patient
from courses.models.protocol import Protocol, ProtocolStep
from courses.models.visit_type import VisitType
from courses.querysets import CourseQuerySet


class Course(models.Model):
    """From referral to the last follow-up."""

    class Status(models.TextChoices):
        REFERRED = "referred", _("Referred")
        ELIGIBLE = "eligible", _("Eligible")
        DEFERRED = "deferred", _("Deferred")
        IN_TREATMENT = "in_treatment", _("In treatment")
        COMPLETED = "completed", _("Completed")
        STOPPED_EARLY = "stopped_early", _("Stopped early")
        NOT_ELIGIBLE = "not_eligible", _("Not eligible")

    ENDED = (Status.COMPLETED, Status.STOPPED_EARLY, Status.NOT_ELIGIBLE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="courses"
    )
    status = models.CharField(
        max_length=15, choices=Status.choices, default=Status.REFERRED
    )
    protocol = models.ForeignKey(
        Protocol, on_delete=models.PROTECT, null=True, blank=True
    )
    therapist = models.ForeignKey(
        Clinician,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="courses_as_therapist",
    )
    prescriber = models.ForeignKey(
        Clinician,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="courses_as_prescriber",
    )
    referral_note = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # From one dose to the next, in days, where the prescriber's order sets it.
    dose_interval_earliest = models.PositiveSmallIntegerField(null=True, blank=True)
    dose_interval_target = models.PositiveSmallIntegerField(null=True, blank=True)
    dose_interval_latest = models.PositiveSmallIntegerField(null=True, blank=True)
    dose_interval_source = models.CharField(max_length=200, blank=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("patient",),
                name="patient_has_one_active_course",
                condition=~Q(status__in=("completed", "stopped_early", "not_eligible")),
                violation_error_message=_(
                    "This patient already has an active course. "
                    "Open it, or end it before opening another."
                ),
            ),
            models.CheckConstraint(
                name="ended_course_says_when",
                condition=Q(
                    status__in=("completed", "stopped_early", "not_eligible"),
                    ended_at__isnull=False,
                )
                | (
                    ~Q(status__in=("completed", "stopped_early", "not_eligible"))
                    & Q(ended_at__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="course_dose_interval_is_whole_and_in_order",
                condition=Q(
                    dose_interval_earliest__isnull=True,
                    dose_interval_target__isnull=True,
                    dose_interval_latest__isnull=True,
                    dose_interval_source="",
                )
                | (
                    Q(
                        dose_interval_earliest__isnull=False,
                        dose_interval_earliest__gte=1,
                        dose_interval_target__isnull=False,
                        dose_interval_latest__isnull=False,
                        dose_interval_earliest__lte=F("dose_interval_target"),
                        dose_interval_target__lte=F("dose_interval_latest"),
                    )
                    & ~Q(dose_interval_source="")
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.patient}: {self.protocol or _('no protocol yet')}"

    @property
    def is_active(self) -> bool:
        """Tell whether the course still runs."""
        return self.status not in self.ENDED


class Session(models.Model):
    """One encounter that a course needs, placed in time or not yet."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        DONE = "done", _("Done")
        MISSED = "missed", _("Missed")
        OMITTED = "omitted", _("Omitted")

    NOT_OVER = (Status.OPEN, Status.IN_PROGRESS)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="sessions"
    )
    step = models.ForeignKey(
        ProtocolStep, on_delete=models.PROTECT, null=True, blank=True
    )
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT)
    label = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=15, choices=Status.choices, default=Status.OPEN
    )
    earliest_on = models.DateField(null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    latest_on = models.DateField(null=True, blank=True)
    # What a session outside the protocol hangs on; a step says it for its own session.
    anchor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="anchored",
        help_text=_("The session from whose day the window counts."),
    )
    earliest_days = models.SmallIntegerField(null=True, blank=True)
    target_days = models.SmallIntegerField(null=True, blank=True)
    latest_days = models.SmallIntegerField(null=True, blank=True)
    repeats = models.ForeignKey(
        ProtocolStep,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repetitions",
        help_text=_("The step whose window and rules it has once more."),
    )
    pair_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="paired",
        help_text=_("The dose that this session belongs to and moves with."),
    )

    class Meta:
        ordering = ("course", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("course", "step"), name="course_has_each_step_once"
            ),
            models.CheckConstraint(
                name="session_window_is_in_order",
                condition=Q(earliest_on__isnull=True)
                | Q(latest_on__isnull=True)
                | Q(earliest_on__lte=F("latest_on")),
            ),
            models.CheckConstraint(
                name="session_target_is_inside_its_window",
                condition=Q(target_on__isnull=True)
                | (
                    (Q(earliest_on__isnull=True) | Q(earliest_on__lte=F("target_on")))
                    & (Q(latest_on__isnull=True) | Q(latest_on__gte=F("target_on")))
                ),
            ),
            models.CheckConstraint(
                name="step_says_what_its_session_hangs_on",
                condition=Q(step__isnull=True)
                | Q(anchor__isnull=True, pair_of__isnull=True, repeats__isnull=True),
            ),
            models.CheckConstraint(
                name="anchored_session_has_one_window",
                condition=Q(
                    anchor__isnull=True,
                    repeats__isnull=True,
                    earliest_days__isnull=True,
                    target_days__isnull=True,
                    latest_days__isnull=True,
                )
                | Q(
                    anchor__isnull=False,
                    repeats__isnull=False,
                    earliest_days__isnull=True,
                    target_days__isnull=True,
                    latest_days__isnull=True,
                )
                | Q(
                    anchor__isnull=False,
                    repeats__isnull=True,
                    earliest_days__isnull=False,
                    target_days__isnull=False,
                    latest_days__isnull=False,
                    earliest_days__lte=F("target_days"),
                    target_days__lte=F("latest_days"),
                ),
            ),
        )

    def __str__(self) -> str:
        return self.label
