"""Django settings. Values come from the environment by `env.py`; nothing is read anywhere else."""

from __future__ import annotations

import ipaddress
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from arvio.config import env
from arvio.connect import platforms
from arvio.notify.server import Server, read_url
from arvio.watching import logs

env.read_file(env.FILE)

PACKAGE = Path(__file__).resolve().parent.parent
DEMO = env.flag("ARVIO_DEMO")
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] if DEMO else []
if not DEMO or env.optional("ALLOWED_HOSTS"):
    ALLOWED_HOSTS += env.names("ALLOWED_HOSTS")
BASE_URL = env.text("BASE_URL").rstrip("/")
_REACHED_AT = urlsplit(BASE_URL)
if _REACHED_AT.scheme not in ("http", "https") or not _REACHED_AT.netloc:
    raise ImproperlyConfigured(
        f"BASE_URL is {BASE_URL!r}. It takes a whole address, such as "
        f"BASE_URL={env.SETTINGS['BASE_URL'].example}"
    )
# Where `arvio serve` listens, and with how many processes of how many threads.
HOST, PORT = env.text("HOST"), env.number("PORT")
PROCESSES, THREADS = (env.number(name, least=1) for name in ("ARVIO_PROCESSES", "ARVIO_THREADS"))

# What calls out may reach beside the public internet (`arvio.outbound`).
OUTBOUND_ALLOWED = env.networks("OUTBOUND_ALLOWED")
if DEMO:
    OUTBOUND_ALLOWED.append(ipaddress.ip_network("127.0.0.1"))
# Partners are strangers to the networks that the operator names, and read what answers there.
OUTBOUND_ALLOWED_TO_PARTNERS = [ipaddress.ip_network("127.0.0.1")] if DEMO else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "django_htmx",
    "csp",
    "arvio.audit",
    "arvio.due",
    "arvio.people",
    "arvio.catalog",
    "arvio.notify",
    "arvio.ratings",
    "arvio.screening",
    "arvio.reviews",
    "arvio.moderation",
    "arvio.asking",
    "arvio.preview",
    "arvio.connect",
    *platforms.APPS,
    "arvio.api",
    "arvio.web",
    "arvio.work",
    "arvio.keeping",
    "arvio.watching",
    "arvio.demo",
    # After ours, whose templates take the place of theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    # First of all: whatever the others answer has a name and is counted.
    "arvio.watching.requests.Watched",
    # Before whatever looks at the host or asks the database.
    "arvio.watching.probes.Probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "arvio.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "arvio.web.signing_in.around",
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
        # A server that is away is told of in seconds, and not when TCP itself gives up.
        database["OPTIONS"] = {
            "connect_timeout": 5,
            "tcp_user_timeout": 15_000,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            **database.get("OPTIONS", {}),
        }
    else:
        # The rest isn't repeated: it holds a password.
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {urlsplit(url).scheme}://. Arvio runs on SQLite and on "
            "PostgreSQL"
        )
    return database


def _providers() -> list[dict[str, Any]]:
    issuer = env.text("OIDC_ISSUER").rstrip("/")
    if not issuer:
        return []
    return [
        {
            "provider_id": "oidc",
            "name": env.filled("OIDC_NAME"),
            "client_id": env.filled("OIDC_CLIENT_ID"),
            "secret": env.filled("OIDC_CLIENT_SECRET"),
            "settings": {"server_url": issuer},
        }
    ]


DATABASES = {"default": _database()}
# What serving adds to them (`serving.py`); commands and the worker take the time they need.
DATABASE_TIMEOUT = env.number("DATABASE_TIMEOUT")
# From so many minutes on `/-/ready` calls the worker away.
READY_LATEST = env.number("READY_LATEST")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Past this the oldest go first, and with them what they remember of attempts.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# A proxy that ends TLS speaks plain HTTP to us, while browsers name the address that they see.
CSRF_TRUSTED_ORIGINS = [f"{_REACHED_AT.scheme}://{_REACHED_AT.netloc}"]
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _REACHED_AT.scheme

LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/partner/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": f"{_VALIDATORS}UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATORS}CommonPasswordValidator"},
]

TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES")
ACCOUNT_ADAPTER = "arvio.web.signing_in.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A person's address was given by a server, an operator or an invitation: none is unverified.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
if DEMO:
    # Visitors try one role after another, all from one address.
    ACCOUNT_RATE_LIMITS = {
        "login": "300/m/ip",
        "login_failed": "100/m/ip,20/5m/key",
        "request_login_code": "200/m/ip,20/m/key",
    }
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Arvio"
MFA_TOTP_TOLERANCE = 1

SOCIALACCOUNT_ADAPTER = "arvio.web.signing_in.Providers"
# The policy below forbids forms to end elsewhere, and a provider's page is elsewhere.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": _providers()}}


def _smtp() -> Server | None:
    url = env.text("SMTP_URL")
    try:
        return read_url(url) if url else None
    except ValueError as error:
        # The value isn't repeated: it holds a password.
        raise ImproperlyConfigured(
            f"SMTP_URL can't be read: {error}, such as SMTP_URL={env.SETTINGS['SMTP_URL'].example}"
        ) from None


def _sender() -> str:
    sender = env.text("MAIL_FROM")
    if not sender and SMTP is None:
        return "Arvio <reviews@localhost>"
    local, at, host = parseaddr(sender)[1].rpartition("@")
    if not (local and at and host) or not sender.isprintable():
        raise ImproperlyConfigured(
            f"MAIL_FROM is {sender!r}. With SMTP_URL it takes name and address, such as "
            f"MAIL_FROM={env.SETTINGS['MAIL_FROM'].example}"
        )
    return sender


# All mail is written to the outbox first, in the transaction of what it tells of; `arvio work`
# sends it.
SMTP = _smtp()
DEFAULT_FROM_EMAIL = _sender()
EMAIL_BACKEND = "arvio.notify.backend.Outbox"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("fi", "Suomi")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

CSRF_FAILURE_VIEW = "arvio.web.errors.not_trusted"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = not DEMO or _REACHED_AT.scheme == "https"
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

LOGGING = logs.settings(
    form=env.one_of("LOG_FORMAT", *logs.FORMATS),
    level=env.one_of("LOG_LEVEL", "debug", "info", "warning", "error"),
)


def _metrics_token() -> str:
    token = env.text("METRICS_TOKEN")
    if token and len(token) < 16:
        # The value isn't repeated: it is to be a secret.
        raise ImproperlyConfigured(
            f"METRICS_TOKEN has {len(token)} characters. It takes at least 16, and they are to be "
            "random"
        )
    return token


# Figures for Prometheus: docs/watching.md.
METRICS_TOKEN = _metrics_token()
FIGURES_FOLDER = env.text("PROMETHEUS_MULTIPROC_DIR")
WORKER_METRICS = env.address("WORKER_METRICS")
if WORKER_METRICS and not METRICS_TOKEN:
    raise ImproperlyConfigured("WORKER_METRICS is set, so METRICS_TOKEN has to be, for who reads")
SENTRY_DSN = env.for_extra("SENTRY_DSN", extra="sentry", package="sentry_sdk")
OTEL_EXPORTER_OTLP_ENDPOINT = env.for_extra(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    extra="otel",
    package="opentelemetry.exporter.otlp.proto.http",
)
# What the worker starts beside its loop; the room `work` knows nobody who watches it.
WORKER_STARTS = ["arvio.watching.worker.start"]

os.environ.setdefault("ARVIO_CLOCK", "") if DEMO else os.environ.pop("ARVIO_CLOCK", None)
