"""The three roles of a clinic's staff, as groups with permissions.

Written once here and brought into step after every migrate, so that an upgrade
which adds a permission also hands it out.
"""

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission

FRONT_DESK = "Front desk"
CLINICIAN = "Clinician"
MANAGER = "Manager"

# Who may see what is arranged, without any clinical content.
_SEES_THE_CALENDAR = frozenset(
    {
        "courses.view_patient",
        "courses.view_course",
        "courses.view_coursehold",
        "courses.view_session",
        "courses.view_protocol",
        "courses.view_visittype",
        "courses.view_clinician",
        "scheduler.view_appointment",
        "scheduler.view_appointmentevent",
        "scheduler.view_claim",
        "scheduler.view_site",
        "scheduler.view_resource",
        "scheduler.view_workinghours",
        "scheduler.view_closure",
        "notifications.view_notification",
    }
)
_RUNS_THE_DESK = frozenset(
    {
        "courses.add_patient",
        "courses.change_patient",
        "courses.add_course",
        "courses.change_course",
        "scheduler.run_front_desk",
    }
)
_TREATS = frozenset(
    {
        "courses.view_assessment",
        "courses.add_assessment",
        "courses.decide_assessment",
        "courses.view_courseevent",
        "courses.view_credential",
        "scheduler.run_front_desk",
        "scheduler.treat_patients",
        "scheduler.override_window",
    }
)
_REFERENCE_DATA = (
    "courses.capability",
    "courses.clinician",
    "courses.credential",
    "courses.visittype",
    "courses.visitphase",
    "courses.resourceneed",
    "courses.protocol",
    "courses.protocolstep",
    "courses.spacingrule",
    "scheduler.site",
    "scheduler.resource",
    "scheduler.workinghours",
    "scheduler.closure",
    "notifications.reminderrule",
)


def _manages() -> frozenset[str]:
    changes = set()
    for model in _REFERENCE_DATA:
        app, name = model.split(".")
        changes |= {f"{app}.{verb}_{name}" for verb in ("view", "add", "change")}
    # Draft parts may go; what is published is kept by the database.
    parts = ("visitphase", "resourceneed", "protocolstep", "spacingrule")
    changes |= {f"courses.delete_{part}" for part in parts}
    changes |= {"scheduler.delete_workinghours", "scheduler.delete_closure"}
    history = {"courses.view_courseevent", "courses.view_clinicevent"}
    return frozenset(changes | history | {"courses.publish_protocol"})


ROLES: Mapping[str, frozenset[str]] = {
    FRONT_DESK: _SEES_THE_CALENDAR | _RUNS_THE_DESK,
    CLINICIAN: _SEES_THE_CALENDAR | _TREATS,
    MANAGER: _SEES_THE_CALENDAR | _RUNS_THE_DESK | _manages(),
}


def install_roles() -> None:
    """Make the groups and give each exactly its permissions.

    Permissions of apps that aren't migrated yet are handed out by a later call.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, codes in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(known[code] for code in codes if code in known)
