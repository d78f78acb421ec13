"""What takes time and place: resources, hours, appointments, claims, planning.

The Celery app is re-exported so that `celery -A scheduler` finds it.
"""

from scheduler.config.celery import app as celery_app

__all__ = ["celery_app"]
