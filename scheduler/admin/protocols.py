"""Protocols: drafts are written here, and published by the action that checks them."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import now

from courses.actions.retire_protocol import retire_protocol
from courses.admin.kinds import KeptByHand
from courses.models import Protocol, ProtocolStep, SpacingRule
from scheduler.actions.publish_checked_protocol import publish_checked_protocol
from scheduler.views.staff import actor_of, attempt, user_of


class _DraftPart(admin.TabularInline[Any, Protocol]):
    extra = 0

    def has_add_permission(
        self, request: HttpRequest, obj: Protocol | None = None
    ) -> bool:
        """A published protocol gains nothing."""
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(
        self, request: HttpRequest, obj: Protocol | None = None
    ) -> bool:
        """A published protocol never changes."""
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Protocol | None = None
    ) -> bool:
        """A published protocol loses nothing."""
        return _is_draft(obj) and super().has_delete_permission(request, obj)


class ProtocolStepInline(_DraftPart):
    model = ProtocolStep

    def get_formset(
        self, request: HttpRequest, obj: Protocol | None = None, **kwargs: Any
    ) -> Any:
        """Remember which protocol it is, so that steps refer only to its own steps."""
        request.protocol_on_page = obj  # type: ignore[attr-defined]
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only steps of the same protocol."""
        if db_field.related_model is ProtocolStep:
            kwargs["queryset"] = ProtocolStep.objects.filter(
                protocol=getattr(request, "protocol_on_page", None)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SpacingRuleInline(_DraftPart):
    model = SpacingRule


@admin.register(Protocol)
class ProtocolAdmin(KeptByHand):
    list_display = ("name", "version", "code", "status", "published_at")
    list_filter = ("status",)
    readonly_fields = ("status", "published_at")
    actions = ("retire",)
    inlines = (ProtocolStepInline, SpacingRuleInline)
    change_form_template = "scheduler/protocol_form.html"

    def has_change_permission(
        self, request: HttpRequest, obj: Protocol | None = None
    ) -> bool:
        """Only a draft may change."""
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Protocol | None = None
    ) -> bool:
        """Only a draft may go."""
        return _is_draft(obj) and super().has_delete_permission(request, obj)

    def response_change(self, request: HttpRequest, obj: Protocol) -> HttpResponse:
        """Publish what was just saved when that button was pressed."""
        if "_publish" not in request.POST:
            return super().response_change(request, obj)
        attempt(
            request,
            f"{obj} is published and can be chosen now.",
            lambda: publish_checked_protocol(
                protocol=obj, actor=actor_of(request), now=now()
            ),
        )
        return HttpResponseRedirect(request.path)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whoever may publish a version may also retire it."""
        return user_of(request).has_perm("courses.publish_protocol")

    @admin.action(description="Retire: no new course takes it", permissions=["publish"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Protocol]) -> None:
        """Retire the chosen versions, each on its own."""
        for protocol in queryset:
            attempt(
                request,
                f"{protocol} is retired. Courses that follow it go on.",
                partial(
                    retire_protocol,
                    protocol=protocol,
                    actor=actor_of(request),
                    now=now(),
                ),
            )


def _is_draft(obj: Protocol | None) -> bool:
    return obj is None or obj.status == Protocol.Status.DRAFT
