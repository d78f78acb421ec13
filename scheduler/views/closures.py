"""Closing a resource or a site for a time, and reopening it."""

from django.contrib import messages
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timezone import now

from scheduler.actions.close_time import close_time, visits_to_move
from scheduler.actions.reopen_time import reopen_time
from scheduler.errors import ClosureHitsAppointments, NothingToReopen
from scheduler.forms import CloseTimeForm
from scheduler.models import Closure
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
            _tell_visits(request, closure)
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


def _tell_visits(request: HttpRequest, closure: Closure) -> None:
    """Name every visit that is booked in the closed time, with a link to it."""
    hit = visits_to_move(closure, now())
    if not hit:
        return
    links = format_html_join(
        ", ",
        '<a href="{}">{}: {}</a>',
        (
            (reverse("scheduler:appointment", args=[each.pk]), each.patient, each)
            for each in hit
        ),
    )
    said = (
        "1 visit is booked in that time. Move it, or let others serve it:"
        if len(hit) == 1
        else f"{len(hit)} visits are booked in that time. Move them, or let others"
        " serve them:"
    )
    messages.warning(request, format_html("{} {}.", said, links))


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
