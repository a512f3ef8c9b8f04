import pytest

from anpr.training.agreement import believed
from anpr.types import Reading


def reading(text, sure=0.9, rows=1):
    return Reading(text, (sure,) * len(text), rows)


def test_two_readers_that_agree_are_believed():
    assert believed(reading("AB1234", 0.5), reading("AB1234", 0.7))


def test_o_and_0_are_no_disagreement():
    assert believed(reading("AB0234", 0.5), reading("ABO234", 0.7))


@pytest.mark.parametrize(
    ("own", "general"),
    [
        (reading("AB1234", 0.3), reading("AB1234", 0.9)),
        (reading("AB1234"), reading("AB1235", 0.9)),
        (reading("AB1234567"), reading("AB1235", 0.99)),
        (reading("AB1234", rows=2), reading("AB1235", 0.99)),
        (reading("AB1"), reading("AB1", 0.99)),
        (reading("粤B1234"), reading("粤B1234", 0.99)),
        (reading(""), reading("")),
    ],
)
def test_doubt_is_no_label(own, general):
    assert not believed(own, general)


def test_a_very_sure_second_reader_is_believed_alone():
    assert believed(reading("AB1234", 0.5), reading("AB1235", 0.99))
