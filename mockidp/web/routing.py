"""From host and path to a lane and its endpoint."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from mockidp.issuer import Issuer
from mockidp.oauth.paths import is_below
from mockidp.profiles import PROFILES
from mockidp.profiles.paths import paths_of
from mockidp.profiles.schema import Profile
from mockidp.web.api.stub import Api
from mockidp.web.endpoints import endpoint_of
from mockidp.web.endpoints.endpoint import Endpoint
from mockidp.web.forwarded import asked
from mockidp.web.gate import pass_gate
from mockidp.web.message import host_of

API = Api()
#: Below it are documents about what is elsewhere.
_WELL_KNOWN = "/.well-known/"


class Paths:
    """Where the endpoints of one profile are."""

    def __init__(self, profile: Profile) -> None:
        self._fold = not profile.routing.case_sensitive
        self._exact = {
            self.key(path): name for name, paths in paths_of(profile).items() for path in paths
        }
        self._prefixes = tuple(map(self.key, profile.api.prefixes))

    def find(self, path: str) -> Endpoint | None:
        key = self.key(path)
        name = self._exact.get(key)
        if name is not None:
            return endpoint_of(name)
        return API if any(is_below(key, prefix) for prefix in self._prefixes) else None

    def key(self, path: str) -> str:
        """The path as the provider compares it."""
        # Servers compare ASCII; Unicode would make other paths equal ("\u212a" and "k").
        return path.lower() if self._fold and path.isascii() else path


class LaneRoute(BaseRoute):
    """A lane behind a path prefix, or at the root: everything below it is the provider's."""

    def __init__(self, lane: Issuer, prefix: str = "") -> None:
        self.lane = lane
        self.prefix = prefix
        self.paths = Paths(lane.profile)
        self._serves = _split(lane.profile)
        self._hosts = {host for host, _ in self._serves}

    def claims(self, path: str, prefix: str) -> bool:
        """Whether ``path`` is below a prefix that the real provider has on a shared host."""
        return is_below(self.paths.key(path), self.paths.key(prefix))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # At the root everything is the provider's, also the path `*` of OPTIONS (RFC 9110, 9.3.7).
        if scope["type"] == "http" and (not self.prefix or is_below(scope["path"], self.prefix)):
            return Match.FULL, {}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.serve(scope["path"][len(self.prefix) :], scope, receive, send)

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is asked for at a path of the lane, wherever that path is seen."""
        endpoint = self.paths.find(path) if self._has(host_of(scope), path) else None
        await pass_gate(self.lane, endpoint, path, scope, receive, send)

    def _has(self, host: str, path: str) -> bool:
        """Whether the path is the provider's at this host: of two real hosts neither has what the
        other has. The longest prefix says whose a path is.
        """
        host = host.lower().removesuffix(":443")
        if host not in self._hosts:
            return True
        claims = [claim for claim in self._serves if self.claims(path, claim[1])]
        longest = max((len(prefix) for _, prefix in claims), default=0)
        return any(real == host and len(prefix) == longest for real, prefix in claims)


class ElsewhereRoute(BaseRoute):
    """What a lane alone is asked for outside its path: nothing, as its journal then says."""

    def __init__(self, lane: Issuer) -> None:
        self.lane = lane

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL, {}) if scope["type"] == "http" else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await pass_gate(self.lane, None, scope["path"], scope, receive, send)


class LanesRoute(BaseRoute, ABC):
    """Many lanes behind one route, so that their number does not slow a request down."""

    @abstractmethod
    def find(self, scope: Scope) -> tuple[LaneRoute, str] | None:
        """The lane that is meant, if it is one of these, and the path there."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = self.find(scope) if scope["type"] == "http" else None
        return (Match.FULL, {"mockidp.found": found}) if found else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, path = scope["mockidp.found"]
        await route.serve(path, scope, receive, send)


class Lanes:
    """The application of a server: the first route that knows whose a request is, and ``others``
    for what is nobody's. A router of Starlette does the same, and notes more of each on its way.
    """

    def __init__(self, routes: Sequence[LanesRoute], others: ASGIApp) -> None:
        self._routes = routes
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._routes:
                found = route.find(scope)
                if found is not None:
                    lane, path = found
                    await lane.serve(path, scope, receive, send)
                    return
        await self._others(scope, receive, send)


