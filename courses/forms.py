"""Forms about patients, courses and assessments. They ask; actions decide and store."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.errors import PatientAlreadyRegistered, Refused
from courses.models import Assessment, Clinician, Patient

T = TypeVar("T")


class DateInput(forms.DateInput):
    """The browser's own date field, which speaks ISO dates only."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class ActionForm(forms.Form):
    """A form whose action may refuse: the sentences show above what was typed."""

    refused: Refused | None = None

    def perform(self, verb: Callable[[], T]) -> T | None:
        """Return what the action returns, or None with its refusals on the form."""
        try:
            return verb()
        except Refused as refused:
            self.refused = refused
            self.add_error(None, list(dict.fromkeys(_sentences(refused))))
            return None


def _sentences(refused: Refused) -> list[str]:
    return [refusal.sentence for refusal in refused.refusals]


class PatientDetailsForm(ActionForm):
    """What staff know about a patient."""

    given_name = forms.CharField(max_length=100)
    family_name = forms.CharField(max_length=100)
    birth_on = forms.DateField(label=_("Birth date"), widget=DateInput())
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(max_length=40, required=False)
    language = forms.ChoiceField(choices=Patient.Language.choices)
    preferred_channel = forms.ChoiceField(
        label=_("Reach by"), choices=Patient.Channel.choices
    )
    safe_contact_note = forms.CharField(
        max_length=200,
        required=False,
        help_text=_("For example: never leave voicemail."),
    )
    uses_neutral_wording = forms.BooleanField(
        label=_("Neutral wording"),
        required=False,
        initial=True,
        help_text=_("Messages and calendar entries name no treatment."),
    )
    escort_name = forms.CharField(max_length=100, required=False)
    escort_phone = forms.CharField(max_length=40, required=False)

    @classmethod
    def initial_of(cls, patient: Patient) -> dict[str, object]:
        """Return the patient's details as the form shows them."""
        return {
            name: str(value) if name.endswith("phone") else value
            for name in cls.base_fields
            for value in [getattr(patient, name)]
        }


class RegisterPatientForm(PatientDetailsForm):
    """A new patient. The hidden id makes a double click find the first click's row."""

    patient_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    is_another_person = forms.BooleanField(
        label=_("This is another person with the same name and birth date"),
        required=False,
        widget=forms.HiddenInput,
    )

    def perform(self, verb: Callable[[], T]) -> T | None:
        """Offer "another person" only after the action has found a namesake."""
        result = super().perform(verb)
        if isinstance(self.refused, PatientAlreadyRegistered):
            self.fields["is_another_person"].widget = forms.CheckboxInput()
        return result


class OpenCourseForm(ActionForm):
    course_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    referral_note = forms.CharField(
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown to clinicians only."),
    )


class RecordAssessmentForm(ActionForm):
    assessment_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    assessed_on = forms.DateField(label=_("Assessed on"), widget=DateInput())
    findings = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DecideAssessmentForm(ActionForm):
    decision = forms.ChoiceField(
        choices=[
            choice
            for choice in Assessment.Decision.choices
            if choice[0] != Assessment.Decision.PENDING
        ]
    )
    decided_by = forms.ModelChoiceField(
        label=_("Decided by"), queryset=Clinician.objects.all()
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=DateInput(),
        help_text=_("When eligible: the last day it may serve."),
    )
    missing = forms.CharField(
        label=_("What is missing"),
        required=False,
        max_length=300,
        help_text=_("When deferred."),
    )


class ReasonForm(ActionForm):
    """Why something is ended or cancelled."""

    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class OptionalReasonForm(ActionForm):
    """Why something happened, as far as anybody knows."""

    reason = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
