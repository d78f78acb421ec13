"""The questions that courses are asked, as chainable querysets."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from courses.rules.searching import folded, search_terms

if TYPE_CHECKING:
    # The linter doesn't see a name in quotes as a use.
    from courses.models import (  # noqa: F401
        Assessment,
        Clinician,
        Course,
        CourseHold,
        Credential,
        Patient,
        Protocol,
    )


class PatientQuerySet(models.QuerySet["Patient"]):
    def matching(self, words: str) -> Self:
        """Return patients whose names, e-mail or phone hold every word.

        Case, accents and the marks in a phone number don't matter.
        """
        found = self
        for term in search_terms(words):
            found = found.filter(search_text__contains=term)
        return found

    def namesakes(self, given_name: str, family_name: str, birth_on: date) -> Self:
        """Return who was born that day and has that name, however it is typed."""
        wanted = folded(given_name), folded(family_name)
        born = self.filter(birth_on=birth_on)
        names = born.values_list("pk", "given_name", "family_name")
        same = [
            pk
            for pk, given, family in names
            if (folded(given), folded(family)) == wanted
        ]
        return self.filter(pk__in=same)


class ClinicianQuerySet(models.QuerySet["Clinician"]):
    def able_to(self, capability: str, day: date) -> Self:
        """Return who holds a credential for it that is in force on that day."""
        in_force = Q(
            Q(credentials__valid_until__isnull=True)
            | Q(credentials__valid_until__gte=day),
            credentials__capability__code=capability,
            credentials__valid_from__lte=day,
        )
        return self.filter(in_force).distinct()


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


class CourseHoldQuerySet(models.QuerySet["CourseHold"]):
    def open(self) -> Self:
        """Return the pauses that haven't ended."""
        return self.filter(ended_at__isnull=True)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def decided(self) -> Self:
        """Return assessments on which a clinician has decided."""
        return self.exclude(decision="pending")
