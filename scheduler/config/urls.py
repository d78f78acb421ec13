"""The root of all addresses; each app brings its own."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # Staff pages come first: today's board stands where the stock index would.
    path("", include("scheduler.urls")),
    path("", include("notifications.urls")),
    path("", include("scheduler.calendars.urls")),
    path("setup/", admin.site.admin_view(admin.site.index), name="setup"),
    path("", admin.site.urls),
]

handler403 = "scheduler.views.error_pages.not_permitted"
handler404 = "scheduler.views.error_pages.not_found"
