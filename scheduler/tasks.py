"""Celery adapters: they take no patient data and call one action each."""

from celery import shared_task
from django.utils import timezone

from courses.actors import Actor
from scheduler.actions.lapse_expired_holds import (
    lapse_expired_holds as lapse,
)


@shared_task
def lapse_expired_holds() -> None:
    """Let expired holds free their time."""
    lapse(actor=Actor.system("lapse_expired_holds"), now=timezone.now())
