"""The command `arvio`: the project's manage.py under a name."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arvio.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["arvio", *sys.argv[1:]])


if __name__ == "__main__":
    main()
