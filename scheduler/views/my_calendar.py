"""A clinician's own calendar address: made, replaced, taken away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now

from courses.errors import StalePage
from courses.models import Clinician
from scheduler.actions.issue_calendar_feed import issue_calendar_feed
from scheduler.actions.revoke_calendar_feed import revoke_calendar_feed
from scheduler.calendars.views import feed_address
from scheduler.models import CalendarFeed
from scheduler.views.staff import (
    actor_of,
    attempt,
    show,
    staff_page,
    tell_refusals,
    user_of,
)

PERMISSION = "scheduler.view_appointment"
_ADDRESS = "new_calendar_address"


def _own(request: HttpRequest) -> tuple[Clinician | None, CalendarFeed | None]:
    clinician = Clinician.objects.filter(user=user_of(request)).first()
    open_feeds = CalendarFeed.objects.filter(
        clinician=clinician, revoked_at__isnull=True
    )
    return clinician, open_feeds.first() if clinician else None


@staff_page(PERMISSION)
def my_calendar(request: HttpRequest) -> HttpResponse:
    """Show whether there is an address, and when it was last read.

    One that was made just now is shown in full, this once: it is kept nowhere else.
    """
    clinician, feed = _own(request)
    response = show(
        request,
        "scheduler/my_calendar.html",
        title="My calendar",
        section="my_calendar",
        clinician=clinician,
        feed=feed,
        address=request.session.pop(_ADDRESS, ""),
    )
    # The address is a secret: nothing on the way may keep this page.
    response["Cache-Control"] = "private, no-store"
    return response


@staff_page(PERMISSION, "POST")
def make_address(request: HttpRequest) -> HttpResponse:
    """Make a new address, which the page then shows; the one it replaces ends."""
    clinician, feed = _own(request)
    if clinician is None:
        messages.error(request, "Only a clinician has a calendar of their own.")
    elif request.POST.get("replaces", "") != (str(feed.pk) if feed else ""):
        # A second click, or a page from before: it didn't ask about this address.
        tell_refusals(request, StalePage())
    else:
        issued = issue_calendar_feed(
            clinician=clinician, actor=actor_of(request), now=now()
        )
        request.session[_ADDRESS] = feed_address(issued.token)
    return HttpResponseRedirect(reverse("scheduler:my_calendar"))


@staff_page(PERMISSION, "POST")
def take_address_away(request: HttpRequest) -> HttpResponse:
    """Revoke the address: calendars that read it become empty."""
    _, feed = _own(request)
    if feed is not None:
        attempt(
            request,
            "The address no longer works.",
            lambda: revoke_calendar_feed(feed=feed, actor=actor_of(request), now=now()),
        )
    return HttpResponseRedirect(reverse("scheduler:my_calendar"))
