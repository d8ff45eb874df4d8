"""The WSGI entry for granian."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from arvio.config.serving import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arvio.config.settings")
application = get_wsgi_application()
limit_statements(database=settings.DATABASES["default"], seconds=settings.DATABASE_TIMEOUT)

from arvio.watching import tracing  # noqa: E402 - Django stands now

tracing.start()
