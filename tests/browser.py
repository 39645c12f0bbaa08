"""A browser for the tests of pages: the one that is installed, without a window."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from waiting import PATIENCE_S

EXECUTABLE: Final = shutil.which("chromium") or shutil.which("google-chrome")
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
needs_browser: Final = pytest.mark.skipif(
    EXECUTABLE is None, reason="chromium is not installed (Debian package chromium)"
)
expect.set_options(timeout=PATIENCE_S * 1000)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start it, and end it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=EXECUTABLE, headless=True, args=_FLAGS)
        yield started
        started.close()


@contextmanager
def patient(started: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Give a context of a browser, in which nothing is missed for want of time; options as of `new_context`."""
    context = started.new_context(**options)
    context.set_default_timeout(PATIENCE_S * 1000)
    yield context
    context.close()


@contextmanager
def standing_still(page: Page) -> Iterator[None]:
    """Stop the clock of a page: what it does after a while it does when `page.clock.run_for` says so."""
    page.clock.install(time=0)
    page.clock.pause_at(60_000)
    yield
    page.clock.resume()


@contextmanager
def quiet(page: Page, *expected: str) -> Iterator[None]:
    """Hold a page to it that nothing fails in it, and that it asks for nothing but what begins as expected."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield
    assert [url for url in asked if not url.startswith((*expected, "data:", "about:"))] == []
    assert problems == []


def keep(page: Page, name: str) -> None:
    """Take a picture if somebody wants to look."""
    folder = os.environ.get("GEO_SCREENSHOTS")
    if folder:
        scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
        page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
