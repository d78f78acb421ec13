"""Who treats patients, and what each may do from when until when."""

from django.contrib import admin

from courses.admin.kinds import KeptByHand
from courses.models import Capability, Clinician, Credential


class CredentialInline(admin.TabularInline[Credential, Clinician]):
    model = Credential
    extra = 0
    autocomplete_fields = ("capability",)


@admin.register(Capability)
class CapabilityAdmin(KeptByHand):
    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Clinician)
class ClinicianAdmin(KeptByHand):
    list_display = ("display_name", "user")
    list_select_related = ("user",)
    search_fields = ("display_name",)
    inlines = (CredentialInline,)


@admin.register(Credential)
class CredentialAdmin(KeptByHand):
    list_display = ("clinician", "capability", "valid_from", "valid_until")
    list_filter = ("capability",)
    list_select_related = ("clinician", "capability")
    autocomplete_fields = ("clinician", "capability")
