"""The console's pages and answers about hotlists, and large lists for cars by their hash."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal, cast

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.templating import Jinja2Templates

from anpr import __version__
from anpr.collector.centre import Centre
from anpr.collector.views_lists import ListsView, Settled, TasksView, TaskView
from anpr.errors import InputError

PAGES: Final = Path(__file__).parent / "console" / "templates"
SHA256: Final = re.compile(r"[0-9a-f]{64}")

router = APIRouter()
templates = Jinja2Templates(PAGES)


def _centre(request: Request) -> Centre:
    return cast("Centre", request.app.state.centre)


def _own_page(request: Request) -> None:
    """Only a page of ours may change something: browsers say where a request comes from."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise HTTPException(403, "Another site's page may not do this.")
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "Send JSON.")


TheCentre = Annotated[Centre, Depends(_centre)]


@router.get("/fleet", response_class=HTMLResponse, include_in_schema=False)
def fleet_page(request: Request, centre: TheCentre) -> HTMLResponse:
    """Which car holds which list."""
    return _page(request, centre, "fleet.html")


@router.get("/tasks", response_class=HTMLResponse, include_in_schema=False)
def tasks_page(request: Request, centre: TheCentre) -> HTMLResponse:
    """What owners of entries have to answer."""
    return _page(request, centre, "tasks.html")


@router.get("/api/lists")
def lists(centre: TheCentre) -> ListsView:
    """Which car holds which version of each list, how old it is, and what it refused last and why."""
    return ListsView.of(centre.store.cars(), centre.desk.publications(), datetime.now(UTC))


@router.get("/api/tasks")
def tasks(centre: TheCentre) -> TasksView:
    """Tasks with all their steps, open ones first."""
    known, published = lists(centre), centre.desk.publications()
    return TasksView(
        tasks=tuple(TaskView.of(task, known, published) for task in centre.desk.tasks()),
        broken_step=centre.desk.broken_step(),
    )


@router.post("/api/tasks/{number}/{step}", dependencies=[Depends(_own_page)])
def settle(centre: TheCentre, number: int, step: Literal["close", "reopen"], settled: Settled) -> TaskView:
    """Closes a task or opens it again; name, reason and time stay on the record."""
    try:
        task = centre.desk.settle(number, settled.person, settled.reason, is_open=step == "reopen")
    except InputError as error:
        raise HTTPException(409, str(error)) from error
    if task is None:
        raise HTTPException(404, "There is no such task here.")
    centre.on_change()
    return TaskView.of(task, lists(centre), centre.desk.publications())


@router.get("/lists/{sha256}", response_class=FileResponse)
def large_list(centre: TheCentre, sha256: str) -> FileResponse:
    """A list that no message carries. A car checks its hash, and goes on where it stopped."""
    folder = centre.settings.lists_dir
    path = folder / sha256 if folder is not None and SHA256.fullmatch(sha256) else None
    if path is None or not path.is_file():
        raise HTTPException(404, "There is no such list here.")
    return FileResponse(path, media_type="application/octet-stream")


def _page(request: Request, centre: Centre, name: str) -> HTMLResponse:
    values = {"fleet": centre.settings.fleet, "name": centre.settings.name, "version": __version__}
    return templates.TemplateResponse(request, name, values)
