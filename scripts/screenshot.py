"""Takes a picture of a running terminal with the system's Chromium: screenshot.py URL OUT [WxH].

Opens nothing but the URL; the browser's own errands are switched off and its profile is empty.
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Path of the system's Chromium, None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def launch(playwright: Playwright) -> Browser:
    """Start it, with an empty profile that goes with it."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))


def main() -> int:
    """Open the page, wait until it is live with both sides of a book, let it run, take it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("out", type=Path)
    parser.add_argument("size", nargs="?", default="1600x1000")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long it runs before")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    if chromium() is None:
        sys.stderr.write(f"none of {', '.join(NAMES)} is on the path: install Chromium\n")
        return 1
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.on("console", lambda message: sys.stderr.write(f"console: {message.text}\n"))
        page.goto(given.url)
        page.wait_for_selector('.terminal[data-link="live"] .rung[data-side="buy"]')
        page.wait_for_timeout(given.seconds * 1000)
        page.screenshot(path=given.out)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
