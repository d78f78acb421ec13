"""The admin app, with the clinic's own site in place of the stock one."""

from django.contrib.admin.apps import AdminConfig


class ClinicAdminConfig(AdminConfig):
    default_site = "scheduler.config.admin_site.ClinicAdminSite"
