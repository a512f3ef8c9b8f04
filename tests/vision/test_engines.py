"""Every engine keeps the same promises; those whose packages are not installed are skipped by name."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anpr.errors import InputError, ModelError
from anpr.vision import engines
from anpr.vision.read import cut
from tests.support.scenes import car, overlap

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.vision.engines import Engine

pytestmark = pytest.mark.models

PLATE = (515, 480, 765, 534)
NAMES = {
    "onnx+pair": (),
    "onnx+plate": (),
    "onnx+ppocr": ("rapidocr",),
    "openvino+ppocr": ("openvino", "rapidocr"),
    "ultralytics+easyocr": ("ultralytics", "easyocr", "easyocr_en_models"),
}


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    for module in NAMES[request.param]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{request.param} needs {module}, which is not installed")
    return engines.load(request.param)


def test_a_detector_finds_the_plate_where_it_is(engine: Engine):
    (found,) = engine.detector.detect(car())
    assert 0 < found.confidence <= 1
    assert overlap(found.box, PLATE) > 0.75


def test_a_detector_finds_nothing_on_an_empty_road(engine: Engine):
    assert engine.detector.detect(car()[:400]) == []


def test_a_detector_gives_the_same_answer_twice(engine: Engine):
    assert engine.detector.detect(car()) == engine.detector.detect(car())


def test_a_detector_takes_any_shape_of_picture_and_leaves_it_alone(engine: Engine):
    for shape in ((40, 600, 3), (600, 40, 3), (33, 47, 3)):
        image = np.zeros(shape, np.uint8)
        image.flags.writeable = False
        assert engine.detector.detect(image) == []


def test_a_reader_answers_every_crop_in_order(engine: Engine):
    crop = cut(car("AB 1234"), PLATE, engine.reader.margin)
    other = cut(car("KX 9056"), PLATE, engine.reader.margin)
    tiny = np.zeros((3, 5, 3), np.uint8)
    together = engine.reader.read([crop, tiny, other])
    assert len(together) == 3
    assert together[0].text != together[2].text
    for reading in together:
        assert len(reading.probabilities) == len(reading.text)
        assert all(0 <= probability <= 1 for probability in reading.probabilities)
        assert reading.rows in {1, 2}
        assert reading.text == reading.text.upper().replace(" ", "")


def test_a_reader_reads_nothing_from_nothing(engine: Engine):
    assert engine.reader.read([]) == []


def test_a_reader_reads_a_plain_plate(engine: Engine):
    if engine.name.endswith("easyocr"):
        pytest.skip("EasyOCR is too weak to be held to this: see docs/reference")
    (reading,) = engine.reader.read([cut(car("AB 1234"), PLATE, engine.reader.margin)])
    assert reading.text == "AB1234"
    assert reading.confidence > 0.5


def test_an_unknown_engine_is_refused_with_the_names_there_are():
    with pytest.raises(InputError, match="no engine 'fast'") as caught:
        engines.load("fast")
    assert "onnx+plate" in caught.value.next_step


@pytest.mark.parametrize(("name", "module"), [("openvino+ppocr", "openvino"), ("onnx+easyocr", "easyocr")])
def test_an_engine_whose_packages_are_missing_says_what_to_install(name: str, module: str):
    if importlib.util.find_spec(module) is not None:
        pytest.skip(f"{module} is installed")
    with pytest.raises(ModelError, match=module) as caught:
        engines.load(name)
    assert "pip install 'patrol-anpr[" in caught.value.next_step


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    (tmp_path / "a.onnx").write_text("milk, bread")
    with pytest.raises(ModelError, match="cannot be loaded"):
        engines.load(f"onnx:{tmp_path / 'a.onnx'}+ppocr")
