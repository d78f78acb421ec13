"""Celery's way into the actions. A task carries nothing: it only says "look"."""

from celery import shared_task
from django.utils import timezone

from courses.actors import Actor
from notifications.actions import (
    dispatch_notifications as dispatching,
)
from notifications.actions import (
    plan_notifications as planning,
)
from notifications.actions import (
    reconcile_notifications as reconciling,
)


@shared_task
def plan_notifications() -> None:
    """What happened since the last look is planned as messages."""
    actor = Actor.system("notifications.plan")
    planning.plan_notifications(actor=actor, now=timezone.now())


@shared_task
def dispatch_notifications() -> None:
    """What is due is sent."""
    actor = Actor.system("notifications.dispatch")
    dispatching.dispatch_notifications(actor=actor, now=timezone.now())


@shared_task
def reconcile_notifications() -> None:
    """What planning missed is repaired."""
    actor = Actor.system("notifications.reconcile")
    reconciling.reconcile_notifications(actor=actor, now=timezone.now())
