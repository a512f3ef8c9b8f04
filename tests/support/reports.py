"""Reports of cars about their lists, for tests and for looking at pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from anpr import list_messages


def held(
    version: str,
    *,
    name: str = "stolen",
    entries: int = 38,
    age: timedelta = timedelta(minutes=5),
    stale: bool = False,
    too_old: bool = False,
    signed: bool = True,
) -> list_messages.HeldList:
    """One list as a car says that it holds it."""
    return list_messages.HeldList(
        list_name=name,
        version=version,
        as_of=datetime.now(UTC) - age,
        age_s=age.total_seconds(),
        entries=entries,
        signed=signed,
        stale=stale,
        too_old=too_old,
    )


def refusal(
    reason: list_messages.RefusalReason = list_messages.RefusalReason.ROLLBACK,
    words: str = "The offered versions do not follow the held ones: new timestamp version 3 must be >= 5.",
    name: str = "stolen",
) -> list_messages.Refusal:
    """What a car refused."""
    return list_messages.Refusal(list_name=name, at=datetime.now(UTC), reason=reason, words=words)


def report(
    vehicle: str,
    *lists: list_messages.HeldList,
    refusals: tuple[list_messages.Refusal, ...] = (),
    takes: tuple[str, ...] = ("stolen",),
) -> list_messages.ListReport:
    """What a car says of all its lists."""
    return list_messages.ListReport(
        vehicle=vehicle, at=datetime.now(UTC), takes=takes, lists=lists, refusals=refusals
    )
