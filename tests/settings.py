"""The product's own settings, pointed at servers that exist for this run only.

`TEST_ENGINE=postgresql` runs the same tests on PostgreSQL with Redis as the broker;
the default is SQLite with the broker in a folder.
"""

import os

from tests import servers

ENGINE = os.environ.get("TEST_ENGINE", "sqlite")
VAR = servers.scratch_folder("var")

os.environ.update(
    SECRET_KEY="tests-only-not-a-secret-" + "0" * 40,
    DEBUG="0",
    ALLOW_SINGLE_MACHINE="1",
    BEHIND_TLS_PROXY="0",
    VAR_DIR=str(VAR),
    STATIC_ROOT=str(servers.scratch_folder("static")),
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
)
if ENGINE == "postgresql":
    os.environ["DATABASE_URL"] = servers.postgresql_url()
    os.environ["BROKER_URL"] = servers.redis_url()
else:
    os.environ["DATABASE_URL"] = servers.sqlite_url()
    os.environ["BROKER_URL"] = "filesystem://"

from scheduler.config.settings import *  # noqa: E402, F403
from scheduler.config.settings import DATABASES, STORAGES  # noqa: E402

# Two runs at once, on one server, never meet.
DATABASES["default"]["TEST"] = {
    "NAME": str(VAR / "test.sqlite3")
    if ENGINE == "sqlite"
    else f"test_clinic_{os.getpid()}"
}
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
