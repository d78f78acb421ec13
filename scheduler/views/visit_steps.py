"""The buttons of a visit: each is one POST that calls one action."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now

from courses.forms import OptionalReasonForm, ReasonForm
from scheduler import visit_steps
from scheduler.actions.begin_recovery import begin_recovery
from scheduler.actions.cancel_appointment import cancel_appointment
from scheduler.actions.check_in_appointment import check_in_appointment
from scheduler.actions.confirm_appointment import confirm_appointment
from scheduler.actions.finish_appointment import finish_appointment
from scheduler.actions.mark_no_show import mark_no_show
from scheduler.actions.restore_appointment import restore_appointment
from scheduler.actions.start_appointment import start_appointment
from scheduler.actions.undo_check_in import undo_check_in
from scheduler.actions.undo_no_show import undo_no_show
from scheduler.models import Appointment
from scheduler.pairs import in_words, pairs_cancelled_with, pairs_restored_with
from scheduler.views.appointment import Unreasoned, show_appointment
from scheduler.views.staff import (
    actor_of,
    attempt,
    back_to,
    staff_page,
    tell_deviations,
    user_of,
)

_VERBS: dict[str, Callable[..., Appointment]] = {
    visit_steps.CONFIRM.verb: confirm_appointment,
    visit_steps.CHECK_IN.verb: check_in_appointment,
    visit_steps.UNDO_CHECK_IN.verb: undo_check_in,
    visit_steps.START.verb: start_appointment,
    visit_steps.RECOVER.verb: begin_recovery,
    visit_steps.FINISH.verb: finish_appointment,
    visit_steps.NO_SHOW.verb: mark_no_show,
    visit_steps.UNDO_NO_SHOW.verb: undo_no_show,
    visit_steps.CANCEL.verb: cancel_appointment,
    visit_steps.RESTORE.verb: restore_appointment,
}


@staff_page("scheduler.view_appointment", "POST")
def take_step(
    request: HttpRequest, appointment_id: UUID, verb: str
) -> HttpResponseBase:
    """Take the step on the revision that the page showed, then go back there."""
    step = visit_steps.STEPS.get(verb)
    if step is None:
        raise Http404
    if not user_of(request).has_perm(step.permission):
        raise PermissionDenied
    appointment = get_object_or_404(Appointment, pk=appointment_id)
    details: dict[str, Any] = {}
    if step.asks_reason:
        asked = ReasonForm if step.needs_reason else OptionalReasonForm
        form = asked(request.POST)
        if not form.is_valid():
            return show_appointment(request, appointment_id, Unreasoned(verb, form))
        details["reason"] = form.cleaned_data["reason"]
    if step in (visit_steps.CANCEL, visit_steps.RESTORE):
        details["with_pair"] = request.POST.get("with_pair", "yes") == "yes"
    changed = attempt(
        request,
        lambda changed: _done(step, changed),
        lambda: _VERBS[verb](
            appointment=appointment,
            revision=revision_in(request),
            actor=actor_of(request),
            now=now(),
            **details,
        ),
    )
    shown = changed or appointment
    page = reverse("scheduler:appointment", args=[shown.pk])
    if changed is None or step is not visit_steps.RESTORE:
        return back_to(request, page)
    tell_deviations(request, changed)
    if details["with_pair"]:
        _tell_unplaced(request, appointment)
    return HttpResponseRedirect(page)


def _done(step: visit_steps.VisitStep, changed: Appointment) -> str:
    """Return what was done, with the visits that went along."""
    if step is visit_steps.CANCEL:
        return _with_pairs(step.done, pairs_cancelled_with(changed))
    if step is visit_steps.RESTORE:
        is_held = changed.status == Appointment.Status.HELD
        said = "The visit is held again." if is_held else step.done
        return _with_pairs(said, pairs_restored_with(changed))
    return step.done


def _with_pairs(said: str, pairs: QuerySet[Appointment]) -> str:
    named = " and ".join(in_words(pair) for pair in pairs.order_by("starts_at"))
    return f"{said[:-1]}, and with it {named}." if named else said


def _tell_unplaced(request: HttpRequest, cancelled: Appointment) -> None:
    for pair in pairs_cancelled_with(cancelled):
        messages.warning(
            request,
            f"{in_words(pair)} could not be booked again. Find a time for"
            f" {pair.session.label} on the course's page.",
        )


def revision_in(request: HttpRequest) -> int:
    """Return the revision that the page showed; nonsense counts as a stale page."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
