"""The Celery app: a doorbell for work that the database already remembers."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

# What "filesystem://" means from here on.
TRANSPORT_ALIASES["filesystem"] = "scheduler.config.folder_broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler.config.settings")

app = Celery("scheduler")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
