"""Takes the pictures of the screens that the README shows, from the running demo.

usage: python docs/screens.py [DIRECTORY]
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from anpr.demo import Demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
#: WebGL in software, for the map, on machines without a graphics card.
CHROMIUM = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
)
HITS = 4


def screen(browser: Browser, address: str, path: Path) -> None:
    """The first alert of a car, on a tablet in the car."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.get_by_role("button", name="Correct").wait_for(timeout=120_000)
    page.wait_for_timeout(800)
    page.screenshot(path=path)
    page.get_by_role("button", name="Correct").click()
    page.close()


def console(browser: Browser, address: str, path: Path) -> None:
    """The control room with some hits and one of them open."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page.goto(address)
    hits = page.locator("#hits button")
    hits.nth(HITS - 1).wait_for(timeout=180_000)
    page.locator("body[data-map=ready]").wait_for(timeout=60_000)
    hits.nth(0).click()
    page.wait_for_timeout(2500)
    page.screenshot(path=path)
    page.close()


def main(directory: Path) -> None:
    """Runs the demo and takes both pictures."""
    directory.mkdir(parents=True, exist_ok=True)
    show = Demo(ROOT / "sample_videos", ROOT / ".demo", seconds=None)
    with show.running(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=list(CHROMIUM)
        )
        screen(browser, show.screens()["car-a"], directory / "screen-alert.png")
        console(browser, show.console, directory / "console.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images")
