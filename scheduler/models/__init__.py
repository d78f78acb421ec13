"""What takes time and place, one module per aggregate."""

from scheduler.models.appointment import Appointment, AppointmentEvent, Claim
from scheduler.models.calendar_feed import CalendarFeed
from scheduler.models.proposal import Proposal
from scheduler.models.resource import Closure, Resource, WorkingHours
from scheduler.models.site import Site

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "CalendarFeed",
    "Claim",
    "Closure",
    "Proposal",
    "Resource",
    "Site",
    "WorkingHours",
]
