"""Forms about patients, courses and assessments. They ask; actions decide and store."""

from collections.abc import Callable
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.actions.decide_assessment import DECIDING_CAPABILITY
from courses.errors import PatientAlreadyRegistered, Refusal, Refused
from courses.models import Assessment, Clinician, Patient
from courses.rules.days import FAR_DAYS, FIRST_DAY, LAST_DAY, OUTSIDE, TOO_FAR

T = TypeVar("T")


class DateInput(forms.DateInput):
    """The browser's own date field, which speaks ISO dates only."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    """A day that a clinic can mean."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        super().__init__(
            widget=DateInput(attrs=bounds),
            validators=[
                MinValueValidator(FIRST_DAY, OUTSIDE),
                MaxValueValidator(LAST_DAY, OUTSIDE),
            ],
            **kwargs,
        )


class PlannedDayField(DayField):
    """A day on which something is planned, so not too far ahead."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(MaxValueValidator(_last_planned_day, TOO_FAR))


def _last_planned_day() -> date:
    return now().date() + timedelta(days=FAR_DAYS)


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class ActionForm(forms.Form):
    """A form whose action may refuse: the sentences show above what was typed."""

    refused: Refused | None = None

    def perform(
        self,
        verb: Callable[[], T],
        say: Callable[[Refusal], str] = attrgetter("sentence"),
    ) -> T | None:
        """Return what the action returns, or None with its refusals on the form.

        `say` puts a refusal into words: a page may add a link to the sentence.
        """
        try:
            return verb()
        except Refused as refused:
            self.refused = refused
            self.add_error(None, list(dict.fromkeys(map(say, refused.refusals))))
            return None


class PatientDetailsForm(ActionForm):
    """What staff know about a patient."""

    given_name = forms.CharField(max_length=100)
    family_name = forms.CharField(max_length=100)
    birth_on = DayField(label=_("Birth date"))
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
        help_text=_(
            "Messages and calendar entries name no treatment. Without it they name the "
            "kind of visit; never the drug or the diagnosis."
        ),
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

    def clean(self) -> dict[str, Any]:
        """Ask for the address of a patient who is to be reached by mail."""
        typed = super().clean() or self.cleaned_data
        by_mail = typed.get("preferred_channel") == Patient.Channel.EMAIL
        if by_mail and not typed.get("email") and "email" not in self.errors:
            self.add_error(
                "email",
                _(
                    "Type the address, or choose “None: call instead” as the way to "
                    "reach the patient."
                ),
            )
        return typed


class ChangePatientForm(PatientDetailsForm):
    """A patient's details, with a hidden copy of each as the page showed it.

    So only what was changed here is stored, and what somebody else changed meanwhile
    is not put back.
    """

    def __init__(self, data: Any = None, *, patient: Patient) -> None:
        super().__init__(data, initial=self.initial_of(patient))
        for field in self.fields.values():
            field.show_hidden_initial = True

    def changes(self) -> dict[str, Any]:
        """Return what was changed on the page."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def seen(self) -> dict[str, str]:
        """Return each detail as the page showed it; empty if the page didn't say."""
        return {
            name: self.data.get(self[name].html_initial_name, "")
            for name in self.fields
        }

    def look_again(self, patient: Patient) -> None:
        """Show what is stored now; what was typed stays, and saving again means it."""
        changed, data = self.changed_data, dict(self.data.items())
        for name, value in self.initial_of(patient).items():
            data[self[name].html_initial_name] = str(value)
            if name not in changed:
                data[name] = str(value)
        self.data = data


class RegisterPatientForm(PatientDetailsForm):
    """A new patient. The hidden id makes a double click find the first click's row."""

    patient_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    is_another_person = forms.BooleanField(
        label=_("This is another person with the same name and birth date"),
        required=False,
        widget=forms.HiddenInput,
    )

    def perform(
        self,
        verb: Callable[[], T],
        say: Callable[[Refusal], str] = attrgetter("sentence"),
    ) -> T | None:
        """Offer "another person" only after the action has found a namesake."""
        result = super().perform(verb, say)
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
    assessed_on = DayField(label=_("Assessed on"))
    findings = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DeciderField(forms.ModelChoiceField[Clinician]):
    """Who decides an assessment: only those who may."""

    default_error_messages: ClassVar = {
        "invalid_choice": _(
            "This clinician holds no valid prescriber credential. Choose another one, "
            "or renew the credential first."
        )
    }


class DecideAssessmentForm(ActionForm):
    decision = forms.ChoiceField(
        choices=[
            choice
            for choice in Assessment.Decision.choices
            if choice[0] != Assessment.Decision.PENDING
        ]
    )
    decided_by = DeciderField(label=_("Decided by"), queryset=Clinician.objects.none())
    valid_until = DayField(
        label=_("Valid until"),
        required=False,
        help_text=_("When eligible: the last day it may serve."),
    )
    missing = forms.CharField(
        label=_("What is missing"),
        required=False,
        max_length=300,
        help_text=_("When deferred."),
    )

    def __init__(self, data: Any = None, *, user: User, on: date) -> None:
        deciders = Clinician.objects.able_to(DECIDING_CAPABILITY, on)
        own = deciders.filter(user=user).first()
        super().__init__(data, initial={"decided_by": own})
        field = self.fields["decided_by"]
        if isinstance(field, DeciderField):
            field.queryset = deciders


class ReasonForm(ActionForm):
    """Why something is ended or canceled."""

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


class StopCourseForm(ReasonForm):
    """Why a course is stopped, and that so many visits may be canceled with it."""

    cancels = forms.IntegerField(
        min_value=0, error_messages={"required": _("Tick the box to confirm.")}
    )
