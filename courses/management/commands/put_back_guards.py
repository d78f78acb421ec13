"""Puts back the guards that the database lost, for example in a restore."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import IntegrityError, connection

from courses.guards import missing_guards, put_back_missing_guards


class Command(BaseCommand):
    help = "Puts back what keeps the database from double booking, where it is missing."
    # The check that misses the guards must not keep them from coming back.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Install every missing guard and name it."""
        missing = missing_guards(connection)
        try:
            put_back_missing_guards(connection)
        except IntegrityError as error:
            self.stderr.write(f"Rows already break this guard: {error}")
            raise SystemExit(1) from error
        for guard in missing:
            self.stdout.write(f"Put back {guard.name_on(connection.vendor)}.")
        if not missing:
            self.stdout.write("Every guard is in place.")
