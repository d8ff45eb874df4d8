"""Arvio's own settings under a test's environment, so that no test reads this machine's."""

import os

os.environ.update(
    {
        "ARVIO_DEMO": "no",
        "SECRET_KEY": "only-for-the-tests-" + "x" * 40,
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "BASE_URL": "http://testserver",
        "ARVIO_CLOCK": "",
        "SMTP_URL": "",
        "MAIL_FROM": "Arvio <reviews@store.example>",
    }
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

from arvio.config.settings import *  # noqa: F403 - the environment above comes first
from arvio.config.settings import DATABASES

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because threads on connections of their own must meet in it.
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}

# Making a person takes a quarter of a second with the real hasher, and hundreds are made.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
