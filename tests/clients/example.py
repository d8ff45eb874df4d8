"""The example portal, as its reader starts it, on a port of its own beside a live server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from arvio.people.actions import create_key
from arvio_client import Client
from examples.marketplace.portal import Portal, serve
from tests import cast


@contextmanager
def running(
    stage: cast.Stage, arvio: str, folder: Path, secrets: list[str] | None = None
) -> Iterator[tuple[str, Portal]]:
    """The portal's address, listed with the stage's marketplace, and the portal itself."""
    marketplace = stage.marketplace
    key = create_key(kind="server", marketplace_id=marketplace.pk, name="p", now=cast.LONG_AGO)
    with Client(arvio, marketplace.slug, key=key, secret=marketplace.jwt_secret) as client:
        portal = Portal(
            client=client,
            arvio=arvio,
            state=folder / "portal.json",
            plan="commercial",
            secrets=secrets or [],
        )
        server = serve(portal, 0)
        url = f"http://127.0.0.1:{server.server_port}"
        marketplace.frame_hosts = marketplace.origins = [url]
        marketplace.save(update_fields=["frame_hosts", "origins"])
        portal.begin()
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield url, portal
        finally:
            server.shutdown()
            server.server_close()
