"""Fills an empty database with a made-up clinic to try the program on."""

import os
from argparse import ArgumentParser
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.errors import Refused
from courses.models import Patient
from scheduler.demo.accounts import ACCOUNTS
from scheduler.demo.seeding import seed_demo
from scheduler.models import Appointment

DEFAULT_PASSWORD = "demo-clinic"  # noqa: S105


class Command(BaseCommand):
    help = (
        "Adds two sites, their staff and forty patients at every stage, around today."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--size",
            type=int,
            default=1,
            help="How many such clinics, for measuring (default: 1).",
        )

    def handle(self, *args: object, size: int, **options: object) -> None:
        if size < 1:
            raise CommandError("Give --size as a whole number from 1 on.")
        try:
            seed_demo(size=size, password=demo_password(), now=timezone.now())
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        # The demo's past was told in the past; only what is new goes out.
        call_command("count_as_told", older_than_hours=24, stdout=StringIO())
        self.stdout.write(
            f"The demo clinic has {Patient.objects.count()} patients and "
            f"{Appointment.objects.count()} appointments. Sign in as "
            f"{', '.join(account[0] for account in ACCOUNTS)}."
        )


def demo_password() -> str:
    """Return the password of the demo's accounts; a known one never leaves a trial."""
    password = os.environ.get("DEMO_PASSWORD", "")
    if password and (settings.IS_FOR_TRYING or password != DEFAULT_PASSWORD):
        return password
    if settings.IS_FOR_TRYING:
        return DEFAULT_PASSWORD
    raise CommandError(
        "DEBUG and DEMO are off, so the demo's accounts may not have its well-known"
        " password. Set DEMO_PASSWORD to one of your own."
    )
