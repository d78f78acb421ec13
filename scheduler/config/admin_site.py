"""The clinic's admin: its name, its pages first, the stock model list behind Setup."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ClinicAdminSite(AdminSite):
    """The stock admin under the clinic's own name and theme."""

    site_header = settings.CLINIC_NAME
    site_title = settings.CLINIC_NAME
    index_title = _("Setup")
    site_url = None
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Mark Setup in the menu; our own pages name another section over it."""
        return {**super().each_context(request), "section": "setup"}
