from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server


class Command(BaseCommand):
    help = (
        "Answer requests, pages and API. HOST, PORT: where; ARVIO_PROCESSES, ARVIO_THREADS: how "
        "many of each."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        check_free(host, port)
        Server(
            "arvio.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.PROCESSES,
            blocking_threads=settings.THREADS,
            log_level=LogLevels.warning,
            # A terminal's Ctrl-C reaches server and worker both, and the second signal that the
            # worker then gets from the server can hang it: in seconds, it is ended all the same.
            workers_kill_timeout=5,
        ).serve()


def check_free(host: str, port: int) -> None:
    """Fail with a sentence while the reason is at hand."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"can't listen on {host}, port {port}: {error}. Set PORT= to another"
        ) from None
