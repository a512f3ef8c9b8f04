"""The control room's page in a real browser."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from anpr.collector.web import WebServer
from anpr.messages import LinkState, Outcome
from anpr.types import MatchRule
from tests.support.hits import FakeCar
from tests.support.polling import wait_for
from tests.support.reports import held, refusal, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from anpr.broker.server import Broker
    from anpr.collector.centre import Centre
    from tests.support.hits import Publisher

pytestmark = [pytest.mark.broker, pytest.mark.browser]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
LAND_BGR, WATER_BGR = (0x3C, 0x2F, 0x21), (0x20, 0x15, 0x0A)
"""As in mapstyle.js, by night."""
FIRST_PAINT_MS = 60_000
"""WebGL is drawn by the processor here; a graphics card needs a blink."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="NOT TESTED, console: no playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"NOT TESTED, console: no {CHROMIUM}")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def web(centre: Centre) -> Iterator[WebServer]:
    server = WebServer(centre, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


@contextmanager
def opened(browser: Browser, web: WebServer, *, webgl: bool) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", color_scheme="dark"
    )
    if not webgl:
        context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(web.address)
    page.wait_for_selector("#link[data-level=ok]")
    yield page
    context.close()
    assert not [one for one in complaints if "net::ERR_" not in one]


@pytest.fixture
def page(browser: Browser, web: WebServer) -> Iterator[Page]:
    with opened(browser, web, webgl=True) as one:
        yield one


@pytest.fixture
def mapless(browser: Browser, web: WebServer) -> Iterator[Page]:
    """The page as it is without WebGL; also the faster one where the map does not matter."""
    with opened(browser, web, webgl=False) as one:
        yield one


def test_a_hit_appears_without_a_reload_and_opens_in_full(
    page: Page, publisher: Callable[..., Publisher]
) -> None:
    assert "No hits yet" in page.inner_text("#empty")
    page.evaluate("window.notReloaded = true")
    car = FakeCar("car-9")
    link = publisher("car-9")
    link.send(car.status(LinkState.ONLINE))
    link.send(car.position(22.3193, 114.1694))
    link.send(car.health(waiting=3))
    hit = car.hit("AB 1234", raw="AB1Z34", differing=3, reason="<b>bold</b>")
    link.send(hit)
    page.wait_for_selector(f"#hits li[data-id='{hit.id}']")
    assert page.evaluate("window.notReloaded")
    row = page.inner_text("#hits li")
    assert all(word in row for word in ("Stolen", "Mong Kok", "car-9", "Near match", "No verdict yet"))
    wait_for(lambda: page.evaluate("document.querySelector('#hits .crop').naturalWidth") > 0, what="the crop")
    wait_for(lambda: page.inner_text("#n-hits") == "1", what="the counter")

    page.keyboard.press("ArrowDown")
    detail = page.inner_text("#detail")
    assert all(word in detail for word in ("AB1Z34", "AB 1234", "<b>bold</b>", hit.read.frame_sha256[:40]))
    assert "A hit is a pointer, not a cause" in detail
    assert "confirm that the record is current" in detail
    assert "No verdict yet" in detail
    link.send(car.verdict(hit))
    page.wait_for_selector("#detail .verdict.correct")
    page.wait_for_selector("#hits .verdict.correct")
    page.keyboard.press("Escape")
    assert page.is_hidden("#detail")

    told = ("car-9", "Online", "29 fps", "1 h old", "3")
    wait_for(lambda: all(word in page.inner_text("#cars") for word in told), what="the car's card")


