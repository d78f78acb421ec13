"""What the desk types to change a course: each form knows the change that it means."""

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.actions.extend_course import MOST
from courses.doses import kept_doses
from courses.forms import ActionForm, PlannedDayField
from courses.models import Course, Session, VisitType
from courses.rules.days import FAR_DAYS
from courses.rules.dose_interval import DoseInterval
from courses.shapes import dose_interval, session_rows
from scheduler.forms import MoveForm
from scheduler.models import Appointment, Site
from scheduler.ripples.changes import (
    Add,
    Change,
    Extend,
    Hold,
    Move,
    Omit,
    Replace,
    Resume,
    Shorten,
    SpaceDoses,
)

_STAFF_ONLY = _("Only staff see it. Use neutral words: nothing about health.")


class LeavesRestField(forms.BooleanField):
    """Whether nothing moves but what the change itself is about."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Leave all other visits where they are"),
            label_suffix="",
            required=False,
        )


class RippleForm(ActionForm):
    """A change to a course, and the site whose calendar is asked."""

    # The words of its page: above all, on the two buttons, and when it is done.
    title: str
    look: str
    commit: str
    done: str
    asks_site: ClassVar = True
    site = forms.ModelChoiceField(
        queryset=Site.objects.all(),
        empty_label=None,
        help_text=_(
            "Visits stay at their sites, and more doses go where the last ones are. "
            "Whatever else is new goes to this site."
        ),
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.course = course
        # Below what the change is about.
        self.fields["site"] = self.fields.pop("site")
        if not self.asks_site or Site.objects.count() < 2:
            self.fields["site"].widget = forms.HiddenInput()
            self.fields["site"].help_text = ""

    def change(self) -> Change:
        """Return the change that was typed."""
        raise NotImplementedError

    def chosen_site(self) -> Site:
        """Return the site at which visits are placed."""
        site: Site = self.cleaned_data["site"]
        return site

    def offer(self, name: str, rows: Any) -> None:
        """Let only these rows be chosen in the field."""
        field = self.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(f"{name} is no choice of rows.")
        field.queryset = rows


class ReplaceForm(RippleForm):
    """Nothing to type: the rest is placed anew."""

    title, look = "Place the rest anew", "Look again"
    commit, done = "Do all of this", ""

    def change(self) -> Change:
        """Return the change that was typed."""
        return Replace()


class OmitForm(RippleForm):
    """Which session is left out, and why."""

    title, look = "Leave out a session", "See what follows"
    commit, done = "Leave it out", "It is left out."
    session = forms.ModelChoiceField(
        queryset=Session.objects.none(), label=_("Leave out"), empty_label=None
    )
    reason = forms.CharField(max_length=200, help_text=_STAFF_ONLY)
    leaves_rest = LeavesRestField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may_go = (Session.Status.OPEN, Session.Status.MISSED)
        self.offer("session", self.course.sessions.filter(status__in=may_go))

    def change(self) -> Change:
        """Return the change that was typed."""
        typed = self.cleaned_data
        return Omit(typed["session"].pk, typed["reason"], typed["leaves_rest"])


class AddForm(RippleForm):
    """One more session; the hidden id makes a second click add it once."""

    title, look = "Add a session", "Find a time"
    commit, done = "Add it", "It is added."
    session_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    visit_type = forms.ModelChoiceField(
        label=_("Kind of visit"),
        queryset=VisitType.objects.filter(is_placed=True).exclude(
            kind=VisitType.Kind.ASSESSMENT
        ),
        empty_label=None,
    )
    label = forms.CharField(label=_("Called"), max_length=80)
    earliest_on = PlannedDayField(label=_("Not before"))
    latest_on = PlannedDayField(label=_("Not after"))
    pair_of = forms.ModelChoiceField(
        label=_("Belongs to the dose"),
        queryset=Session.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("It then comes after that dose, and goes when the dose goes."),
    )
    reason = forms.CharField(max_length=200, required=False, help_text=_STAFF_ONLY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        doses = [dose.pk for dose in kept_doses(session_rows(self.course))]
        self.offer("pair_of", self.course.sessions.filter(pk__in=doses))

    def change(self) -> Change:
        """Return the change that was typed."""
        typed = self.cleaned_data
        return Add(
            session_id=typed["session_id"],
            visit_type_id=typed["visit_type"].pk,
            label=typed["label"],
            earliest_on=typed["earliest_on"],
            latest_on=typed["latest_on"],
            pair_of=typed["pair_of"].pk if typed["pair_of"] else None,
            reason=typed["reason"],
        )


class HoldForm(RippleForm):
    """Why the course waits, and when somebody looks at it again."""

    title, look = "Put the course on hold", "See what follows"
    commit, done = "Put it on hold", "The course is on hold."
    asks_site = False
    reason = forms.CharField(max_length=200, help_text=_STAFF_ONLY)
    review_on = PlannedDayField(label=_("Look at it again on"))

    def change(self) -> Change:
        """Return the change that was typed."""
        return Hold(self.cleaned_data["reason"], self.cleaned_data["review_on"])


class ResumeForm(RippleForm):
    """From when on the course goes on."""

    title, look = "Go on with the course", "Find times"
    commit, done = "Go on so", "The course goes on."
    from_on = PlannedDayField(label=_("Go on from"))

    def change(self) -> Change:
        """Return the change that was typed."""
        return Resume(self.cleaned_data["from_on"])


class _DosesForm(RippleForm):
    """By how many doses; the hidden number is how many there were on the page."""

    doses = forms.IntegerField(
        label=_("By how many doses"), min_value=1, max_value=MOST, initial=1
    )
    number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = len(kept_doses(session_rows(self.course)))
        self.fields["number"].initial = number
        self.fields["doses"].help_text = _("The course has %(number)s now.") % {
            "number": number
        }


class ExtendForm(_DosesForm):
    """By how many doses the course is extended."""

    title, look = "Extend the course", "Find times"
    commit, done = "Extend it so", "The course is extended."
    reason = forms.CharField(max_length=200, required=False, help_text=_STAFF_ONLY)

    def change(self) -> Change:
        """Return the change that was typed."""
        typed = self.cleaned_data
        return Extend(typed["doses"], typed["number"], typed["reason"])


class ShortenForm(_DosesForm):
    """By how many doses the course is shortened, and why."""

    title, look = "Shorten the course", "See what follows"
    commit, done = "Shorten it so", "The course is shortened."
    reason = forms.CharField(max_length=200, help_text=_STAFF_ONLY)
    leaves_rest = LeavesRestField()

    def change(self) -> Change:
        """Return the change that was typed."""
        typed = self.cleaned_data
        return Shorten(
            typed["doses"], typed["number"], typed["reason"], typed["leaves_rest"]
        )


class _DaysField(forms.IntegerField):
    """Days from one dose to the next; a number only where one is ordered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=FAR_DAYS, required=False, **kwargs)


