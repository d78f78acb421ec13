"""Sites, resources and when they are open."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from courses.admin.kinds import KeptByHand, ReadOnly
from scheduler.admin.calendar import clock_text
from scheduler.models import Closure, Resource, Site, WorkingHours
from scheduler.views.staff import user_of


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
class ClosureAdmin(ReadOnly):
    """Closures come and go by their actions, which look for appointments first."""

    list_display = ("place", "begins", "ends", "reason")
    list_display_links = ("place",)
    list_select_related = ("resource__site", "site")
    fields = ("place", "begins", "ends", "reason")
    readonly_fields = ("place", "begins", "ends")
    change_form_template = "scheduler/closure_form.html"
    change_list_template = "scheduler/closure_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may close a time finds the button for it here."""
        return user_of(request).has_perm("scheduler.add_closure")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Go to the page that asks for wall-clock times and calls the action."""
        return HttpResponseRedirect(reverse("scheduler:close_time"))

    @admin.display(description="closed")
    def place(self, closure: Closure) -> str:
        """Return what is closed, a resource with its site: others share its name."""
        resource = closure.resource
        return f"{resource} ({resource.site})" if resource else str(closure.site)

    @admin.display(description="from", ordering="starts_at")
    def begins(self, closure: Closure) -> str:
        """Return the beginning on the site's clock."""
        return clock_text(closure.starts_at, closure.at_site)

    @admin.display(description="until", ordering="ends_at")
    def ends(self, closure: Closure) -> str:
        """Return the end on the site's clock."""
        return clock_text(closure.ends_at, closure.at_site)
