"""The WSGI entry point: gunicorn starts here, and only on sound settings."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scheduler.config.settings")

application = get_wsgi_application()

from scheduler.config.checks import refuse_to_serve_when_misconfigured  # noqa: E402

refuse_to_serve_when_misconfigured()
