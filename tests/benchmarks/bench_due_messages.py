"""Looking for due messages in an outbox of a million rows, and taking a batch."""

from datetime import timedelta

from django.db import connection

from notifications.leases import claim
from notifications.models import Notification
from tests.benchmarks.harness import Report, median_milliseconds
from tests.builders import NOW
from tests.faults.outbox import due_messages

APPOINTMENTS = 2_000
REVISIONS = 500
DUE = 10_000
BEFORE_ALL = NOW - timedelta(days=1)
SIZE = f"{APPOINTMENTS * REVISIONS:,} rows, {DUE:,} due"


def measure_due_scan(report: Report) -> None:
    _fill()

    def scan() -> None:
        list(Notification.objects.due(NOW)[:500].values_list("pk", flat=True))

    def idle() -> None:
        list(Notification.objects.due(BEFORE_ALL)[:500].values_list("pk", flat=True))

    def plain() -> None:
        # The same question where no partial index can answer it.
        waiting = Notification.objects.filter(reason="", sent_at__isnull=True)
        list(waiting.order_by("planned_at", "pk")[:500].values_list("pk", flat=True))

    baseline = median_milliseconds(plain, rounds=5)
    report.register(
        name="due scan, first 20 of many",
        size=SIZE,
        value=median_milliseconds(_first_batch, rounds=50),
        unit="ms",
        at_most=2,
        baseline=baseline,
    )
    report.register(
        name="due scan, first 500 of many",
        size=SIZE,
        value=median_milliseconds(scan, rounds=50),
        unit="ms",
        at_most=10,
        baseline=baseline,
    )
    report.register(
        name="due scan, nothing due",
        size=SIZE,
        value=median_milliseconds(idle, rounds=50),
        unit="ms",
        at_most=2,
    )
    report.register(
        name="claim a batch of 20 messages",
        size=SIZE,
        value=median_milliseconds(lambda: claim(limit=20, now=NOW), rounds=50),
        unit="ms",
        at_most=20,
    )


def _first_batch() -> None:
    list(Notification.objects.due(NOW)[:20].values_list("pk", flat=True))


def _fill() -> None:
    """One row of each appointment is due or waits; its older revisions were sent."""
    rows = due_messages(APPOINTMENTS)
    due = max(DUE // APPOINTMENTS, 1)
    for place, row in enumerate(rows):
        row.recipient = f"patient-{place}@mail.example"
    Notification.objects.bulk_update(rows, ["recipient"], batch_size=200)
    columns = [
        field.column
        for field in Notification._meta.concrete_fields
        if not field.primary_key
    ]
    other = {
        "revision": "n.revision + numbers.number",
        "message_id": "n.message_id || numbers.number",
        "status": f"CASE WHEN numbers.number < {due} THEN 'planned' ELSE 'sent' END",
        "sent_at": f"CASE WHEN numbers.number < {due} THEN NULL ELSE n.planned_at END",
    }
    chosen = ", ".join(other.get(column, f"n.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL"
            f" SELECT number + 1 FROM numbers WHERE number < {REVISIONS - 1})"
            f" INSERT INTO notifications_notification ({', '.join(columns)})"
            f" SELECT {chosen} FROM notifications_notification n CROSS JOIN numbers"
        )
        cursor.execute("ANALYZE")
