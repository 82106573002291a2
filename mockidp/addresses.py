"""Where a lane is asked: its own address, the real provider's, those that are configured, and those
that a trusted proxy tells of. A name that is none of them never gets into a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from mockidp.records import dataclass

#: So many unknown names are told of, and so many addresses that proxies tell of are kept.
MOST_NOTES = 10
MOST_FORWARDED = 100

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_HOST = re.compile(r"(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


@dataclass(frozen=True, slots=True)
class Place:
    """An address at which a lane is asked: where its endpoints are, and the `iss` it writes when
    asked there.
    """

    origin: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What a proxy says of the address that its client has asked (RFC 7239, sections 5.3, 5.4)."""

    scheme: str
    host: str
    #: The path that it takes away before it asks here (``X-Forwarded-Prefix``).
    prefix: str = ""


class Places:
    """The places of one lane.

    ``real`` is that of the real provider; ``public`` are addresses at which clients see the root of
    the lane's port, where that is not the address it listens on. ``on_new`` gets each address that
    becomes the lane's, ``note`` what a developer should know.
    """

    def __init__(
        self,
        real: Place,
        public: Iterable[str],
        *,
        borrowed: bool,
        on_new: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self._real = real
        self._public = tuple(address.rstrip("/") for address in public)
        self._borrowed = borrowed
        self._on_new = on_new
        self._note = note
        self._by_host: dict[str, Place] = {}
        self._by_address: dict[str, Place] = {}
        self._forwarded: dict[str, Place] = {}
        self._unknown: set[str] = set()
        self._prefix = ""
        self._home: Place | None = None

    @property
    def home(self) -> Place:
        """Where the lane listens; the real provider's place before it does."""
        return self._home or self._real

    @property
    def has_address(self) -> bool:
        return self._home is not None

    def serve_real(self, host: str) -> None:
        """Answer for a host name of the real provider."""
        place = Place(f"https://{host}", self._real.issuer)
        self._by_host[host.lower()] = self._by_address[place.origin.lower()] = place

    def listen_at(self, origin: str, hosts: Iterable[str], prefix: str) -> None:
        """Be at ``origin``, below a path prefix; ``hosts`` are other names of the same address."""
        self._prefix = prefix
        scheme, _, home = origin.partition("://")
        for host in (*hosts, home):
            self._by_host[host.lower()] = self._keep(f"{scheme}://{host}")
        self._home = self._by_host[home.lower()]
        for address in self._public:
            place = self._keep(address)
            for host in _names_of(address):
                # Of several addresses on one host the first is meant, unless a proxy says which.
                self._by_host.setdefault(host, place)

    def at(self, host: str) -> Place:
        """Where a request with this Host header is asked; at home, if it names no place."""
        host = host.lower()
        # A real host may be asked for with the port that https:// stands for.
        found = self._by_host.get(host) or self._by_host.get(host.removesuffix(":443"))
        if found is None:
            self._tell_of(host)
        return found or self.home

    def behind(self, said: Forwarded) -> Place:
        """Where a request is asked that a trusted proxy passes on. Where public addresses are
        configured it is one of them, or else what the proxy says.
        """
        scheme, host = said.scheme.lower(), said.host.lower()
        host = host.removesuffix(_DEFAULT_PORTS.get(scheme, " "))
        address = f"{scheme}://{host}{said.prefix.rstrip('/')}"
        found = self._by_address.get(address.lower()) or self._forwarded.get(address)
        if found is None and self._public:
            # A proxy that takes a path away need not say so.
            found = self._by_host.get(host)
            found = found if found and found.origin.startswith(f"{scheme}://") else None
        if found is not None:
            return found
        is_sound = (
            scheme in _DEFAULT_PORTS
            and _HOST.fullmatch(host)
            and _PREFIX.fullmatch(said.prefix.rstrip("/"))
        )
        if self._public or not is_sound or len(self._forwarded) >= MOST_FORWARDED:
            self._tell_of(host, address if is_sound else "")
            return self.home
        self._forwarded[address] = place = self._made(address)
        return place

    def _keep(self, address: str) -> Place:
        place = self._made(address)
        scheme, _, rest = address.lower().partition("://")
        host, slash, path = rest.partition("/")
        bare = host.removesuffix(_DEFAULT_PORTS.get(scheme, " "))
        self._by_address[f"{scheme}://{bare}{slash}{path}"] = place
        return place

    def _made(self, address: str) -> Place:
        origin = f"{address}{self._prefix}"
        self._on_new(origin)
        return Place(origin, self._real.issuer if self._borrowed else origin)

    def _tell_of(self, host: str, address: str = "") -> None:
        """Say once what to configure for a name that nobody has told of."""
        if self._home is None or host in self._unknown or len(self._unknown) >= MOST_NOTES:
            return
        self._unknown.add(host)
        if _HOST.fullmatch(host):
            scheme = self._home.origin.partition("://")[0]
            self._note(
                f"asked as {host}, which is no name of this provider, so the answers name "
                f"{self._home.origin}; if clients shall see it there, set "
                f'public = ["{address or f"{scheme}://{host}"}"]'
            )


def _names_of(address: str) -> list[str]:
    """The Host headers with which an address is asked (RFC 9110, section 7.2)."""
    scheme, _, rest = address.lower().partition("://")
    host = rest.partition("/")[0]
    port = _DEFAULT_PORTS[scheme]
    bare = host.removesuffix(port)
    return [bare, bare + port] if urlsplit(f"//{bare}").port is None else [host]
