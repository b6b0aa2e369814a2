"""A person at a browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
PICTURES = Path(__file__).resolve().parents[2] / "docs/images"
WANTED = os.environ.get("DOCS_PICTURES", "") == "write"
"""Whether the pictures in docs/images are made anew: DOCS_PICTURES=write."""

WINDOW: ViewportSize = {"width": 1280, "height": 800}
# Nothing is asked of the network but what the tests open.
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)
PATIENCE_MS = 30_000


class Person:
    """Somebody with a window.

    Args:
        page: the window.
        url: of Airflow.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        page.set_default_timeout(PATIENCE_MS)

    def somebody_else(self) -> "Person":
        """With a browser of the same kind, and without any cookie."""
        browser = self.page.context.browser
        assert browser is not None
        return Person(browser.new_page(viewport=WINDOW), self.url)

    def goes_to(self, path: str) -> None:
        """Open a page of Airflow."""
        self.page.goto(f"{self.url}{path}")

    def logs_in(self, password: str) -> None:
        """As `admin`, on the page that asks for it."""
        self.page.locator("input[name=username]").fill("admin")
        self.page.locator("input[name=password]").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "login" not in url)

    def sees(self, text: Any) -> None:
        """Wait until the text is on the page, where it can be seen."""
        self.page.get_by_text(text).first.wait_for(state="visible")

    def looks_away(self) -> None:
        """Leave Airflow: a window that is open works on, and asks again and again."""
        self.page.goto("about:blank")

    def reads(self) -> str:
        """All text on the page."""
        return self.page.locator("body").inner_text()

    def keeps_picture(self, name: str, folder: Path, **how: Any) -> Path:
        """A picture of the window, in the documentation when it is wanted and shown there."""
        pages = PICTURES.parent.glob("*.md")
        shown = any(f"images/{name}.png" in page.read_text("utf-8") for page in pages)
        path = (PICTURES if WANTED and shown else folder) / f"{name}.png"
        self.page.screenshot(path=path, **how)
        return path


@contextmanager
def person_at(url: str) -> Iterator[Person]:
    """A new window without any cookie."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            yield Person(browser.new_page(viewport=WINDOW, color_scheme="light"), url)
        finally:
            browser.close()


@contextmanager
def person_logged_in(url: str, password: str) -> Iterator[Person]:
    """The same, who is in Airflow already."""
    with person_at(url) as somebody:
        somebody.goes_to("/")
        somebody.logs_in(password)
        yield somebody
