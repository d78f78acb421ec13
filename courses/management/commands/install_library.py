"""Installs the shipped visit types and protocols, or a clinic's own folder of them."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.actions.install_library import install_library
from courses.actors import Actor
from courses.errors import Refused
from courses.library.reading import SHIPPED, read_library


class Command(BaseCommand):
    help = "Adds the visit types and protocols of a folder that are not there yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            default=SHIPPED,
            help="Folder with visit_types.toml, common.toml and protocols/*.toml.",
        )

    def handle(self, *args: object, folder: Path, **options: object) -> None:
        try:
            added = install_library(
                library=read_library(folder),
                actor=Actor.system("install_library"),
                now=timezone.now(),
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        for kind, rows in (
            ("visit type", added.visit_types),
            ("protocol", added.protocols),
        ):
            for row in rows:
                self.stdout.write(f"Added {kind} {row.code}: {row.name}")
        if not (added.visit_types or added.protocols):
            self.stdout.write("Everything was there already.")
