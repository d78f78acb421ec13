"""Repairs what planning missed: a changed address, a new rule, a fault long ago."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from courses.actors import Actor
from courses.transactions import action
from notifications.actions.plan_notifications import lock_planning
from notifications.planning import plan_messages
from scheduler.models import Appointment

HORIZON = timedelta(days=60)
APPOINTMENTS_AT_A_TIME = 200


def reconcile_notifications(*, actor: Actor, now: datetime) -> int:
    """Every appointment of the next 60 days has exactly the messages it owes.

    Returns how many were missing. A second run finds nothing to do.
    """
    ids = list(
        Appointment.objects.filter(starts_at__gt=now, starts_at__lte=now + HORIZON)
        .exclude(status=Appointment.Status.HELD)
        .order_by("starts_at", "pk")
        .values_list("pk", flat=True)
    )
    return sum(
        _reconcile_some(
            ids=ids[begin : begin + APPOINTMENTS_AT_A_TIME], actor=actor, now=now
        )
        for begin in range(0, len(ids), APPOINTMENTS_AT_A_TIME)
    )


@action
def _reconcile_some(*, ids: Sequence[UUID], actor: Actor, now: datetime) -> int:
    lock_planning()
    appointments = Appointment.objects.filter(pk__in=ids).select_related(
        "patient", "site", "session__visit_type"
    )
    return plan_messages(list(appointments.order_by("starts_at", "pk")), now=now)
