"""A hit carries the very crop that was read, small enough for a thin line, with place and clock."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from anpr.edge.hits import HIT_BYTES, WIRE_CROP_BYTES, Identity, looks_yellow, make_hit, new_id, wire_crop
from anpr.messages import Hit
from anpr.types import Candidate, Fix, FixSource, Match
from anpr.wire import Clock
from tests.edge.scripted import NOW, entry, plate_picture, read

WHO = Identity("car-1", new_id())


def noise(height_px: int, width_px: int) -> np.ndarray:
    """The picture that compresses worst."""
    return np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3), np.uint8)


def test_a_hit_says_what_was_seen_what_is_listed_and_where() -> None:
    fix = Fix(22.3, 114.2, NOW, FixSource.HELD, accuracy_m=5.0, speed_m_s=10.0, heading_deg=90.0)
    seen = read("AB1234", fix=fix, alternatives=(Candidate("A81234", 0.02),))
    hit = make_hit(seen, Match(entry("AB 1234"), "exact", "v1", 60.0), WHO, Clock.GPS)
    again = Hit.model_validate_json(hit.model_dump_json())
    assert again == hit
    assert (hit.read.raw, hit.entry.plate) == ("AB1234", "AB 1234")
    assert hit.read.alternatives[0].text == "A81234"
    assert hit.place.source is FixSource.HELD
    assert hit.read.frame_sha256 == seen.frame_sha256
    assert hit.clock is Clock.GPS


def test_the_crop_that_is_sent_is_the_one_that_was_read_and_its_hash_proves_it() -> None:
    hit = make_hit(read("AB1234"), Match(entry("AB 1234"), "exact", "v1", 60.0), WHO, Clock.NTP)
    assert hashlib.sha256(hit.read.crop_jpeg).hexdigest() == hit.read.crop_sha256
    sent = cv2.imdecode(np.frombuffer(hit.read.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(sent.astype(int) - plate_picture("AB1234")).mean() < 6


@pytest.mark.parametrize("size", [(20, 60), (44, 190), (400, 900), (1080, 1920), (2, 2000)])
def test_no_crop_is_too_large_for_the_line(size: tuple[int, int]) -> None:
    assert len(wire_crop(noise(*size))) <= WIRE_CROP_BYTES


def test_the_longest_hit_there_can_be_stays_below_the_limit() -> None:
    long = entry("W" * 32, reason="事" * 900, owner="部" * 300, source="源" * 300)
    seen = read("W" * 32, crop=noise(400, 900), alternatives=(Candidate("V" * 32, 0.1),) * 4)
    hit = make_hit(seen, Match(long, "exact", "v" * 128, 60.0), WHO, Clock.NTP)
    assert len(hit.model_dump_json().encode()) < HIT_BYTES


def test_a_yellow_plate_is_told_from_a_white_one() -> None:
    assert looks_yellow(plate_picture(yellow=True))
    assert not looks_yellow(plate_picture())
