"""The two kinds of admin page: data kept by hand, and records that actions change."""

from typing import Any

from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from courses.transactions import error_for


class KeptByHand(admin.ModelAdmin[Any]):
    """Reference data. What the database refuses comes back as its sentence."""

    list_per_page = 100
    show_full_result_count = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Answer a violated invariant with its sentence instead of an error page."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            named = error_for(error)
            if named is None:
                raise
            messages.error(request, str(named))
            return HttpResponseRedirect(request.get_full_path())


class ReadOnly(admin.ModelAdmin[Any]):
    """Records with a life of their own. Pages and actions change them, never a form."""

    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one here."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """Nobody changes one here."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """Nothing clinical and nothing booked is ever deleted."""
        return False
