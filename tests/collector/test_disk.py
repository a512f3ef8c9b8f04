"""A full disk stops the receipts and loses nothing; when there is room again, everything arrives."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest

from anpr.collector.centre import Centre
from anpr.collector.crops import Crops, check
from anpr.errors import InputError, StorageError
from tests.support.hits import FakeCar, crop_jpeg
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.config import CentreSettings
    from tests.support.hits import Publisher

DISK = "2m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("NOT TESTED, full disk: mounting a small tmpfs is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


@pytest.mark.broker
def test_a_full_disk_stops_the_receipts_and_loses_nothing(
    small_disk: Path, settings: CentreSettings, publisher: Callable[..., Publisher]
) -> None:
    centre = Centre(settings.model_copy(update={"data_dir": small_disk / "centre"}))
    centre.start()
    try:
        wait_for(lambda: centre.condition().connected, what="the connection")
        car = FakeCar("car-1")
        link = publisher("car-1")
        first = car.hit("AB 1")
        link.send(first)
        link.wait_receipted()

        filler = fill(small_disk)
        hits = [car.hit(f"AB {number}") for number in range(1000, 1100)]
        for hit in hits:
            link.send(hit)
        wait_for(lambda: centre.condition().trouble is not None, what="the complaint")
        trouble = centre.condition().trouble
        assert trouble is not None
        assert "No space left" in trouble.message or "full" in trouble.message
        assert "disk space" in trouble.next_step
        assert link.receipts == [first.id]
        assert len(link.waiting) == len(hits)

        filler.unlink()
        link.wait_receipted()
        assert centre.condition().trouble is None
        assert sorted(one.hit.id for one in centre.store.hits(1000)) == sorted(
            [first.id, *(hit.id for hit in hits)]
        )
    finally:
        centre.stop()


def test_a_crop_is_whole_or_not_there(small_disk: Path) -> None:
    crops = Crops(small_disk / "crops.db")
    jpeg = crop_jpeg("AB 1234")
    sha256 = hashlib.sha256(jpeg).hexdigest()
    filler = fill(small_disk)
    with pytest.raises(StorageError, match=r"crops\.db: .*(full|I/O)"):
        crops.put_all({sha256: jpeg})
    assert crops.get(sha256) is None
    filler.unlink()
    crops.put_all({sha256: jpeg})
    crops.put_all({sha256: jpeg})
    assert crops.get(sha256) == jpeg
    crops.close()


def test_a_crop_that_is_not_what_its_hash_names_is_refused(tmp_path: Path) -> None:
    crops = Crops(tmp_path / "crops.db")
    jpeg = crop_jpeg("AB 1234")
    good = {hashlib.sha256(jpeg).hexdigest(): jpeg}
    with pytest.raises(InputError, match="not the one its hash names"):
        crops.put_all(good | {hashlib.sha256(b"another").hexdigest(): jpeg})
    with pytest.raises(InputError, match="not a JPEG"):
        check(b"GIF89a", hashlib.sha256(b"GIF89a").hexdigest())
    assert crops.get(next(iter(good))) is None, "all of a batch or nothing"
    crops.close()


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path, settings: CentreSettings) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be made: Not a directory"):
        Centre(settings.model_copy(update={"data_dir": tmp_path / "file" / "centre"}))


def test_a_store_that_is_no_database_is_named(tmp_path: Path, settings: CentreSettings) -> None:
    data = tmp_path / "other"
    data.mkdir()
    (data / "centre.db").write_text(
        "these are my notes, not a database, and long enough to be read as a page"
    )
    with pytest.raises(StorageError, match=r"centre\.db cannot be opened: file is not a database"):
        Centre(settings.model_copy(update={"data_dir": data}))
