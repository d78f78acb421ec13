"""What kinds of visit there are, in which phases, and whom and what each needs."""

from django.contrib import admin

from courses.admin.kinds import KeptByHand
from courses.models import ResourceNeed, VisitPhase, VisitType


class VisitPhaseInline(admin.TabularInline[VisitPhase, VisitType]):
    model = VisitPhase
    extra = 0


class ResourceNeedInline(admin.TabularInline[ResourceNeed, VisitType]):
    model = ResourceNeed
    extra = 0
    autocomplete_fields = ("capability",)


@admin.register(VisitType)
class VisitTypeAdmin(KeptByHand):
    list_display = ("name", "code", "kind", "route", "is_placed", "is_remote")
    list_filter = ("kind", "route")
    search_fields = ("name", "code")
    inlines = (VisitPhaseInline, ResourceNeedInline)
