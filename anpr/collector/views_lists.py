"""What the API shows of hotlists: which car holds which version, and what owners have to answer."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from anpr.collector.views import View
from anpr.list_messages import Refusal  # noqa: TC001 - pydantic reads them at run time
from anpr.messages import Entry, LinkState  # noqa: TC001 - pydantic reads them at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anpr.collector.publications import Publication
    from anpr.collector.store import CarState
    from anpr.collector.tasks import Task
    from anpr.list_messages import HeldList


class Holding(StrEnum):
    """How a car stands with a list, worst first."""

    MISSING = "missing"
    TOO_OLD = "too_old"
    STALE = "stale"
    BEHIND = "behind"
    CURRENT = "current"
    BY_HAND = "by_hand"


class CarListView(View):
    """One list in one car; ``age_s`` counts from the last time the car heard that it is the newest."""

    list_name: str
    holding: Holding
    version: str | None
    as_of: datetime | None
    age_s: float | None
    entries: int | None


class CarListsView(View):
    """The lists of one car, as it last reported them."""

    vehicle: str
    state: LinkState | None
    last_seen_at: datetime | None
    reported_at: datetime
    lists: tuple[CarListView, ...]
    refusals: tuple[Refusal, ...]


class PublishedView(View):
    """One list: its newest published version, and how many of the cars that take it hold that."""

    list_name: str
    version: str | None
    as_of: datetime | None
    good_until: datetime | None
    signers: tuple[str, ...]
    recalled: int
    cars: int
    holding: dict[Holding, int]
    refused: int


class ListsView(View):
    """All lists and all cars."""

    now: datetime
    lists: tuple[PublishedView, ...]
    cars: tuple[CarListsView, ...]

    @classmethod
    def of(cls, cars: Sequence[CarState], published: Mapping[str, Publication], now: datetime) -> ListsView:
        """Measures each car's last report against what is published."""
        views = tuple(_car(car, published, now) for car in cars if car.lists is not None)
        names = {*published, *(one.list_name for car in views for one in car.lists)}
        return cls(
            now=now,
            lists=tuple(_list(name, published.get(name), views) for name in sorted(names)),
            cars=views,
        )


def _car(car: CarState, published: Mapping[str, Publication], now: datetime) -> CarListsView:
    report = car.lists
    assert report is not None  # noqa: S101 - the caller looked
    held = {one.list_name: one for one in report.lists}
    names = sorted({*held, *report.takes})
    return CarListsView(
        vehicle=car.vehicle,
        state=car.status.state if car.status else None,
        last_seen_at=car.last_seen_at,
        reported_at=report.at,
        lists=tuple(_car_list(name, held.get(name), published.get(name), now) for name in names),
        refusals=report.refusals,
    )


def _car_list(name: str, held: HeldList | None, newest: Publication | None, now: datetime) -> CarListView:
    if held is None:
        return CarListView(
            list_name=name, holding=Holding.MISSING, version=None, as_of=None, age_s=None, entries=None
        )
    if held.too_old:
        holding = Holding.TOO_OLD
    elif held.stale:
        holding = Holding.STALE
    elif not held.signed:
        holding = Holding.BY_HAND
    else:
        behind = newest is not None and newest.version != held.version
        holding = Holding.BEHIND if behind else Holding.CURRENT
    return CarListView(
        list_name=name,
        holding=holding,
        version=held.version,
        as_of=held.as_of,
        age_s=max(0.0, (now - held.as_of).total_seconds()),
        entries=held.entries,
    )


def _list(name: str, newest: Publication | None, cars: Sequence[CarListsView]) -> PublishedView:
    holding = [one.holding for car in cars for one in car.lists if one.list_name == name]
    return PublishedView(
        list_name=name,
        version=newest.version if newest else None,
        as_of=newest.as_of if newest else None,
        good_until=newest.good_until if newest else None,
        signers=newest.signers if newest else (),
        recalled=len(newest.recalled) if newest else 0,
        cars=len(holding),
        holding={one: holding.count(one) for one in Holding if one in holding},
        refused=sum(any(refusal.list_name == name for refusal in car.refusals) for car in cars),
    )


class TaskStepView(View):
    """One thing that happened to a task; ``digest`` chains it to the one before."""

    kind: Literal["said", "mended", "closed", "reopened"]
    at: datetime
    person: str
    reason: str
    vehicle: str | None
    hit: str | None
    digest: str


class TaskView(View):
    """What the owner of an entry has to answer, and how the answer spreads.

    ``recalled``: the newest published version leaves the entry out. ``silent`` of ``cars`` that take the list
    hold that version.
    """

    number: int
    open: bool
    opened_at: datetime
    list_version: str
    entry: Entry
    steps: tuple[TaskStepView, ...]
    recalled: bool
    newest_version: str | None
    silent: int
    cars: int

    @classmethod
    def of(cls, task: Task, lists: ListsView, published: Mapping[str, Publication]) -> TaskView:
        """A task with what is known of its list."""
        name = task.entry.list_name
        newest = published.get(name)
        shown = next((one for one in lists.lists if one.list_name == name), None)
        recalled = newest is not None and task.entry.entry_id in newest.recalled
        held = [one.version for car in lists.cars for one in car.lists if one.list_name == name]
        return cls(
            number=task.number,
            open=task.open,
            opened_at=task.opened_at,
            list_version=task.list_version,
            entry=task.entry,
            steps=tuple(TaskStepView.model_validate(step) for step in task.steps),
            recalled=recalled,
            newest_version=newest.version if newest else None,
            silent=sum(version == newest.version for version in held) if newest and recalled else 0,
            cars=shown.cars if shown else 0,
        )


class TasksView(View):
    """All tasks; ``broken_step`` is the first step that was tampered with, None when the record is whole."""

    tasks: tuple[TaskView, ...]
    broken_step: int | None


class Settled(BaseModel):
    """Who closes or opens a task, and why."""

    person: Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=2, max_length=100)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=3, max_length=500)]