class HostRoute(LanesRoute):
    """Lanes found by the real host names of their providers; of two on one host, the longest path
    prefix wins, and of two equal ones the provider of a user's own.
    """

    def __init__(self, lanes: Sequence[Issuer]) -> None:
        routes = [LaneRoute(lane) for lane in lanes]
        claims = [
            (host, prefix, route) for route in routes for host, prefix in _split(route.lane.profile)
        ]
        self._claims: dict[str, list[tuple[str, LaneRoute]]] = {}
        for host, prefix, route in sorted(claims, key=_longest_and_own_first):
            self._claims.setdefault(host, []).append((prefix, route))

    def find(self, scope: Scope) -> tuple[LaneRoute, str] | None:
        path = scope["path"]
        for prefix, route in self._claims.get(host_of(scope).lower().removesuffix(":443"), ()):
            if route.claims(path, prefix):
                return route, path
        return None


class PrefixRoute(LanesRoute):
    """Lanes found by the first segments of the path: the longest prefix wins."""

    def __init__(self, lanes: Sequence[Issuer]) -> None:
        #: All of them.
        self.routes = [LaneRoute(lane, prefix_of(lane)) for lane in lanes]
        self._by_prefix = {route.prefix: route for route in self.routes}
        self._depths = sorted({prefix.count("/") for prefix in self._by_prefix}, reverse=True)

    def find(self, scope: Scope) -> tuple[LaneRoute, str] | None:
        path = scope["path"]
        segments = path.split("/", self._depths[0] + 1)
        for depth in self._depths:
            route = self._by_prefix.get("/".join(segments[: depth + 1]))
            if route is not None:
                return route, path[len(route.prefix) :]
        return None


class WellKnownRoute(LanesRoute):
    """The metadata of issuers with a path, where that path follows the well-known name (RFC 8414,
    section 3; RFC 9728, 3.1). OpenID Connect Discovery 1.0, section 4 has it the other way round:
    that place is below the issuer.
    """

    def __init__(self, routes: Sequence[LaneRoute]) -> None:
        self._routes = routes

    def find(self, scope: Scope) -> tuple[LaneRoute, str] | None:
        if not _well_known(scope["path"])[1]:
            return None
        for route in self._routes:
            path = _metadata_path(route, scope)
            if path is not None:
                return route, path
        return None


def _longest_and_own_first(claim: tuple[str, str, LaneRoute]) -> tuple[int, bool]:
    _, prefix, route = claim
    return -len(prefix), route.lane.profile.name in PROFILES


def _metadata_path(route: LaneRoute, scope: Scope) -> str | None:
    """The lane's own path of the metadata that is asked for; None where it is another lane's."""
    profile = route.lane.profile
    name, path = _well_known(scope["path"])
    if name not in (
        profile.discovery.path,
        profile.oauth_metadata.path,
        profile.protected_resource.path,
    ):
        return None
    # The path that the client sees, which a proxy may have changed on the way here.
    base = urlsplit(asked(route.lane, scope).place.origin).path
    if path == base:
        return name
    # That of the API follows the issuer's (RFC 9728, 3.1).
    found = name + path.removeprefix(base) if path.startswith(base) else ""
    return found if found in paths_of(profile).get("protected_resource", ()) else None


def _well_known(path: str) -> tuple[str, str]:
    """The well-known name of a path and what follows it (RFC 8615, section 3); "" for none."""
    if not path.startswith(_WELL_KNOWN):
        return "", ""
    name, slash, rest = path[len(_WELL_KNOWN) :].partition("/")
    return _WELL_KNOWN + name, f"{slash}{rest}"


def _split(profile: Profile) -> list[tuple[str, str]]:
    """The real hosts of a provider, each with a path prefix that is its own there."""
    parts = (served.partition("/") for served in profile.routing.serves)
    return [(host.lower(), f"/{prefix}".rstrip("/")) for host, _, prefix in parts]


def prefix_of(lane: Issuer) -> str:
    """The path below which a server has this lane."""
    return lane.settings.base_path or f"/{lane.profile.name}"