class SpaceDosesForm(RippleForm):
    """How many days lie between the doses, and whose order that is."""

    title, look = "Days between doses", "See what follows"
    commit, done = "Set it so", "The days between doses are set."
    earliest = _DaysField(label=_("At least"))
    target = _DaysField(label=_("As ordered"))
    latest = _DaysField(label=_("At most"))
    source = forms.CharField(
        label=_("Whose order, and when"),
        max_length=200,
        required=False,
        help_text=_STAFF_ONLY,
    )
    by_protocol = forms.BooleanField(
        label=_("Go back to the protocol's own days"), label_suffix="", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = dose_interval(self.course)
        if own is None:
            del self.fields["by_protocol"]
            return
        self.fields["earliest"].initial = own.earliest
        self.fields["target"].initial = own.target
        self.fields["latest"].initial = own.latest
        self.fields["source"].initial = self.course.dose_interval_source

    def clean(self) -> dict[str, Any]:
        """Ask for the days, unless the protocol's own are to hold."""
        typed = super().clean() or self.cleaned_data
        for name in ("earliest", "target", "latest"):
            missing = typed.get(name) is None and name not in self.errors
            if missing and not typed.get("by_protocol"):
                self.add_error(name, _("Enter the days."))
        return typed

    def change(self) -> Change:
        """Return the change that was typed."""
        typed = self.cleaned_data
        if typed.get("by_protocol"):
            return SpaceDoses(None)
        days = DoseInterval(typed["earliest"], typed["target"], typed["latest"])
        return SpaceDoses(days, typed["source"])


class MoveAlongForm(MoveForm):
    """Another time for one visit, which the rest follows."""

    look, commit, done = "See what moves along", "Move all of these", ""
    earlier_too = forms.BooleanField(
        label=_("Visits before it may move as well"),
        label_suffix="",
        required=False,
    )
    fills = forms.BooleanField(
        label=_("Find times for sessions that have none, too"),
        label_suffix="",
        required=False,
    )

    def __init__(
        self, *args: Any, appointment: Appointment, has_waiting: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.appointment_id: UUID = appointment.pk
        self.title = f"Move {appointment.session.label} and carry the rest along"
        if not has_waiting:
            del self.fields["fills"]

    def change(self) -> Change:
        """Return the change that was typed. Raises BadInput at a clock change."""
        return Move(
            appointment_id=self.appointment_id,
            starts_at=self.starts_at(),
            override_reason=self.typed_override().strip(),
            earlier_too=self.cleaned_data["earlier_too"],
            fills=bool(self.cleaned_data.get("fills")),
        )

    def chosen_site(self) -> Site:
        """Return the site to which the visit goes."""
        site: Site = self.cleaned_data["site"]
        return site
