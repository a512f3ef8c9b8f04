"""The officer's screen, in a real browser: a hit is there at once, and every word of the officer counts."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from anpr import topics
from anpr.edge.alerts import Alert
from anpr.edge.hits import make_hit, new_id, screen_crop
from anpr.edge.screen.server import Screen
from anpr.errors import ConfigError, LinkError
from anpr.messages import Outcome, Verdict
from anpr.types import Category, Match
from anpr.wire import Clock
from tests.edge.scripted import entry, make_car, plate_picture, read
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from anpr.edge.car import Car

LISTED = entry("AB 1234")
BLINK_MS = 400
BUTTONS = {
    "Correct": Outcome.CORRECT,
    "Misread": Outcome.MISREAD,
    "Wrong vehicle": Outcome.WRONG_CLASS,
    "Out of date": Outcome.OUT_OF_DATE,
    "Not now": Outcome.NOT_NOW,
}
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Car]:
    """A car that watches an empty street."""
    scripted = make_car(tmp_path, [], [LISTED, entry("XY 1", 2)], endless=True)
    stop = threading.Event()
    thread = threading.Thread(target=scripted.run, args=(stop,))
    thread.start()
    yield scripted
    stop.set()
    thread.join(20)
    scripted.close()


@pytest.fixture
def screen(car: Car) -> Iterator[Screen]:
    served = Screen(car, "127.0.0.1", 0)
    served.start()
    yield served
    served.stop()


def alert(car: Car, plate: str = "AB 1234", priority: int = 1, **changes: object) -> str:
    """Puts an alert before the officer, as the stage loop does."""
    listed = entry(plate, priority, **changes.pop("entry", {}))  # type: ignore[arg-type]
    match = Match(
        listed,
        changes.pop("kind", "exact"),
        "v7",
        changes.pop("list_age_s", 60.0),
        changes.pop("differing", None),
    )
    seen = read(changes.pop("raw", listed.key), **changes)
    hit = make_hit(seen, match, car.who, Clock.NTP)
    stale = match.list_age_s > car.settings.stale_after_s
    car.alerts.put(Alert(hit, screen_crop(seen.crop), yellow=True, stale=stale, mono_ns=seen.mono_ns))
    return hit.id


def verdicts(car: Car) -> list[Verdict]:
    rows = [row for row in car.outbox.due(100) if row.topic == topics.VERDICT.name]
    return [Verdict.model_validate_json(row.payload) for row in rows]


# --- the server ---------------------------------------------------------------------------------


def test_a_page_of_another_site_can_neither_read_nor_judge(car: Car, screen: Screen) -> None:
    hit = alert(car)
    address = f"http://127.0.0.1:{screen.port}"
    said = {"hit": hit, "outcome": "not_now"}
    with httpx.Client(base_url=address) as client:
        for path in ("/", "/driver", "/events", f"/crop/{hit}.jpg", "/static/crew.js"):
            assert client.get(path, headers={"host": "evil.example"}).status_code == 421
        for origin in (
            "http://evil.example",
            "null",
            "http://127.0.0.1:1",
            f"https://127.0.0.1:{screen.port}",
        ):
            assert client.post("/verdict", json=said, headers={"origin": origin}).status_code == 403
        assert client.post("/verdict", json=said).status_code == 403, "no origin is no page of ours"
        assert car.alerts.find(hit).outcome is None
        assert client.post("/verdict", json=said, headers={"origin": address}).status_code == 204
    assert car.alerts.find(hit).outcome is Outcome.NOT_NOW


def test_nothing_of_a_hit_stays_in_a_browser(car: Car, screen: Screen) -> None:
    hit = alert(car)
    answer = httpx.get(f"http://127.0.0.1:{screen.port}/crop/{hit}.jpg")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.content.startswith(b"\xff\xd8")


def test_what_is_not_there_is_said_with_the_next_step(screen: Screen) -> None:
    address = f"http://127.0.0.1:{screen.port}"
    assert httpx.get(f"{address}/crop/{new_id()}.jpg").status_code == 404
    answer = httpx.post(
        f"{address}/verdict", json={"hit": new_id(), "outcome": "correct"}, headers={"origin": address}
    )
    assert (answer.status_code, answer.json()["next_step"]) == (404, "Reload the page.")


@pytest.mark.parametrize("said", [{"seconds": 601}, {"seconds": -1}, {"seconds": "x"}, {}])
def test_a_mute_without_an_end_is_refused(car: Car, screen: Screen, said: dict[str, object]) -> None:
    address = f"http://127.0.0.1:{screen.port}"
    assert httpx.post(f"{address}/mute", json=said, headers={"origin": address}).status_code == 422
    assert car.alerts.muted_s == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])  # noqa: S104 - refused
def test_it_never_listens_where_others_could_reach_it(car: Car, host: str) -> None:
    with pytest.raises(ConfigError, match="no log-in"):
        Screen(car, host, 0)


def test_a_taken_port_is_named(car: Car) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(LinkError, match="--screen-port"):
        Screen(car, "127.0.0.1", other.getsockname()[1])


# --- the pages ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, screen: Screen) -> Iterator[Page]:
    """The crew's page, open and idle; complaints of the browser fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    # A refused verdict is a failed request to the browser; the page itself shows it.
    opened.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type == "error" and "507" not in said.text else None
        ),
    )
    opened.goto(f"{screen.address}/")
    opened.get_by_role("heading", name="Watching").wait_for()
    yield opened
    context.close()
    assert complaints == []


