"""The pages for what isn't there and what isn't permitted, in the staff's own frame."""

from django.http import HttpRequest, HttpResponse

from scheduler.views.staff import show


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is at this address, with the menu to go on from."""
    return show(request, "404.html", status=404, section="")


def not_permitted(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say whom to ask, with the menu to go on from."""
    return show(request, "403.html", status=403, section="")
