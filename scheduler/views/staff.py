"""What every staff page does first: ask who it is, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now

from courses.actors import Actor
from courses.errors import Refusal, Refused
from scheduler.appointment_history import deviation_sentences
from scheduler.models import Appointment
from scheduler.placements import may_override
from scheduler.site_clock import home_zone, on_clock

View = Callable[..., HttpResponseBase]
T = TypeVar("T")

_NOT_DONE = (
    "Nothing was changed. If you had to sign in meanwhile, do here what you were about "
    "to do."
)
# The page of what stands in the way, by the rule that says so.
_IN_THE_WAY = {
    "patient.already_registered": "scheduler:patient",
    "course.one_active": "scheduler:course",
    "closure.hits_appointments": "scheduler:appointment",
}


def staff_page(
    permission: str, *methods: str, above: str = ""
) -> Callable[[View], View]:
    """Let in only signed-in staff with the permission, by the methods named.

    Without methods a page only shows. Somebody who isn't signed in is sent to the
    sign-in page and comes back; where nothing is shown, to the page named `above`, or
    else to the nearest one by its address.
    """
    allowed = methods or ("GET", "HEAD")
    shows = "GET" in allowed

    def decorate(view: View) -> View:
        @wraps(view)
        def permitted(request: HttpRequest, **about: Any) -> HttpResponseBase:
            if request.method in ("GET", "HEAD") and not shows:
                messages.warning(request, _NOT_DONE)
                return HttpResponseRedirect(
                    reverse(above) if above else _page_above(request.path)
                )
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            if not user_of(request).has_perm(permission):
                raise PermissionDenied
            return view(request, **about)

        permitted.names_its_clock = True  # type: ignore[attr-defined]

        @wraps(view)
        def guarded(request: HttpRequest, **about: Any) -> HttpResponseBase:
            return admin.site.admin_view(permitted)(request, **about)

        guarded.shows_a_page = shows  # type: ignore[attr-defined]
        return guarded

    return decorate


def _page_above(path: str) -> str:
    """Return the nearest address above it that shows a page: at last the board."""
    above = path.rstrip("/").rpartition("/")[0] + "/"
    try:
        shows = getattr(resolve(above).func, "shows_a_page", False)
    except Resolver404:
        shows = False
    return above if shows or above == "/" else _page_above(above)


def user_of(request: HttpRequest) -> User:
    """Return the signed-in member of staff; the guard has let nobody else in."""
    return cast(User, request.user)


def actor_of(request: HttpRequest) -> Actor:
    """Return the author that history will name."""
    return Actor.staff(user_of(request))


def show(
    request: HttpRequest, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a staff page in the admin's frame."""
    frame = admin.site.each_context(request)
    return render(request, template, {**frame, **context}, status=status)


def tell_refusals(request: HttpRequest, refused: Refused) -> None:
    """Put every reason on the next page that is shown."""
    for sentence in dict.fromkeys(r.sentence for r in refused.refusals):
        messages.error(request, sentence)


def sees_override(request: HttpRequest) -> bool:
    """Tell whether the page may ask for a reason to leave a hard window.

    Looked at again by the action, on the day of the site.
    """
    today = on_clock(now(), home_zone()).date()
    return may_override(actor_of(request), on=today)


def tell_deviations(request: HttpRequest, appointment: Appointment) -> None:
    """Say what the last change of the appointment left outside its soft window."""
    event = appointment.events.first()
    for sentence in deviation_sentences(event) if event else ():
        messages.warning(request, sentence)


def with_link(refusal: Refusal) -> str:
    """Return the sentence, and a link to what stands in the way if it is known."""
    page = _IN_THE_WAY.get(refusal.rule)
    if page is None or not refusal.record_id:
        return refusal.sentence
    address = reverse(page, args=[refusal.record_id])
    return format_html('{} <a href="{}">Open it</a>', refusal.sentence, address)


def attempt(
    request: HttpRequest, done: str | Callable[[T], str], verb: Callable[[], T]
) -> T | None:
    """Do it and say so, or say why not and return None."""
    try:
        result = verb()
    except Refused as refused:
        tell_refusals(request, refused)
        return None
    messages.success(request, done if isinstance(done, str) else done(result))
    return result


def back_to(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Go back to the page that the form names, if it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(wanted if is_ours else fallback)