def shown(page: Page) -> str:
    return page.locator("#listed-face").inner_text()


def sound_says(page: Page) -> str:
    return page.locator("#sound").inner_text()


def ready(page: Page) -> None:
    """Waits until the buttons take a tap again."""
    page.locator("#verdicts:not(.guarded)").wait_for()


@pytest.mark.browser
def test_an_empty_street_looks_calm_and_shows_counts_only(page: Page) -> None:
    text = page.inner_text("body")
    assert "front camera 0 frames/s, 2 listed plates" in text
    assert "AB 1234" not in text


@pytest.mark.browser
def test_a_hit_is_on_the_glass_within_a_blink(car: Car, page: Page) -> None:
    hit = alert(car)
    page.get_by_role("heading", name="Stolen").wait_for()
    wait_for(lambda: len(car.figures.to_screen) == 1, what="the browser's word")
    assert car.figures.to_screen.percentile_ms(100) < BLINK_MS
    text = page.locator("#alert").inner_text()
    for words in (
        "Priority 1 · Stop at once",
        "Exact match",
        "Taken from a car park in Mong Kok",
        "Private car",
        "Regional Crime Unit · RCU 26-0042",
        "v7 · 1 min old",
        "Confirm by eye, and confirm that the record is current.",
    ):
        assert words in text
    assert "STALE" not in text
    assert page.locator("#shape").get_attribute("href").endswith("#p1")
    width = page.locator("#crop").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == plate_picture().shape[1], "the very crop, not a smaller one"
    assert hit in page.locator("#crop").get_attribute("src")


@pytest.mark.browser
def test_an_old_list_is_marked_on_the_alert(car: Car, page: Page) -> None:
    alert(car, list_age_s=3 * 86_400.0)
    page.locator("#stale").wait_for()
    assert page.locator("#stale").inner_text() == "STALE LIST · 3 days old"


@pytest.mark.browser
def test_a_near_match_shows_which_character_differs(car: Car, page: Page) -> None:
    alert(car, "PG 7042", 2, raw="PG7041", kind="near", differing=5)
    page.get_by_text("NEAR match").wait_for()
    assert page.locator("#raw mark").all_inner_texts() == ["1"]
    assert page.locator("#listed-face mark").all_inner_texts() == ["2"]


