"""Closing a resource or a site for a time, after looking for booked visits."""

from django.contrib import messages
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now

from scheduler.actions.close_time import close_time
from scheduler.errors import ClosureHitsAppointments
from scheduler.forms import CloseTimeForm
from scheduler.models import Closure
from scheduler.views.staff import actor_of, show, staff_page


@staff_page("scheduler.add_closure", "GET", "HEAD", "POST")
def close(request: HttpRequest) -> HttpResponse:
    """Ask what is closed from when until when, and close it."""
    form = CloseTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        closure = form.perform(lambda: _close(request, form))
        if closure is not None:
            messages.success(request, "The time is closed.")
            return HttpResponseRedirect(reverse("admin:scheduler_closure_changelist"))
        if isinstance(form.refused, ClosureHitsAppointments):
            form.fields["despite_appointments"].widget = CheckboxInput()
    return show(
        request,
        "scheduler/form_page.html",
        title="Close a time",
        section="setup",
        form=form,
        button="Close this time",
        back=reverse("admin:scheduler_closure_changelist"),
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
