"""The command `arvio`: the project's manage.py under a name."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arvio.config.settings")
    if sys.argv[1:2] == ["demo"]:
        # The demo brings its own settings, and Django reads settings first of all.
        from arvio.demo.ground import prepare

        prepare()
    from arvio.audit import offline

    if offline.asked(sys.argv[1:]):
        offline.main(sys.argv[2:])
        return
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from arvio.config import shared_figures

    counting = shared_figures.one_folder() if sys.argv[1:2] == ["serve"] else nullcontext()
    try:
        with counting:
            execute_from_command_line(["arvio", *sys.argv[1:]])
    except ImproperlyConfigured as error:
        sys.exit(f"arvio: {error}")
    except Exception as error:
        from arvio.outage import outage

        if outage(error) is None:
            raise
        reason = str(error).strip().partition("\n")[0]
        sys.exit(f"arvio: the database can't be used: {reason}. `arvio doctor` says more")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output (`head`, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
