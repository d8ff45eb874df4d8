"""Django settings. Values come from the environment by `env.py`; nothing is read anywhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from arvio.config import env

env.read_file(Path("var/arvio.env"))

PACKAGE = Path(__file__).resolve().parent.parent
DEMO = env.flag("ARVIO_DEMO")
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] if DEMO else env.names("ALLOWED_HOSTS")
BASE_URL = env.text("BASE_URL").rstrip("/")
# Where `arvio serve` listens, and with how many threads.
HOST, PORT, THREADS = env.text("HOST"), env.number("PORT"), env.number("ARVIO_THREADS")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "ninja",
    "django_htmx",
    "csp",
    "arvio.audit",
    "arvio.due",
    "arvio.people",
    "arvio.catalog",
    "arvio.ratings",
    "arvio.reviews",
    "arvio.connect",
    "arvio.api",
    "arvio.web",
    "arvio.work",
    "arvio.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "arvio.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "arvio.web.errors.ErrorPages",
]

ROOT_URLCONF = "arvio.config.urls"
WSGI_APPLICATION = "arvio.config.wsgi.application"
AUTH_USER_MODEL = "people.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                *(["arvio.demo.bar.bar"] if DEMO else []),
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    url = env.text("DATABASE_URL")
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60))
    except (ValueError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured(
            f"DATABASE_URL can't be read ({error}). It takes a URL, such as "
            f"DATABASE_URL={env.SETTINGS['DATABASE_URL'].example}"
        ) from None
    if database["ENGINE"].endswith("sqlite3"):
        # DESIGN 7: with these on every connection fifty threads write in turn and none is refused.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"
            ),
        }
    elif database["ENGINE"].endswith("postgresql"):
        database["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(
            f"DATABASE_URL is {url!r}. Arvio runs on SQLite and on PostgreSQL"
        )
    return database


DATABASES = {"default": _database()}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("fi", "Suomi")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

CSRF_COOKIE_SECURE = not DEMO
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# A body larger than this is refused before it is parsed; the longest valid review is far below.
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

os.environ.setdefault("ARVIO_CLOCK", "") if DEMO else os.environ.pop("ARVIO_CLOCK", None)