@pytest.mark.browser
def test_a_wildcard_match_says_so_beside_the_pattern(car: Car, page: Page) -> None:
    alert(car, "PG 70??", 2, raw="PG7041", kind="pattern")
    page.get_by_text("WILDCARD match").wait_for()
    assert page.locator("#listed-face").inner_text() == "PG 70??"
    assert page.locator("#raw mark").count() == 0


@pytest.mark.browser
def test_a_covert_entry_is_never_to_be_stopped_however_urgent(car: Car, page: Page) -> None:
    alert(car, "PG 7042", 1, entry={"covert": True, "person_linked": True})
    page.get_by_text("COVERT · do not stop").wait_for()
    assert page.locator("#priority").inner_text() == "Priority 1 · Report only"
    assert page.get_by_text("Linked to a person").is_visible()
    page.goto(page.url.split("?")[0].rstrip("/") + "/driver")
    page.get_by_text("Report only").wait_for()
    assert page.get_by_text("Stop at once").count() == 0


@pytest.mark.browser
def test_each_button_is_large_and_sends_its_verdict(car: Car, page: Page) -> None:
    given = []
    for label, outcome in BUTTONS.items():
        given.append((alert(car), outcome))
        button = page.get_by_role("button", name=label)
        button.wait_for()
        ready(page)
        button.click()
        page.get_by_role("heading", name="Watching").wait_for()
    assert sorted((said.hit, said.outcome) for said in verdicts(car)) == sorted(given)


@pytest.mark.browser
def test_the_most_urgent_is_shown_first_and_the_next_one_follows_its_verdict(car: Car, page: Page) -> None:
    alert(car, "LC 1", 3, entry={"category": Category.UNLICENSED})
    alert(car, "AB 1234", 1)
    alert(car, "XY 1", 2)
    page.get_by_text("+2 waiting").wait_for()
    order = []
    for _ in range(3):
        order.append(shown(page))
        ready(page)
        page.keyboard.press("1")
        wait_for(lambda: page.locator("#alert").is_hidden() or shown(page) != order[-1], what="the next")
    assert order == ["AB 1234", "XY 1", "LC 1"]
    wait_for(lambda: len(verdicts(car)) == 3, what="three verdicts")
    assert page.locator("#recent .mark").all_inner_texts() == ["LC 1", "XY 1", "AB 1234"]


@pytest.mark.browser
def test_a_finger_on_its_way_does_not_judge_the_alert_that_has_just_come(car: Car, page: Page) -> None:
    alert(car, "LC 1", 3)
    page.get_by_text("Priority 3").wait_for()
    ready(page)
    alert(car, "AB 1234", 1)
    page.get_by_text("Priority 1").wait_for()
    page.keyboard.press("2")
    page.get_by_role("button", name="Misread").click()
    assert verdicts(car) == []
    ready(page)
    page.keyboard.press("2")
    wait_for(lambda: len(verdicts(car)) == 1, what="the verdict")


@pytest.mark.browser
def test_a_judged_alert_can_be_judged_anew(car: Car, page: Page) -> None:
    hit = alert(car)
    car.alerts.judge(hit, Outcome.NOT_NOW)
    page.locator("#recent button").click()
    page.get_by_text("Judged: Not now").wait_for()
    ready(page)
    page.keyboard.press("1")
    wait_for(lambda: car.alerts.find(hit).outcome is Outcome.CORRECT, what="the second word")


@pytest.mark.browser
def test_a_verdict_that_cannot_be_stored_is_said_and_the_alert_stays(car: Car, page: Page) -> None:
    alert(car)
    page.get_by_role("heading", name="Stolen").wait_for()
    car.outbox._connection.execute("PRAGMA query_only=ON")
    ready(page)
    with page.expect_response("**/verdict") as answer:
        page.keyboard.press("1")
    assert answer.value.status == 507
    page.locator("#trouble").wait_for()
    assert "cannot be used" in page.locator("#trouble").inner_text()
    assert shown(page) == "AB 1234"


