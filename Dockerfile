# Two stages: the first installs what requirements/base.txt locks, the second runs it.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt
COPY manage.py /srv/clinic/
COPY courses /srv/clinic/courses
COPY scheduler /srv/clinic/scheduler
COPY notifications /srv/clinic/notifications
WORKDIR /srv/clinic
# Collecting files needs settings but no secret; this key ends with the build.
RUN SECRET_KEY=only-for-collecting-static-files VAR_DIR=/tmp/var \
    /opt/venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/clinic
RUN install -d -o 10001 -g 10001 /var/clinic
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/clinic /srv/clinic
WORKDIR /srv/clinic
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "scheduler.config.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
