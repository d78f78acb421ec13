"""The clinic's admin: its name, its pages first, the stock model list behind Setup."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class ClinicAdminSite(AdminSite):
    """The stock admin under the clinic's own name and theme."""

    site_header = settings.CLINIC_NAME
    site_title = settings.CLINIC_NAME
    index_title = _("Setup")
    site_url = None
    enable_nav_sidebar = False
