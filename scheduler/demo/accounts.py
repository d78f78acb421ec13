"""The three people who may sign in to the demo, one for each role."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from courses.actors import Actor
from courses.models import Clinician
from scheduler.demo.roster import SIGNS_IN
from scheduler.roles import CLINICIAN, FRONT_DESK, MANAGER, install_roles

ACCOUNTS = (
    ("frontdesk", "Dana", "Demo-Desk", FRONT_DESK),
    ("clinician", "Amara", "Stone", CLINICIAN),
    ("manager", "Max", "Demo-Manager", MANAGER),
)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who does what in the demo's history."""

    desk: Actor
    clinician: Actor
    manager: Actor


def open_accounts(password: str) -> Staff:
    """Make the three staff users exist, each in the group of its role."""
    install_roles()
    groups = {group.name: group for group in Group.objects.all()}
    # One hash for all: hashing is slow on purpose, and the password is the same.
    hashed = make_password(password)
    users = []
    for username, given, family, role in ACCOUNTS:
        user = User.objects.create(
            username=username,
            first_name=given,
            last_name=family,
            email=f"{username}@example.org",
            password=hashed,
            is_staff=True,
        )
        user.groups.add(groups[role])
        users.append(user)
    desk, clinician, manager = map(Actor.staff, users)
    return Staff(desk=desk, clinician=clinician, manager=manager)


def let_clinician_sign_in(clinician: Clinician) -> None:
    """Make the clinician on the roster the one who signs in as "clinician"."""
    clinician.user = User.objects.get(username="clinician")
    clinician.save(update_fields=["user"])


__all__ = ["ACCOUNTS", "SIGNS_IN", "Staff", "let_clinician_sign_in", "open_accounts"]
