"""Settings from the environment only; `.env.example` explains every name.

Without a secret key nothing starts. A checkout where the demo was set up may be used
without any environment: `var/demo.env` then fills it in.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import monkeypatch

# Generic admin and form classes (`ModelAdmin[Patient]`) must also work when they run.
monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
DEMO_KEY_PREFIX = "demo-only-"

env = environ.Env()
if "SECRET_KEY" not in os.environ:
    for candidate in (BASE_DIR / ".env", BASE_DIR / "var" / "demo.env"):
        if candidate.exists():
            env.read_env(candidate)
            break
# All that the program writes is in here.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# --- safety -------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# A made-up clinic on one machine: as in production, but for what only that would need.
DEMO = env.bool("DEMO", default=False)
IS_FOR_TRYING = DEBUG or DEMO
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Copy .env.example to .env and fill it in, "
        "or run `make demo` to try the program."
    )
if not IS_FOR_TRYING and SECRET_KEY.startswith(DEMO_KEY_PREFIX):
    raise ImproperlyConfigured(
        "SECRET_KEY is the demo key, but DEBUG is off, and DEMO too. "
        "Make a key of your own: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Says that web, worker and data share one machine on purpose (see config/checks.py).
ALLOW_SINGLE_MACHINE = env.bool("ALLOW_SINGLE_MACHINE", default=DEMO)

PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=not IS_FOR_TRYING)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS_PROXY
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=12 * 3600)
SECURE_SSL_REDIRECT = BEHIND_TLS_PROXY
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
)
SECURE_HSTS_SECONDS = env.int(
    "SECURE_HSTS_SECONDS", default=31_536_000 if BEHIND_TLS_PROXY else 0
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS_PROXY
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- apps ---------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "phonenumber_field",
    "anymail",
    # Before the admin, so that our templates win over its own.
    "notifications",
    "scheduler",
    "courses",
    "scheduler.config.apps.ClinicAdminConfig",
]
MIDDLEWARE = [
    "scheduler.health.AnswerHealthProbes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "scheduler.config.urls"
WSGI_APPLICATION = "scheduler.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- data ---------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/clinic.sqlite3")
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that may write says so when it begins, and waits in line.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        # FULL: with WAL, NORMAL may lose the last commits when the power fails.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- language, time, static files ---------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "scheduler.config.formats"
PHONENUMBER_DEFAULT_REGION = env.str("PHONENUMBER_DEFAULT_REGION", default="US")

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
# Else files come from STATIC_ROOT, where collectstatic has put them.
WHITENOISE_USE_FINDERS = IS_FOR_TRYING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_FOR_TRYING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- the clinic and its mail --------------------------------------------------

CLINIC_NAME = env.str("CLINIC_NAME", default="Riverside Clinic")
CLINIC_DOMAIN = env.str("CLINIC_DOMAIN", default="clinic.example")
CLINIC_MAIL_ADDRESS = env.str(
    "CLINIC_MAIL_ADDRESS", default=f"appointments@{CLINIC_DOMAIN}"
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CLINIC_MAIL_ADDRESS
# A change waits this long before it is told, so that a slip and its fix tell nothing.
TELL_AFTER_SECONDS = env.int("TELL_AFTER_SECONDS", default=180)
MAIL_FOLDER = Path(env.str("MAIL_FOLDER", default=str(VAR_DIR / "mail")))
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(environ.Env.email_url_config(EMAIL_URL))
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    default="django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_URL
    else "notifications.channels.eml_folder.EmailBackend",
)
EMAIL_TIMEOUT = 30
ANYMAIL = env.json("ANYMAIL", default={})

# --- Celery: only a doorbell; what is owed is in the database -----------------

BROKER_FOLDER = VAR_DIR / "broker"
BROKER_URL = env.str("BROKER_URL", default="filesystem://")
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if BROKER_URL.startswith("filesystem://"):
    # A folder is on no host, but kombu warns of every address that names none.
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # The same folder both ways: kombu moves what it has read out of it.
        "data_folder_in": str(BROKER_FOLDER / "messages"),
        "data_folder_out": str(BROKER_FOLDER / "messages"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
    }
    for folder in ("messages", "control"):
        (BROKER_FOLDER / folder).mkdir(parents=True, exist_ok=True)
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300}
CELERY_TIMEZONE = "UTC"
# A page never waits for a broker that is down: the next tick does the work.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Ticks in seconds, never clock times: a tick knows no time zone and no clock change.
# A tick nobody took within its own interval is worthless, so it expires.
CELERY_BEAT_SCHEDULE = {
    "notifications.plan": {
        "task": "notifications.tasks.plan_notifications",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "notifications.dispatch": {
        "task": "notifications.tasks.dispatch_notifications",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "scheduler.lapse_expired_holds": {
        "task": "scheduler.tasks.lapse_expired_holds",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "notifications.reconcile": {
        "task": "notifications.tasks.reconcile_notifications",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

# --- logs ---------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.str("LOG_LEVEL", default="WARNING" if IS_FOR_TRYING else "INFO"),
    },
}
