"""The clinic's admin: its name, its pages first, the stock model list behind Setup."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduler.site_clock import home_zone

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ClinicAdminSite(AdminSite):
    """The stock admin under the clinic's own name and theme."""

    site_header = settings.CLINIC_NAME
    site_title = settings.CLINIC_NAME
    index_title = _("Setup")
    site_url = None
    enable_nav_sidebar = False

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Show the stock pages on the clinic's clock, not on the server's.

        The pages of the front desk name the site whose clock they mean.
        """
        guarded = super().admin_view(view, cacheable)
        if getattr(view, "names_its_clock", False):
            return guarded

        @wraps(guarded)
        def on_the_clinics_clock(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not self.has_permission(request):
                return guarded(request, *args, **kwargs)
            with timezone.override(home_zone()):
                response = guarded(request, *args, **kwargs)
                # Rendered here: afterwards the clock is the server's again.
                if isinstance(response, TemplateResponse):
                    response.render()
                return response

        return cast(View, on_the_clinics_clock)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Mark Setup in the menu; our own pages name another section over it."""
        return {**super().each_context(request), "section": "setup"}
