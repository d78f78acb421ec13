"""Brings the demo's database to where `make demo` can open it, in one process."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate the database and, when it is empty, fill it with the demo clinic."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        if not get_user_model().objects.exists():
            self.stdout.write("Filling the demo clinic ...")
            call_command("seed_demo")
