"""Sites, resources and when they are open."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from courses.admin.kinds import KeptByHand
from scheduler.admin.calendar import clock_text
from scheduler.models import Closure, Resource, Site, WorkingHours


class WorkingHoursInline(admin.TabularInline[WorkingHours, Resource]):
    model = WorkingHours
    extra = 0


@admin.register(Site)
class SiteAdmin(KeptByHand):
    list_display = ("name", "code", "time_zone", "address", "phone")
    search_fields = ("name", "code")


@admin.register(Resource)
class ResourceAdmin(KeptByHand):
    list_display = ("name", "kind", "site", "capacity", "clinician", "is_active")
    list_filter = ("kind", "site", "is_active")
    list_select_related = ("site", "clinician")
    search_fields = ("name",)
    autocomplete_fields = ("clinician",)
    filter_horizontal = ("capabilities",)
    inlines = (WorkingHoursInline,)


@admin.register(Closure)
class ClosureAdmin(KeptByHand):
    """Closures are made by their action, which looks for appointments first."""

    list_display = ("place", "begins", "ends", "reason")
    list_display_links = ("place",)
    list_select_related = ("resource__site", "site")
    fields = ("place", "begins", "ends", "reason")
    readonly_fields = ("place", "begins", "ends")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Go to the page that asks for wall-clock times and calls the action."""
        return HttpResponseRedirect(reverse("scheduler:close_time"))

    def has_change_permission(
        self, request: HttpRequest, obj: Closure | None = None
    ) -> bool:
        """A closure is deleted and made anew, so that appointments are looked at."""
        return False

    @admin.display(description="closed")
    def place(self, closure: Closure) -> str:
        """Return what is closed."""
        return str(closure.resource or closure.site)

    @admin.display(description="from", ordering="starts_at")
    def begins(self, closure: Closure) -> str:
        """Return the beginning on the site's clock."""
        return clock_text(closure.starts_at, _site(closure))

    @admin.display(description="until", ordering="ends_at")
    def ends(self, closure: Closure) -> str:
        """Return the end on the site's clock."""
        return clock_text(closure.ends_at, _site(closure))


def _site(closure: Closure) -> Site:
    site = closure.resource.site if closure.resource else closure.site
    assert site is not None, "closure_is_of_a_resource_or_a_site"  # noqa: S101
    return site