@pytest.mark.browser
def test_a_hidden_sound_is_offered_and_the_mute_ends_by_itself(car: Car, page: Page) -> None:
    sound = page.locator("#sound")
    assert sound_says(page) == "Tap for sound"
    sound.click()
    wait_for(lambda: sound_says(page) == "Sound on")
    sound.click()
    wait_for(lambda: sound_says(page).startswith("Muted "))
    assert 590 < car.alerts.muted_s <= 600
    car.alerts.mute(0.05)
    wait_for(lambda: sound_says(page) == "Sound on")


@pytest.mark.browser
def test_each_priority_has_its_own_sound_and_only_the_first_breaks_a_mute(car: Car, page: Page) -> None:
    page.locator("#sound").click()
    wait_for(lambda: sound_says(page) == "Sound on")
    page.evaluate(
        "() => { window.heard = []; const make = AudioContext.prototype.createOscillator;"
        " AudioContext.prototype.createOscillator = function () {"
        " const note = make.call(this); window.heard.push(note); return note; }; }"
    )
    tunes = []
    for priority in (4, 3, 2, 1):
        page.evaluate("heard.length = 0")
        alert(car, f"AA {priority}", priority)
        wait_for(lambda: page.evaluate("heard.length") > 0, what="a sound")
        tunes.append(tuple(page.evaluate("heard.map(note => note.frequency.value)")))
    assert len(set(tunes)) == 4
    car.alerts.mute(600)
    page.evaluate("heard.length = 0")
    alert(car, "BB 2", 2)
    page.locator("#waiting .mark", has_text="BB 2").wait_for()
    assert page.evaluate("heard.length") == 0
    alert(car, "BB 1", 1)
    wait_for(lambda: page.evaluate("heard.length") > 0, what="a sound")


@pytest.mark.browser
def test_day_and_night_are_kept(page: Page) -> None:
    seen = []
    for _ in range(3):
        page.locator("#theme").click()
        seen.append((page.locator("#theme").inner_text(), page.locator("html").get_attribute("data-theme")))
    assert seen[:2] == [("Day", "day"), ("Night", "night")]
    assert seen[2][0] == "Auto"
    page.locator("#theme").click()
    page.reload()
    page.get_by_role("heading", name="Watching").wait_for()
    assert page.locator("html").get_attribute("data-theme") == "day"


@pytest.mark.browser
def test_nothing_is_cut_off_and_every_button_is_large_on_any_screen(car: Car, page: Page) -> None:
    alert(car, entry={"reason": "Driver wanted on warrant for robbery; may be armed. Keep distance. " * 3})
    page.get_by_role("heading", name="Stolen").wait_for()
    for width, height in ((1280, 800), (800, 480), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for name in BUTTONS:
            box = page.get_by_role("button", name=name).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
            assert min(box["width"], box["height"]) >= 64
        seen, listed = page.locator(".seen").bounding_box(), page.locator(".listed").bounding_box()
        apart = seen["x"] + seen["width"] <= listed["x"] or seen["y"] + seen["height"] <= listed["y"]
        assert apart, "the two plates do not lie on one another"


@pytest.mark.browser
def test_the_driver_sees_one_symbol_and_one_word(car: Car, screen: Screen, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{screen.address}/driver")
    page.get_by_text("Watching").wait_for()
    alert(car)
    page.get_by_text("Stop at once").wait_for()
    assert page.locator("#symbol").get_attribute("href").endswith("#p1")
    assert "AB 1234" not in page.inner_text("body")
    page.close()


@pytest.mark.browser
def test_a_screen_that_has_lost_the_car_says_so(screen: Screen, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{screen.address}/")
    page.get_by_role("heading", name="Watching").wait_for()
    screen.stop()
    page.get_by_text("Not connected to the car's computer").wait_for()
    page.close()
