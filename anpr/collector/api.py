"""The console's web side: the page, the questions it asks, and the stream it listens to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from anpr import __version__
from anpr.collector import api_lists, stream
from anpr.collector.centre import Centre
from anpr.collector.guard import Guard
from anpr.collector.views import CarView, HitPage, HitView, RejectView, StatsView
from anpr.errors import AnprError

CONSOLE = Path(__file__).parent / "console"
MAX_HITS = 500

router = APIRouter()
templates = Jinja2Templates(CONSOLE / "templates")


def _centre(request: Request) -> Centre:
    return cast("Centre", request.app.state.centre)


def _pulse(request: Request) -> stream.Pulse:
    return cast("stream.Pulse", request.app.state.pulse)


TheCentre = Annotated[Centre, Depends(_centre)]
ThePulse = Annotated[stream.Pulse, Depends(_pulse)]


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, centre: TheCentre) -> HTMLResponse:
    """The console."""
    values = {"fleet": centre.settings.fleet, "name": centre.settings.name, "version": __version__}
    return templates.TemplateResponse(request, "console.html", values)


@router.get("/api/hits")
def hits(centre: TheCentre, limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 200) -> HitPage:
    """The newest hits, and the cursor from which ``/events`` goes on without a gap."""
    # The cursor first: a hit stored in between comes twice, which a console bears, and is never missed.
    cursor = stream.cursor(centre.store.epoch, centre.store.newest_event())
    return HitPage(cursor=cursor, hits=[HitView.of(stored) for stored in centre.store.hits(limit)])


@router.get("/api/hits/{hit_id}")
def hit(centre: TheCentre, hit_id: str) -> HitView:
    """One hit."""
    stored = centre.store.hit(hit_id)
    if stored is None:
        raise HTTPException(404, "There is no such hit here.")
    return HitView.of(stored)


@router.get("/api/crops/{sha256}", response_class=Response)
def crop(centre: TheCentre, sha256: str) -> Response:
    """A plate crop. Its name is its content, so it never changes."""
    jpeg = centre.crops.get(sha256)
    if jpeg is None:
        raise HTTPException(404, "There is no such crop here.")
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.get("/api/hits/{hit_id}/picture", response_class=Response)
def picture(centre: TheCentre, hit_id: str) -> Response:
    """The plate as sharp as the camera saw it, where the car has sent it."""
    pieces = [centre.crops.get(sha256) for sha256 in centre.store.image_pieces(hit_id)]
    if not pieces or None in pieces:
        raise HTTPException(404, "There is no such picture here.")
    jpeg = b"".join(piece for piece in pieces if piece is not None)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/api/cars")
def cars(centre: TheCentre) -> list[CarView]:
    """The newest state of every car."""
    return [CarView.of(car) for car in centre.store.cars()]


@router.get("/api/rejects")
def rejects(centre: TheCentre, limit: Annotated[int, Query(ge=1, le=MAX_HITS)] = 50) -> list[RejectView]:
    """The newest messages that could not be understood, with the reason."""
    return [RejectView.of(reject) for reject in centre.store.rejects(limit)]


@router.get("/api/stats")
def stats(centre: TheCentre) -> StatsView:
    """Counters, delay, and the collector's condition."""
    return stream.stats(centre)


@router.get("/events", response_class=EventSourceResponse)
async def events(
    centre: TheCentre,
    pulse: ThePulse,
    after: Annotated[str | None, Query(description="Cursor of `/api/hits`.")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events ``hit``, ``car``, ``stats`` and ``reset``; a reconnect misses nothing."""
    async for event in stream.live(centre, pulse, last_event_id or after):
        yield event


async def _explain(_request: Request, error: Exception) -> JSONResponse:
    known = cast("AnprError", error)
    content = {"code": known.code, "message": known.message, "next_step": known.next_step}
    return JSONResponse(content, status_code=503)


def build(centre: Centre, pulse: stream.Pulse) -> FastAPI:
    """The application for one collector."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        pulse.attach()
        yield

    app = FastAPI(
        title="Patrol ANPR centre", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.centre = centre
    app.state.pulse = pulse
    app.include_router(router)
    app.include_router(api_lists.router)
    app.mount("/static", _Static(directory=CONSOLE / "static"))
    app.add_exception_handler(AnprError, _explain)
    app.add_middleware(Guard, host=centre.settings.host)
    return app


class _Static(StaticFiles):
    """Files of the page: browsers ask each time whether they changed, so an update is seen at once."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
