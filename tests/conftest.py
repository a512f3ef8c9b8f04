"""Logs go where each test can see them, whatever an earlier test has configured."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def plain_log() -> None:
    structlog.reset_defaults()
