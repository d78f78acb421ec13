"""Settings of a process of its own, in which django-appointment is measured.

The package never enters the product's settings. Its tables are made in memory.
"""

SECRET_KEY = "only-for-measuring"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "appointment",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "America/New_York"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
