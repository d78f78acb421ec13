"""Forms about times and places. Times are what the site's clocks show."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.forms import ActionForm, DayField, PlannedDayField, TimeInput
from courses.models import Capability, Clinician, Course, Protocol, VisitType
from scheduler.course_sites import last_sites_of
from scheduler.local_time import instant_from_wall_clock
from scheduler.models import Resource, Site, WorkingHours
from scheduler.planning.changes import Change, read_changes
from scheduler.repairs.troubles import Trouble

# The length of all that can be asked for beside a plan, as one text.
MOST_CHANGES = 8000


class PlaceForm(ActionForm):
    """A time and place for one visit, typed as the site's clocks show it."""

    site = forms.ModelChoiceField(queryset=Site.objects.all(), empty_label=None)
    on = PlannedDayField(label=_("Day"))
    at = forms.TimeField(label=_("Time"), widget=TimeInput())
    override_reason = forms.CharField(
        label=_("Reason for going outside the window"),
        max_length=200,
        required=False,
        help_text=_("Only when the window refuses. It is kept in the history."),
    )

    def __init__(self, *args: Any, may_override: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_override:
            del self.fields["override_reason"]

    def typed_override(self) -> str:
        """Return the reason, "" from those who aren't asked for one."""
        return str(self.cleaned_data.get("override_reason", ""))

    def starts_at(self) -> datetime:
        """Return the typed time as an instant. Raises BadInput at a clock change."""
        typed = self.cleaned_data
        return instant_from_wall_clock(typed["site"].zone, typed["on"], typed["at"])


class MoveForm(PlaceForm):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class BookForm(PlaceForm):
    """One session, booked or held."""

    hold_days = forms.IntegerField(
        label=_("Hold for so many days"),
        min_value=0,
        max_value=30,
        initial=0,
        required=False,
        help_text=_("0 books it. A hold lapses by itself."),
    )


class ScheduleAssessmentForm(PlaceForm):
    visit_type = forms.ModelChoiceField(
        label=_("Kind of assessment"),
        queryset=VisitType.objects.filter(kind=VisitType.Kind.ASSESSMENT),
        empty_label=None,
    )
    field_order = ("visit_type", "site", "on", "at")


class GapForm(ActionForm):
    """A time at a site, and the kind of visit that it would do for."""

    site = forms.ModelChoiceField(queryset=Site.objects.all(), empty_label=None)
    on = PlannedDayField(label=_("Day"))
    at = forms.TimeField(label=_("Time"), widget=TimeInput())
    visit_type = forms.ModelChoiceField(
        label=_("Kind of visit"),
        queryset=VisitType.objects.filter(is_placed=True),
        empty_label=None,
    )
    not_for = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse a time that a clock change skips, and one that is past."""
        typed = super().clean() or {}
        if {"site", "on", "at"} <= typed.keys():
            starts_at = self.perform(self.starts_at)
            if starts_at is not None and starts_at <= timezone.now():
                self.add_error("on", _("That time is past. Choose one to come."))
        return typed

    def starts_at(self) -> datetime:
        """Return the time as an instant. Raises BadInput at a clock change."""
        typed = self.cleaned_data
        return instant_from_wall_clock(typed["site"].zone, typed["on"], typed["at"])


class PlanTogetherForm(ActionForm):
    """Which courses are planned together, and from when on."""

    courses = forms.MultipleChoiceField(
        error_messages={"required": _("Tick the courses to plan.")}
    )
    protocol = forms.ModelChoiceField(
        label=_("Protocol for courses that follow none yet"),
        queryset=Protocol.objects.published(),
        empty_label=None,
    )
    site = forms.ModelChoiceField(queryset=Site.objects.all(), empty_label=None)
    start_on = PlannedDayField(label=_("First day"), required=False)

    def __init__(self, *args: Any, waiting: Iterable[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["courses"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(str(each.pk), str(each)) for each in waiting]


# What the fields begin with that ask where a kind of visit is.
AT = "at_"


def _kinds_of(course: Course) -> list[str]:
    """Return the kinds of visits that the course has, or could have."""
    placed = VisitType.objects.filter(is_placed=True)
    if course.protocol_id is None:
        placed = placed.filter(protocolstep__protocol__in=Protocol.objects.published())
    else:
        placed = placed.filter(session__course=course)
    found = set(placed.values_list("kind", flat=True))
    return [kind for kind in VisitType.Kind.values if kind in found]


class PlanForm(ActionForm):
    """What the planner should know before it looks for the best plan."""

    protocol = forms.ModelChoiceField(
        queryset=Protocol.objects.published(), empty_label=None
    )
    site = forms.ModelChoiceField(queryset=Site.objects.all(), empty_label=None)
    therapist = forms.ModelChoiceField(
        queryset=Clinician.objects.none(), required=False, empty_label=_("Anybody")
    )
    prescriber = forms.ModelChoiceField(
        queryset=Clinician.objects.none(), required=False, empty_label=_("Anybody")
    )
    start_on = PlannedDayField(label=_("Start on or after"))
    weekdays = forms.MultipleChoiceField(
        label=_("Preferred days"),
        choices=WorkingHours.Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None means any day."),
    )
    earliest_time = forms.TimeField(
        label=_("Not before"), widget=TimeInput(), required=False
    )
    latest_time = forms.TimeField(
        label=_("Over by"), widget=TimeInput(), required=False
    )
    # Pins, bans, relaxed rules: what buttons beside the plan have asked for.
    changes = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=MOST_CHANGES
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_clinicians("therapist")
        self._offer_clinicians("prescriber")
        if course.protocol_id is not None:
            chosen = Protocol.objects.filter(pk=course.protocol_id)
            self._field("protocol").queryset = chosen
            self.fields["protocol"].help_text = _("The course follows this one.")
        self._offer_other_sites(course)

    def _offer_other_sites(self, course: Course) -> None:
        """Ask where each kind of visit is, if a course can be at more than one site.

        As the course's last visits of that kind were, unless somebody says otherwise.
        """
        zones = Counter(Site.objects.values_list("time_zone", flat=True))
        several = [zone for zone, count in zones.items() if count > 1]
        if not several:
            # One plan keeps the clocks of one zone.
            return
        sites = Site.objects.filter(time_zone__in=several)
        last = last_sites_of(course)
        for kind in _kinds_of(course):
            self.fields[f"{AT}{kind}"] = forms.ModelChoiceField(
                label=_("%(kind)s at") % {"kind": VisitType.Kind(kind).label},
                queryset=sites,
                required=False,
                empty_label=_("The site above"),
                initial=last.get(kind),
            )
        named = [name for name in self.fields if name.startswith(AT)]
        self.order_fields(["protocol", "site", *named])

    def elsewhere(self) -> dict[str, Site]:
        """Return the kinds of visits that are at another site than the main one."""
        typed = self.cleaned_data
        return {
            name.removeprefix(AT): site
            for name, site in typed.items()
            if name.startswith(AT) and site is not None and site != typed["site"]
        }

    def _offer_clinicians(self, continuity: str) -> None:
        able = Clinician.objects.filter(
            credentials__capability__resourceneed__continuity=continuity
        )
        self._field(continuity).queryset = able.distinct()

    def _field(self, name: str) -> forms.ModelChoiceField[Any]:
        field = self.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(f"{name} is no choice of rows.")
        return field

    def clean_changes(self) -> tuple[Change, ...]:
        """Return what is asked for."""
        return read_changes(self.cleaned_data["changes"])

    def clean(self) -> dict[str, Any]:
        """Refuse a day that would end before it begins."""
        typed = super().clean() or self.cleaned_data
        earliest, latest = typed.get("earliest_time"), typed.get("latest_time")
        if earliest and latest and latest <= earliest:
            self.add_error(
                "latest_time", _("This must be later than the “not before” time.")
            )
        return typed


class ResourceField(forms.ModelChoiceField[Resource]):
    """A choice of resources, each named with its site: two may have a “Chair 1”."""

    def label_from_instance(self, resource: Resource) -> str:
        """Return the resource's name and its site's."""
        return f"{resource.name} ({resource.site})"


class CloseTimeForm(ActionForm):
    """A time in which a resource or a whole site takes no visits."""

    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.all(),
        empty_label=None,
        help_text=_("Counts only when the whole site is closed."),
    )
    resource = ResourceField(
        queryset=Resource.objects.none(),
        required=False,
        empty_label=_("The whole site"),
        help_text=_("Times are what the clocks at its own site show."),
    )
    from_on = DayField(label=_("From day"))
    from_at = forms.TimeField(label=_("From time"), widget=TimeInput(), initial=time(0))
    until_on = DayField(label=_("Until day"))
    until_at = forms.TimeField(label=_("Until time"), widget=TimeInput())
    reason = forms.CharField(max_length=120)
    despite_appointments = forms.BooleanField(
        label=_("Close it although visits are booked; they stay and must be moved"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["resource"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = _active_resources()

    def span(self) -> tuple[datetime, datetime]:
        """Return the closed instants. Raises BadInput at a clock change."""
        typed = self.cleaned_data
        resource = typed["resource"]
        zone = (resource.site if resource else typed["site"]).zone
        return (
            instant_from_wall_clock(zone, typed["from_on"], typed["from_at"]),
            instant_from_wall_clock(zone, typed["until_on"], typed["until_at"]),
        )


class LostCapabilityForm(ActionForm):
    """What somebody, or something, can't do any more, and from which day on."""

    resource = ResourceField(label=_("Who or what"), queryset=Resource.objects.none())
    capability = forms.ModelChoiceField(
        label=_("Can't serve as"),
        queryset=Capability.objects.all(),
        help_text=_(
            "This only finds new times. Ask a manager to end the credential as well, "
            "or new visits will be planned with it."
        ),
    )
    from_on = PlannedDayField(label=_("From this day on"))
    site = forms.ModelChoiceField(
        queryset=Site.objects.all(), required=False, empty_label=_("All sites")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["resource"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = _active_resources()

    def clean(self) -> dict[str, Any]:
        """Find the one site at which visits are hit, or ask which one is meant."""
        typed = super().clean() or self.cleaned_data
        if {"resource", "capability", "from_on", "site"} <= typed.keys():
            hit = self._troubles()
            if not hit:
                self.add_error(None, _("No visit to come needs that from then on."))
            elif len(hit) > 1:
                names = ", ".join(each.site.name for each in hit)
                self.add_error(
                    "site",
                    _("Visits are hit at %(names)s. Choose one; do the others after.")
                    % {"names": names},
                )
            else:
                typed["trouble"] = hit[0]
        return typed

    def _troubles(self) -> list[Trouble]:
        typed, time_now = self.cleaned_data, timezone.now()
        sites = [typed["site"]] if typed["site"] else list(Site.objects.all())
        found = [
            Trouble.of_lost_capability(
                typed["capability"],
                typed["resource"],
                site,
                from_on=typed["from_on"],
                now=time_now,
            )
            for site in sites
        ]
        return [each for each in found if each.hits(time_now)]


def _active_resources() -> QuerySet[Resource]:
    return (
        Resource.objects.active().select_related("site").order_by("site__name", "name")
    )
