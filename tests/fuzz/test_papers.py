"""Whatever lies in the place of a certificate, a request or the register: it is taken or refused in words."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.broker import papers
from anpr.errors import AnprError
from anpr.fleet import identity, register, requests
from tests.fleet.people import Fleet
from tests.fuzz.budget import BUDGET, in_words
from tests.fuzz.mutations import damaged, payloads

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    fleet = Fleet(tmp_path_factory.mktemp("fleet") / "ca")
    fleet.broker()
    fleet.car()
    requests.make(fleet.directory.parent / "car-2", "car-2")
    return fleet


@BUDGET
@given(data=st.data())
def test_a_member_reads_its_papers_or_says_what_is_wrong(fleet: Fleet, tmp_path: Path, data: st.DataObject):
    shutil.copytree(fleet.authority.folder("car-1"), tmp_path, dirs_exist_ok=True)
    name = data.draw(st.sampled_from((identity.ROOT_FILE, identity.CERTIFICATE_FILE, identity.KEY_FILE)))
    (tmp_path / name).write_bytes(data.draw(damaged((tmp_path / name).read_bytes()) | st.binary(max_size=99)))
    for look in (identity.papers, identity.context):
        try:
            look(tmp_path)
        except AnprError as error:
            in_words(error)


@BUDGET
@given(data=st.data())
def test_a_broker_reads_its_papers_or_says_what_is_wrong(fleet: Fleet, tmp_path: Path, data: st.DataObject):
    shutil.copytree(fleet.authority.folder("broker-1"), tmp_path, dirs_exist_ok=True)
    name = data.draw(st.sampled_from(papers.FILES))
    (tmp_path / name).write_bytes(data.draw(damaged((tmp_path / name).read_bytes()) | st.binary(max_size=99)))
    try:
        papers.read(tmp_path)
    except AnprError as error:
        in_words(error)


@BUDGET
@given(data=st.data())
def test_a_request_is_signed_as_it_was_made_or_refused(fleet: Fleet, data: st.DataObject):
    genuine = (fleet.directory.parent / "car-2" / requests.REQUEST_FILE).read_bytes()
    key = requests.accept(genuine, "car-2")
    try:
        assert requests.accept(data.draw(damaged(genuine) | st.binary(max_size=99)), "car-2") == key
    except AnprError as error:
        in_words(error)


@BUDGET
@given(data=st.data())
def test_a_register_is_read_or_refused(fleet: Fleet, tmp_path: Path, data: st.DataObject):
    genuine = (fleet.directory / register.FILE_NAME).read_bytes()
    (tmp_path / register.FILE_NAME).write_bytes(data.draw(payloads(genuine)))
    try:
        book = register.load(tmp_path)
    except AnprError as error:
        in_words(error)
        return
    for one in book.issued:
        one.state(datetime.now(UTC))
