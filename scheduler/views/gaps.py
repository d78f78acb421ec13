"""Who could take a time that has become free, and giving it to one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from scheduler.actions.accept_new_times import accept_new_times
from scheduler.forms import GapForm
from scheduler.models import Appointment
from scheduler.planning.filling import Filling
from scheduler.repairs.changes import change_of
from scheduler.repairs.gaps import Gap, Takers, takers_of
from scheduler.repairs.wording import filling_words
from scheduler.ripples.diff import RippleDiff
from scheduler.site_clock import on_clock
from scheduler.views.new_times_shown import (
    ShownCourse,
    digest_of_change,
    names_in,
    shown_course,
)
from scheduler.views.staff import actor_of, show, staff_page
from scheduler.visit_steps import RUN_DESK


@dataclass(frozen=True)
class Taker:
    """One patient who could take the time: what the course gains and what changes."""

    course: ShownCourse
    label: str
    gains: tuple[str, ...]


@staff_page(RUN_DESK, "GET", "HEAD")
def gap(request: HttpRequest) -> HttpResponse:
    """Show who could take the time that the address names."""
    # The board's link says where and on which day; the rest is asked for here.
    asks = "visit_type" in request.GET
    initial = {
        name: request.GET[name] for name in ("site", "on") if name in request.GET
    }
    form = GapForm(request.GET if asks else None, initial=initial)
    if not form.is_valid():
        return show(
            request,
            "scheduler/gap.html",
            title="Fill a time",
            section="board",
            form=form,
        )
    asked = _gap(form)
    return show(
        request,
        "scheduler/gap.html",
        title=f"Who could take this time? {asked.visit_type}",
        section="board",
        form=form,
        gap=asked,
        starts=on_clock(asked.starts_at, asked.site.zone),
        **_shown(takers_of(asked, now=now())),
    )


@staff_page(RUN_DESK, "GET", "HEAD")
def gap_of(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Go to who could take the time of a visit that no longer takes place."""
    gone = get_object_or_404(
        Appointment.objects.select_related("site", "session"), pk=appointment_id
    )
    return HttpResponseRedirect(_address(gone))


@staff_page(RUN_DESK, "POST", above="scheduler:gap")
def take_gap(request: HttpRequest) -> HttpResponse:
    """Give the time to a patient, if that is still what was seen."""
    form = GapForm(request.POST)
    here = f"{reverse('scheduler:gap')}?{_query(request)}"
    if not form.is_valid():
        return HttpResponseRedirect(reverse("scheduler:gap"))
    time_now = now()
    takers = takers_of(_gap(form), now=time_now)
    key, _, seen = request.POST.get("take", "").partition(":")
    chosen = next(
        (each for each in takers.found if each.candidate.course.key == key), None
    )
    if chosen is None or _digest(takers, chosen) != seen:
        messages.warning(
            request, "That is no longer what you saw. Look again, and then choose."
        )
        return HttpResponseRedirect(here)
    (outcome,) = accept_new_times(
        crowd=takers.crowd,
        plans={key: chosen.plan},
        chosen={key},
        actor=actor_of(request),
        now=time_now,
    )
    for refusal in outcome.refusals:
        messages.error(request, refusal.sentence)
    if not outcome.is_done:
        return HttpResponseRedirect(here)
    messages.success(request, f"{outcome.course.patient.full_name} takes the time.")
    return HttpResponseRedirect(reverse("scheduler:course", args=[key]))


def _digest(takers: Takers, filling: Filling) -> str:
    return digest_of_change(change_of(takers.member(filling), filling.plan))


def _gap(form: GapForm) -> Gap:
    typed = form.cleaned_data
    return Gap(
        site=typed["site"],
        starts_at=form.starts_at(),
        visit_type=typed["visit_type"],
        not_for=typed["not_for"],
    )


def _address(gone: Appointment) -> str:
    local = on_clock(gone.starts_at, gone.site.zone)
    return (
        f"{reverse('scheduler:gap')}?site={gone.site_id}&on={local:%Y-%m-%d}"
        f"&at={local:%H:%M}&visit_type={gone.session.visit_type_id}"
        f"&not_for={gone.session.course_id}"
    )


def _query(request: HttpRequest) -> str:
    kept = request.POST.copy()
    for name in set(kept) - set(GapForm.base_fields):
        del kept[name]
    return kept.urlencode()


def _shown(takers: Takers) -> dict[str, Any]:
    diffs = [change_of(takers.member(each), each.plan) for each in takers.found]
    names = names_in(diffs)
    pairs = zip(takers.found, diffs, strict=True)
    return {
        "takers": [_row(takers, each, diff, names) for each, diff in pairs],
        "is_cut": takers.is_cut,
    }


def _row(
    takers: Takers, filling: Filling, diff: RippleDiff, names: Mapping[UUID, str]
) -> Taker:
    member = takers.member(filling)
    labels = {s.key: s.label for s in member.to_plan.problem.course.sessions}
    return Taker(
        course=shown_course(member, diff, names),
        label=labels[filling.candidate.key],
        gains=tuple(filling_words(filling)),
    )
