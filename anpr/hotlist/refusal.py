"""What a car says when it does not take a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.errors import PolicyError

if TYPE_CHECKING:
    from anpr.list_messages import RefusalReason


class RefusedError(PolicyError):
    """An offered list was not taken; the one that is held stays as it is."""

    def __init__(self, reason: RefusalReason, words: str) -> None:
        super().__init__(words, "The list that is held stays in use.")
        self.reason = reason
