"""Addresses for calendar programs, apart from the pages for people."""

from django.urls import URLPattern, path

from scheduler.calendars.views import calendar_feed

app_name = "calendars"

urlpatterns: list[URLPattern] = [
    path("ical/<str:token>.ics", calendar_feed, name="feed"),
]