def test_on_a_telephone_the_map_lies_above_the_hits_and_a_chosen_hit_over_both(
    page: Page, web: WebServer, publisher: Callable[..., Publisher]
) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    car = FakeCar("car-9")
    link = publisher("car-9")
    link.send(car.status(LinkState.ONLINE))
    link.send(car.position(22.3193, 114.1694))
    hit = car.hit("AB 1234")
    link.send(hit)
    page.wait_for_selector(f"#hits li[data-id='{hit.id}']")
    stage, hits = page.locator(".stage").bounding_box(), page.locator("#hits").bounding_box()
    assert stage is not None
    assert hits is not None
    assert stage["width"] == hits["width"] == 480
    assert stage["height"] > 300
    assert stage["y"] + stage["height"] <= hits["y"]
    page.locator("#hits button").click()
    assert page.locator("#detail").bounding_box() == {"x": 0, "y": 0, "width": 480, "height": 900}
    page.get_by_role("button", name="Show on map").click()
    assert page.is_hidden("#detail")
    for path in ("/", "/fleet", "/tasks"):
        page.goto(web.address + path)
        page.wait_for_selector("#link[data-level=ok]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 480, path


@pytest.mark.parametrize("width", [821, 900, 1040, 1240])
def test_on_half_a_screen_no_button_of_the_bar_is_cut_off(page: Page, web: WebServer, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    for path in ("/", "/fleet", "/tasks"):
        page.goto(web.address + path)
        page.wait_for_selector("#link[data-level=ok]")
        for part in page.locator(".bar :is(button, a, dd):visible").all():
            box = part.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width, (path, part.inner_text())


def test_a_covert_hit_by_wildcards_says_both_in_the_list_and_in_full(
    page: Page, publisher: Callable[..., Publisher]
) -> None:
    hit = FakeCar("car-9").hit("AB 12??", raw="AB1234")
    loose = hit.model_copy(
        update={"match": MatchRule.PATTERN, "entry": hit.entry.model_copy(update={"covert": True})}
    )
    publisher("car-9").send(loose)
    page.wait_for_selector(f"#hits li[data-id='{hit.id}']")
    row = page.inner_text("#hits li")
    assert all(word in row for word in ("Wildcard match", "Covert"))
    page.keyboard.press("ArrowDown")
    detail = page.inner_text("#detail")
    assert "this may be another vehicle" in detail
    assert "Report, do not stop" in detail


def test_the_map_is_drawn_from_this_machine_alone(page: Page, web: WebServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("body[data-map=ready]", timeout=FIRST_PAINT_MS)
    assert any("hong-kong-coast" in url for url in asked)
    assert not [url for url in asked if not re.match(rf"{web.address}/|blob:|data:", url)]
    assert "GSHHG" in page.inner_text(".maplibregl-ctrl-attrib")
    picture = cv2.imdecode(np.frombuffer(page.locator("#map").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    land = np.all(np.abs(picture.astype(int) - LAND_BGR) < 3, axis=2).mean()
    water = np.all(np.abs(picture.astype(int) - WATER_BGR) < 3, axis=2).mean()
    assert land > 0.2
    assert water > 0.2


def test_without_webgl_the_list_works_on(mapless: Page, publisher: Callable[..., Publisher]) -> None:
    mapless.wait_for_selector("#no-map:not([hidden])")
    assert "needs WebGL" in mapless.inner_text("#no-map")
    publisher("car-1").send(FakeCar("car-1").hit("CD 5678"))
    mapless.wait_for_selector("#hits li")
    mapless.click("#hits .hit")
    assert "CD 5678" in mapless.inner_text("#detail")


def test_a_lost_link_is_said_and_what_came_meanwhile_appears(
    mapless: Page, centre: Centre, web: WebServer, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    web.stop()
    mapless.wait_for_selector("#link[data-level=fail]")
    assert "lost" in mapless.inner_text("#banner")
    hits = [car.hit(f"AB {number}") for number in (1001, 1002)]
    for hit in hits:
        link.send(hit)
    link.wait_receipted()
    assert mapless.query_selector("#hits li") is None
    again = WebServer(centre, "127.0.0.1", web.port)
    again.start()
    mapless.wait_for_selector("#link[data-level=ok]")
    wait_for(lambda: len(mapless.query_selector_all("#hits li")) == len(hits), what="what came meanwhile")
    assert mapless.is_hidden("#banner")
    again.stop()


def test_a_dead_broker_is_said_in_words(mapless: Page, broker: Broker) -> None:
    broker.kill()
    mapless.wait_for_selector("#link[data-level=warn]")
    assert "No messages arrive" in mapless.inner_text("#banner")
    broker.restart()
    mapless.wait_for_selector("#link[data-level=ok]")


def test_what_was_not_understood_can_be_seen(mapless: Page, publisher: Callable[..., Publisher]) -> None:
    publisher("car-1").send_bytes("anpr/v1/test/car/car-1/hit", b"broken")
    wait_for(lambda: mapless.inner_text("#n-rejects") == "1", what="the counter")
    mapless.click("#rejects")
    mapless.wait_for_selector("#dialog td")
    assert "Invalid JSON" in mapless.inner_text("#dialog")


def test_what_had_to_make_way_is_said_where_the_rest_is_seen(
    mapless: Page, centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    link = publisher("car-1")
    room = centre.settings.max_reject_bytes
    for number in range(6):
        link.send_bytes("anpr/v1/test/car/car-1/hit", str(number).encode().ljust(room // 5, b"."))
    wait_for(lambda: centre.store.counts().rejects_dropped > 0, what="the first to make way")
    mapless.click("#rejects")
    mapless.wait_for_selector("#dialog .dropped")
    assert "had to make room on the disk" in mapless.inner_text("#dialog")


def test_the_fleet_page_says_which_car_holds_which_list(
    mapless: Page, web: WebServer, publisher: Callable[..., Publisher]
) -> None:
    link = publisher("car-1")
    link.send(report("car-1", held("1-0123abcd")))
    link.send(report("car-2", held("1-0123abcd", too_old=True), refusals=(refusal(),)))
    mapless.goto(f"{web.address}/fleet")
    mapless.wait_for_selector("tr[data-car='car-2']")
    second = mapless.inner_text("tr[data-car='car-2']")
    assert all(word in second for word in ("Too old, no alerts", "1-0123abcd", "Older than the one held"))
    mapless.click("#trouble")
    mapless.wait_for_selector("tr[data-car='car-1']", state="detached")


def test_a_task_is_answered_with_name_and_reason_on_its_page(
    mapless: Page, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    hit = car.hit("AB 1234", reason="<b>bold</b>")
    link.send(hit)
    link.send(car.verdict(hit, Outcome.OUT_OF_DATE))
    mapless.wait_for_selector("#n-tasks:not([hidden])")
    mapless.click("nav a[href='/tasks']")
    mapless.wait_for_selector("#task form")
    told = mapless.inner_text("#task")
    assert all(
        word in told for word in ("Traffic Kowloon West", "<b>bold</b>", "anpr hotlist recall", "PC 58213")
    )
    mapless.click("button.act")
    assert "Close this task" in mapless.inner_text("#task"), "a name and a reason are asked for first"
    mapless.fill("#person", "Insp Lee")
    mapless.fill("#reason", "Found yesterday; the record is corrected")
    mapless.click("button.act")
    mapless.wait_for_selector(".steps li[data-kind=closed]")
    assert "Found yesterday" in mapless.inner_text("#task")
    assert "Open it again" in mapless.inner_text("#task")
    assert "is whole" in mapless.inner_text("#record")


def test_day_and_night_are_remembered(mapless: Page) -> None:
    before = mapless.get_attribute("html", "data-theme")
    mapless.keyboard.press("t")
    after = mapless.get_attribute("html", "data-theme")
    assert {before, after} == {"day", "night"}
    mapless.reload()
    wait_for(lambda: mapless.get_attribute("html", "data-theme") == after, what="the theme")
