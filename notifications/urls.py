"""The addresses of the outbox."""

from django.urls import URLPattern, path

from notifications import views

app_name = "notifications"

urlpatterns: list[URLPattern] = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/mail/<str:name>/", views.stored_mail, name="stored_mail"),
]
