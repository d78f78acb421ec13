"""What is told, one module per aggregate."""

from notifications.models.notification import DeliveryAttempt, Notification
from notifications.models.reading import EventFloor, EventRead
from notifications.models.reminder_rule import ReminderRule

__all__ = [
    "DeliveryAttempt",
    "EventFloor",
    "EventRead",
    "Notification",
    "ReminderRule",
]
