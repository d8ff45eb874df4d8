"""Which browser tells the stories: one that is installed, else Playwright's own."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def find() -> Path | None:
    """The program of a Chromium, or None."""
    installed = (shutil.which(name) for name in NAMES)
    return next((Path(found) for found in installed if found), None) or playwrights_own()


def playwrights_own() -> Path | None:
    """The Chromium that `playwright install chromium` has fetched, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return program if program.exists() else None


def arguments() -> list[str]:
    """How to start it: the sandbox refuses root, and small machines have a small /dev/shm."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
