"""One running provider, the *lane*: a bag of collaborators that every handler is given. No protocol
logic here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mockidp.clock import Clock
from mockidp.config.settings import Settings
from mockidp.control.api_answers import ApiAnswers
from mockidp.control.faults import Faults
from mockidp.control.journal import Journal
from mockidp.control.limits import Limits
from mockidp.control.script import Script
from mockidp.ids import Ids
from mockidp.keys.keyring import Keyring
from mockidp.keys.source import KeySource, make_keyring
from mockidp.profiles.problems import ConfigError
from mockidp.store.directory import Clients, Users
from mockidp.store.memory import MemoryStore


@dataclass(frozen=True, slots=True)
class Place:
    """An address at which a lane is asked: where its endpoints are, and the `iss` it writes when
    asked there.
    """

    origin: str
    issuer: str


class System:
    """What lanes of one system share in one server: keys, clients, and the issuers each accepts
    tokens of.
    """

    def __init__(self, settings: Settings, *, slot: int | None = None) -> None:
        # The keys come last: what fails before them has taken none from the pool.
        with _at(settings.origin("clients")):
            self.clients = Clients(settings.clients)
        with _at(settings.origin("users")):
            self.users = Users(settings.users)
        self.issuers: set[str] = set()
        with _at(settings.origin("keys")):
            self.source: KeySource = make_keyring(
                settings.keys, alg=settings.profile.access_token.alg, slot=slot
            )
        self.keys: Keyring = self.source.keyring

    def close(self) -> None:
        """Give the keys back to the pool."""
        self.source.release()


class Issuer:
    """A lane: profile, clock, ids, keys, store, clients, users, faults, limits, script and
    journal.
    """

    def __init__(self, settings: Settings, system: System | None = None) -> None:
        self.settings = settings
        self.profile = settings.profile
        self.owns_system = system is None
        self.system = system or System(settings)
        self.clock = Clock()
        self.ids = Ids(settings.seed)
        self.keys = self.system.keys
        self.alg = _signing_alg(settings, self.profile.access_token.alg, self.keys)
        self.id_token_alg = _signing_alg(settings, self.profile.id_token.alg, self.keys)
        self.clients = self.system.clients
        self.users = self.system.users
        self.store = MemoryStore()
        self.journal = Journal(settings.journal_size)
        self.faults = Faults()
        self.script = Script()
        self.api = ApiAnswers(self.profile.api)
        self.limits = Limits(self.profile.limiter, self.clock)
        #: Username of whoever is signed in without a page; None: a person has to be asked.
        self.auto_login = settings.auto_login
        self._places: dict[str, Place] = {}
        self._home: Place | None = None
        self._real = Place(self.profile.routing.issuer, self.profile.routing.issuer)
        for note in self.system.source.notes:
            self.journal.note(note)
        if settings.places:
            self.journal.note(f"settings from {', '.join(settings.places)}")
        self._serve_real_hosts()

    def listen_at(self, origin: str, hosts: Iterable[str], prefix: str = "") -> None:
        """Take ``origin`` (scheme, host and port) as the home of this lane, and ``hosts`` as other
        names of it.

        A Host header that is none of these never gets into a token: it is answered as if asked at
        home.
        """
        scheme, _, home = origin.partition("://")
        for host in (*hosts, home):
            address = f"{scheme}://{host}{prefix}"
            self._places[host.lower()] = self._place(address)
        self._home = self._places[home.lower()]

    def place(self, host: str) -> Place:
        """Where a request with this Host header is asked."""
        host = host.lower()
        places = self._places
        # A real host may be asked for with the port that https:// stands for.
        return places.get(host) or places.get(host.removesuffix(":443")) or self.home

    @property
    def has_address(self) -> bool:
        """Whether the lane can be reached; otherwise its application runs in-process only."""
        return self._home is not None

    @property
    def home(self) -> Place:
        """Where the lane is asked unless the Host header names another of its places.

        Without an address that is the real provider's place: an invented one would have to come
        from the Host header, which never gets into a token.
        """
        return self._home or self._real

    def close(self) -> None:
        if self.owns_system:
            self.system.close()

    def _serve_real_hosts(self) -> None:
        self.system.issuers.add(self._real.issuer)
        for served in self.profile.routing.serves:
            host = served.partition("/")[0]
            self._places[host.lower()] = Place(f"https://{host}", self._real.issuer)

    def _place(self, address: str) -> Place:
        borrowed = self.settings.borrowed
        self.system.issuers.add(address)
        return Place(address, self.profile.routing.issuer if borrowed else address)


@contextmanager
def _at(origin: str) -> Iterator[None]:
    """What a lower floor finds wrong with a setting, as an error that says where it is from."""
    try:
        yield
    except ValueError as problem:
        raise ConfigError(f"{origin}: {problem}") from None


def _signing_alg(settings: Settings, wanted: str, keys: Keyring) -> str:
    """What the profile says, unless the user's own key can only do something else."""
    if settings.keys in ("pool", "generate") or wanted in keys.algs:
        return wanted
    return keys.algs[0]
