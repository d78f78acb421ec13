"""Counts bookings as told, on the day on which a clinic begins to use this program."""

from argparse import ArgumentParser
from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.actors import Actor
from courses.rules.wording import counted
from notifications.actions.count_as_told import count_as_told


class Command(BaseCommand):
    help = "Sends no invitation for visits that were settled long enough ago."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than-hours",
            type=int,
            default=0,
            help="Leave younger bookings to be told as usual (default: 0).",
        )

    def handle(self, *args: object, older_than_hours: int, **options: object) -> None:
        if older_than_hours < 0:
            raise CommandError("Give --older-than-hours as a whole number from 0 on.")
        now: datetime = timezone.now()
        number = count_as_told(
            settled_before=now - timedelta(hours=older_than_hours),
            actor=Actor.system("count_as_told"),
            now=now,
        )
        self.stdout.write(f"Counted as told: {counted(number, 'visit')}.")
