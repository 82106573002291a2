"""``MockServer``: many providers at once on one port, as ``mockidp serve`` runs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from mockidp.clock import Clock
from mockidp.config.layers import Layer
from mockidp.config.server import check_server_option
from mockidp.config.settings import Settings
from mockidp.control.journal import Journal
from mockidp.hosting.host import Host
from mockidp.idp.configuration import Config, open_config, settings_for
from mockidp.idp.hard_coded_hosts import HardCodedHosts
from mockidp.idp.provider import MockIdP
from mockidp.idp.reach import Reach
from mockidp.idp.real_hosts import RealHosts, own_certificate, real_names
from mockidp.issuer import Issuer, System
from mockidp.profiles import PROFILES
from mockidp.profiles.problems import ConfigError

if TYPE_CHECKING:
    from mockidp.web.admin.door import Admin

#: What can be sent as a bearer token (RFC 6750, section 2.1) and cannot be guessed.
ADMIN_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,200}=*")


class MockServer(HardCodedHosts):
    """Providers side by side: each under ``/<profile>/``, and by the Host header of the real one.

    >>> from mockidp import MockServer
    >>> with MockServer(["groupdocs-total", "groupdocs-translation"]) as server:
    ...     server["groupdocs-total"].base_url == f"{server.base_url}/groupdocs-total"
    True

    Clients, secrets and keys are the same at every start, so a token survives a restart.

    :param profiles: which; None for all that the configuration file and mockidp know.
    :param layers: further settings below the keywords, each saying where it is from.
    :param tls: whether the port speaks https; None to do so when a provider is set to.
    :param admin_token: lets programs of this machine that know it ask over HTTP for what
        ``MockIdP`` does in Python: ``POST /_mockidp/<profile>/rotate-keys`` and ``/reset``.
    :param settings: settings for all of them.
    :raises ConfigError: for a setting that cannot be right.
    """

    def __init__(
        self,
        profiles: Sequence[str] | str | None = None,
        *,
        config: Config = None,
        host: str = "127.0.0.1",
        port: int = 0,
        layers: Sequence[Layer] = (),
        tls: bool | None = None,
        admin_token: str | None = None,
        **settings: Any,
    ) -> None:
        if admin_token is not None and not _is_admin_token(admin_token):
            problem = "must have at least 16 characters, of A-Z a-z 0-9 - . _ ~ + /"
            raise ConfigError.hidden("keyword", "admin_token", admin_token, problem)
        check_server_option("MockServer", "host", host)
        check_server_option("MockServer", "port", port)
        if tls is not None:
            check_server_option("MockServer", "tls", tls)
        self._admin_token = admin_token
        file = open_config(config)
        names = file.profiles if profiles is None else _names(profiles, file.profiles)
        if not names:
            raise ConfigError("no profile to serve")
        layers = [*layers, Layer("keyword", settings)]
        self._address = (host, port)
        self._thread: Host | None = None
        self._outside: RealHosts | None = None
        self._is_closed = False
        #: What never reached a provider, because HTTP itself refused it.
        self.journal = Journal()
        self._systems: dict[str, System] = {}
        self._lanes: dict[str, Issuer] = {}
        try:
            for name in names:
                self._lanes[name] = self._lane(settings_for(name, file, layers))
        except BaseException:
            self.close()
            raise
        self._refuse_equal_paths()
        #: Whether the port speaks https.
        self.tls = any(lane.settings.tls for lane in self.lanes) if tls is None else tls
        self._providers = {name: MockIdP.around(lane) for name, lane in self._lanes.items()}
        self._base_url = ""

    def _lane(self, settings: Settings) -> Issuer:
        own_certificate(settings)  # so that a wrong one is told of before the start
        name = settings.profile.routing.system or settings.profile.name
        system = self._systems.get(name)
        if system is None:
            slot = key_slot(settings.profile.name, name)
            system = self._systems[name] = System(settings, slot=slot)
        else:
            for client in settings.clients:
                if system.clients.get(client.client_id) is None:
                    system.clients.add(client)
        return Issuer(settings, system)

    def _refuse_equal_paths(self) -> None:
        found: dict[str, str] = {}
        for name, lane in self._lanes.items():
            path = lane.settings.base_path or f"/{name}"
            if path in found:
                self.close()
                problem = f"{found[path]} is below this path already"
                raise ConfigError.at(lane.settings.origin("base_path"), "base_path", path, problem)
            found[path] = name

    def start(self) -> Self:
        """Begin to listen; a server that does already stays as it is.

        :raises OSError: when the port is in use; the server is closed then.
        :raises RuntimeError: after ``close``, which gives the keys away.
        """
        from mockidp.web.app import server_app

        if self._is_closed:
            raise RuntimeError(f"{self!r} has been closed: make a new one")
        if self._thread is not None:
            return self
        thread = self._thread = Host()
        lanes = list(self._lanes.values())
        app = server_app(lanes, ca_pem=lambda: thread.authority.pem, admin=self._admin())
        has_scripts = any(lane.profile.cors.endpoints for lane in lanes)
        reach = Reach(thread, app, self.journal, Clock(), lanes=lanes, has_scripts=has_scripts)
        self._outside = RealHosts(real_names(lanes), reach)
        for provider in self._providers.values():
            provider.share(self._outside)
        try:
            owns = (own_certificate(lane.settings) for lane in lanes)
            own = next((context for context in owns if context), None) if self.tls else None
            hosted = self._outside.listen(*self._address, tls=self.tls, own=own)
        except BaseException:
            self.close()
            raise
        self._be_at(hosted.origin, [f"localhost:{hosted.port}", f"127.0.0.1:{hosted.port}"])
        return self

    def _admin(self) -> Admin | None:
        from mockidp.web.admin.door import Admin

        if self._admin_token is None:
            return None
        return Admin(
            token=self._admin_token,
            providers=self._providers,
            journal=self.journal,
            clock=Clock(),
        )

    def pretend(self, url: str) -> None:
        """Be at ``url`` without listening there: tokens are as those of a server that does."""
        self._be_at(url, ())

    def _be_at(self, origin: str, hosts: Sequence[str]) -> None:
        self._base_url = origin
        from mockidp.web.routing import prefix_of

        for lane in self.lanes:
            lane.listen_at(origin, hosts, prefix_of(lane))

    def close(self) -> None:
        """Stop listening and give the keys back."""
        self._is_closed = True
        if self._outside is not None:
            self._outside.close()
            self._outside = None
            for provider in self._providers.values():
                provider.share(None)
        if self._thread is not None:
            self._thread.close()
            self._thread = None
        for system in self._systems.values():
            system.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """Where the server is, without a slash at the end; "" before it starts."""
        return self._base_url

    def __getitem__(self, profile: str) -> MockIdP:
        """One of the providers.

        :raises ConfigError: when it is not served here.
        """
        if profile not in self._providers:
            raise ConfigError.unknown("server", "profile", profile, self._providers)
        return self._providers[profile]

    def __iter__(self) -> Iterator[str]:
        return iter(self._providers)

    def __repr__(self) -> str:
        where = "closed" if self._is_closed else self.base_url or "not started"
        return f"<MockServer of {', '.join(self._lanes)}: {where}>"

    def open_proxy(self, port: int) -> str:
        """``proxy_url`` at a port of one's choice, on the address that the server listens on.

        :raises OSError: when the port is in use.
        """
        return self._real_hosts.open_proxy(self._address[0], port).origin

    def certificate_variables(self) -> dict[str, str]:
        """Those of ``environment()`` that are about trust alone."""
        return self._real_hosts.certificate_variables()

    @property
    def real_names(self) -> tuple[str, ...]:
        """The host names that the real providers have."""
        return self._real_hosts.names

    @property
    def lanes(self) -> tuple[Issuer, ...]:
        return tuple(self._lanes.values())


def _names(profiles: object, known: Sequence[str]) -> tuple[str, ...]:
    """The names of profiles, each once; one may be given without a list.

    :raises ConfigError: for what has no names in it.
    """
    given = (profiles,) if isinstance(profiles, str) else profiles
    names = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(name, str) for name in names):
        problem = f"must be a name or a list of names: {', '.join(known)}"
        raise ConfigError.at("MockServer", "profiles", profiles, problem)
    return tuple(dict.fromkeys(names))


def _is_admin_token(token: object) -> bool:
    return isinstance(token, str) and ADMIN_TOKEN.fullmatch(token) is not None


def key_slot(profile: str, system: str) -> int:
    """The place in the key pool of a system's key: fixed, so that its tokens survive a restart."""
    if profile in PROFILES:
        from mockidp.profiles.load import stated

        for place, name in enumerate(PROFILES):
            if stated(name, "routing.system") == system:
                return place
    # Systems of the user's own share the upper half of the pool by their names.
    return 32 + sum(system.encode()) % 32
