"""The composition root: Starlette applications made of lanes and a few pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from mockidp.issuer import Issuer
from mockidp.web.routing import (
    ElsewhereRoute,
    HostRoute,
    LaneRoute,
    Lanes,
    PrefixRoute,
    WellKnownRoute,
    prefix_of,
)

if TYPE_CHECKING:
    from mockidp.web.admin.door import Admin

Handler = Callable[[Request], Awaitable[Response]]

HEALTH_PATH = "/_mockidp/health"
CA_PATH = "/_mockidp/ca.pem"


def lane_app(lane: Issuer) -> Starlette:
    """One provider: its paths are the real one's, at the root or below its ``base_path``."""
    app = Starlette(routes=_routes(lane))
    # It would redirect from a path with one more slash to wherever the Host header says.
    app.router.redirect_slashes = False
    return app


def lone_lane(lane: Issuer) -> ASGIApp:
    """The same for a lane that has an address for itself. Most have one route, which is application
    enough: the gate lets no exception out, and nothing else is to be told apart.
    """
    routes = _routes(lane)
    return routes[0] if len(routes) == 1 else _router(routes)


def _routes(lane: Issuer) -> list[BaseRoute]:
    settings = lane.settings
    route = LaneRoute(lane, settings.base_path)
    routes: list[BaseRoute] = [route]
    if settings.base_path or settings.public or settings.trusted_proxies:
        routes.insert(0, WellKnownRoute([route]))
    if settings.base_path:
        routes.append(ElsewhereRoute(lane))
    return routes


def server_app(
    lanes: Sequence[Issuer],
    *,
    ca_pem: Callable[[], bytes] | None = None,
    admin: Admin | None = None,
) -> ASGIApp:
    """Many providers at once: by the real ones' Host headers, and each under ``/<profile>/``.

    ``ca_pem`` gives the certificate of the CA that clients of an https server have to trust;
    ``admin`` lets who knows its token control the lanes.
    """
    prefixed = PrefixRoute(lanes)
    pages: list[BaseRoute] = [
        Route("/", _index(lanes)),
        Route(HEALTH_PATH, _health),
        *([Route(CA_PATH, _certificate(ca_pem))] if ca_pem else ()),
    ]
    if admin is not None:
        from mockidp.web.admin.door import AdminRoute  # few servers have it

        pages.append(AdminRoute(admin))
    return Lanes(
        [HostRoute(lanes), WellKnownRoute(prefixed.routes), prefixed],
        others=_router(pages, default=_nothing_here(lanes)),
    )


def _router(routes: Sequence[BaseRoute], default: ASGIApp | None = None) -> Router:
    """Application enough for a server of ours, which itself answers for what escapes."""
    return Router(routes, redirect_slashes=False, default=default)


def _index(lanes: Sequence[Issuer]) -> Handler:
    async def index(request: Request) -> Response:
        from mockidp.web.pages.index import CONTENT_SECURITY_POLICY, render_index

        return HTMLResponse(
            render_index(lanes), headers={"content-security-policy": CONTENT_SECURITY_POLICY}
        )

    return index


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _certificate(ca_pem: Callable[[], bytes]) -> Handler:
    async def certificate(request: Request) -> Response:
        # The media type with which browsers offer to import it.
        return Response(ca_pem(), media_type="application/x-x509-ca-cert")

    return certificate


def _nothing_here(lanes: Sequence[Issuer]) -> Response:
    places = ", ".join(f"{prefix_of(lane)}/" for lane in lanes)
    text = f"Nothing is here. Providers are at: {places}\n"
    return Response(text, status_code=404, media_type="text/plain")
