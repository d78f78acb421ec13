"""The questions that courses are asked, as chainable querysets."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    # The linter doesn't see a name in quotes as a use.
    from courses.models import (  # noqa: F401
        Assessment,
        Course,
        Credential,
        Patient,
        Protocol,
    )


class PatientQuerySet(models.QuerySet["Patient"]):
    def matching(self, words: str) -> Self:
        """Return patients whose names, e-mail or phone hold every word."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(given_name__icontains=word)
                | Q(family_name__icontains=word)
                | Q(email__icontains=word)
                | Q(phone__icontains=word)
            )
        return found


class CredentialQuerySet(models.QuerySet["Credential"]):
    def valid_on(self, day: date) -> Self:
        """Return the credentials in force on that day, both ends included."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            valid_from__lte=day,
        )


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def published(self) -> Self:
        """Return the versions that a new course may take."""
        return self.filter(status="published")


class CourseQuerySet(models.QuerySet["Course"]):
    def active(self) -> Self:
        """Return courses that still run."""
        return self.exclude(status__in=("completed", "stopped_early", "not_eligible"))


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def decided(self) -> Self:
        """Return assessments on which a clinician has decided."""
        return self.exclude(decision="pending")
