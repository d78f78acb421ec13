"""Pauses of a course, each with its reason and the day on which to look again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from courses.models.course import Course
from courses.querysets import CourseHoldQuerySet


class CourseHold(models.Model):
    """One pause of a course: while it is open, no treatment visit is booked."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=200)
    review_on = models.DateField()
    held_at = models.DateTimeField()
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    held_by_label = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CourseHoldQuerySet.as_manager()

    class Meta:
        ordering = ("-held_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("course",),
                name="course_has_one_open_hold",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="course_hold_says_why", condition=~Q(reason="")
            ),
            models.CheckConstraint(
                name="course_hold_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("held_at")),
            ),
        )

    def __str__(self) -> str:
        return self.reason
