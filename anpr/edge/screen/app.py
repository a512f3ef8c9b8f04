"""The web application of the alert screen: two pages, one stream of events, and three things to say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator  # noqa: TC003 - the framework reads it at run time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from anpr import __version__
from anpr.edge.alerts import MUTE_MAX_S
from anpr.edge.screen.guard import Guard
from anpr.edge.screen.views import view_board, view_status
from anpr.errors import AnprError, InputError
from anpr.messages import Outcome
from anpr.wire import Id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anpr.edge.car import Car

HERE = Path(__file__).parent
STATUS_EVERY_S = 1.0


class Judgement(BaseModel):
    """An officer's word on a hit."""

    hit: Id
    outcome: Outcome


class Mute(BaseModel):
    """Silence for so many seconds; 0 ends it."""

    seconds: Annotated[float, Field(ge=0, le=MUTE_MAX_S)]


class Shown(BaseModel):
    """The browser has drawn a hit."""

    hit: Id


class Bell:
    """Wakes the streams of all browsers from whichever thread has news."""

    def __init__(self) -> None:
        self._ears: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self.closed = False

    def ring(self) -> None:
        """There is news."""
        for ear, loop in tuple(self._ears.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(ear.set)

    def close(self) -> None:
        """Ends all streams."""
        self.closed = True
        self.ring()

    @contextmanager
    def ear(self) -> Iterator[asyncio.Event]:
        """An event that is set at each ring while the block lasts."""
        ear = asyncio.Event()
        self._ears[ear] = asyncio.get_running_loop()
        try:
            yield ear
        finally:
            del self._ears[ear]


def make_app(car: Car, port: int, bell: Bell) -> FastAPI:
    """Builds the application.

    Args:
        car: whose alerts and lights are shown.
        port: where it will listen; requests to another address are refused.
        bell: ends the streams when the server stops.
    """
    app = FastAPI(title="Patrol ANPR alert screen", openapi_url=None)
    app.add_middleware(Guard, port=port)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_exception_handler(AnprError, _say)
    car.alerts.listen(bell.ring)
    _add_pages(app, car)
    _add_events(app, car, bell)
    _add_actions(app, car)
    return app


async def _say(_request: Request, error: Exception) -> JSONResponse:
    """An error as the page shows it: what is wrong and what to do."""
    assert isinstance(error, AnprError)  # noqa: S101 - registered for no other
    code = 404 if isinstance(error, InputError) else 507
    return JSONResponse({"message": error.message, "next_step": error.next_step}, code)


def _add_pages(app: FastAPI, car: Car) -> None:
    pages = Jinja2Templates(HERE / "templates")
    names = {"vehicle": car.settings.vehicle, "fleet": car.settings.fleet, "version": __version__}

    @app.get("/", response_class=HTMLResponse)
    def crew(request: Request) -> Response:
        return pages.TemplateResponse(request, "crew.html", names)

    @app.get("/driver", response_class=HTMLResponse)
    def driver(request: Request) -> Response:
        return pages.TemplateResponse(request, "driver.html", names)

    @app.get("/crop/{hit}.jpg")
    def crop(hit: Id) -> Response:
        alert = car.alerts.find(hit)
        if alert is None:
            raise InputError("This alert is not here any more.", "Reload the page.")
        return Response(alert.crop, media_type="image/jpeg")


def _add_events(app: FastAPI, car: Car, bell: Bell) -> None:
    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[ServerSentEvent]:
        loop = asyncio.get_running_loop()
        next_status_s = loop.time()
        with bell.ear() as ear:
            ear.set()
            while not bell.closed:
                if ear.is_set():
                    ear.clear()
                    yield ServerSentEvent(event="board", data=view_board(car.alerts))
                if loop.time() >= next_status_s:
                    next_status_s = loop.time() + STATUS_EVERY_S
                    status = await run_in_threadpool(car.panel.status)
                    yield ServerSentEvent(event="status", data=view_status(status, datetime.now(UTC)))
                try:
                    async with asyncio.timeout(max(0.0, next_status_s - loop.time())):
                        await ear.wait()
                except TimeoutError:
                    continue


def _add_actions(app: FastAPI, car: Car) -> None:
    @app.post("/verdict", status_code=204)
    def verdict(said: Judgement) -> None:
        car.alerts.judge(said.hit, said.outcome)

    @app.post("/mute", status_code=204)
    def mute(said: Mute) -> None:
        car.alerts.mute(said.seconds)

    @app.post("/shown", status_code=204)
    def shown(said: Shown) -> None:
        car.note_shown(said.hit)
