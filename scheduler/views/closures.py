"""Closing a resource or a site for a time, and reopening it."""

from django.contrib import messages
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from scheduler.actions.close_time import close_time, visits_to_move
from scheduler.actions.reopen_time import reopen_time
from scheduler.errors import ClosureHitsAppointments, NothingToReopen
from scheduler.forms import CloseTimeForm
from scheduler.models import Closure
from scheduler.site_clock import on_clock
from scheduler.views.staff import (
    actor_of,
    attempt,
    show,
    staff_page,
    tell_refusals,
    with_link,
)

LIST = "admin:scheduler_closure_changelist"


@staff_page("scheduler.add_closure", "GET", "HEAD", "POST")
def close(request: HttpRequest) -> HttpResponse:
    """Ask what is closed from when until when, and close it."""
    form = CloseTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        closure = form.perform(lambda: _close(request, form), say=with_link)
        if closure is not None:
            messages.success(request, "The time is closed.")
            if visits_to_move(closure, now()):
                # What is to be done about them is on the closure's own page.
                return _to_closure(closure)
            return HttpResponseRedirect(reverse(LIST))
        if isinstance(form.refused, ClosureHitsAppointments):
            form.fields["despite_appointments"].widget = CheckboxInput()
    return show(
        request,
        "scheduler/form_page.html",
        title="Close a time",
        section="setup",
        form=form,
        button="Close this time",
        back=reverse(LIST),
    )


def _close(request: HttpRequest, form: CloseTimeForm) -> Closure:
    starts_at, ends_at = form.span()
    resource = form.cleaned_data["resource"]
    return close_time(
        resource=resource,
        site=None if resource else form.cleaned_data["site"],
        starts_at=starts_at,
        ends_at=ends_at,
        reason=form.cleaned_data["reason"],
        despite_appointments=form.cleaned_data["despite_appointments"],
        actor=actor_of(request),
        now=now(),
    )


@staff_page("scheduler.view_closure")
def closed_visits(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Name every visit to come in the closed time, and offer to look for new times."""
    related = Closure.objects.select_related("resource__site", "site")
    closure = get_object_or_404(related, pk=closure_id)
    hit = visits_to_move(closure, now())
    sites = {visit.site_id: visit.site for visit in hit}
    return show(
        request,
        "scheduler/closed_visits.html",
        title=closure.said,
        section="setup",
        closure=closure,
        starts=on_clock(closure.starts_at, closure.at_site.zone),
        ends=on_clock(closure.ends_at, closure.at_site.zone),
        visits=[(visit, on_clock(visit.starts_at, visit.site.zone)) for visit in hit],
        sites=list(sites.values()),
    )


def _to_closure(closure: Closure) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("scheduler:closed_visits", args=[closure.pk]))


@staff_page("scheduler.delete_closure", "POST", above=LIST)
def reopen(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Reopen what is left of the closed time."""
    closure = Closure.objects.filter(pk=closure_id).first()
    if closure is None:
        # A second click, or somebody else was faster.
        tell_refusals(request, NothingToReopen())
    else:
        attempt(
            request,
            f"{closure.place} is open again.",
            lambda: reopen_time(closure=closure, actor=actor_of(request), now=now()),
        )
    return HttpResponseRedirect(reverse(LIST))
