"""One running provider, the *lane*: a bag of collaborators that every handler is given. No protocol
logic here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import Any

from mockidp.addresses import Forwarded, Place, Places
from mockidp.clock import Clock
from mockidp.config.settings import Settings
from mockidp.control.api_answers import ApiAnswers
from mockidp.control.faults import Faults
from mockidp.control.journal import Journal
from mockidp.control.limits import Limits
from mockidp.control.nonces import Nonces
from mockidp.control.outgoing import Documents
from mockidp.control.remembered import Remembered
from mockidp.control.script import Script
from mockidp.ids import Ids
from mockidp.keys.keyring import Keyring
from mockidp.keys.source import KeySource, make_keyring
from mockidp.model.client import Client
from mockidp.profiles.features import features_on
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile
from mockidp.profiles.schema.limiter import Limiter
from mockidp.store.directory import Clients, Users
from mockidp.store.memory import MemoryStore

__all__ = ["Issuer", "Place", "System"]

_MOST_CHECKED = 100


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
        #: With which a client may have its ID tokens signed, the usual one first.
        self.id_token_algs = _choosable(settings, self.id_token_alg, self.keys)
        #: With which it may have the claims of userinfo signed.
        self.userinfo_algs = _doable(settings, self.profile.signing.userinfo, self.keys)
        for client in settings.clients:
            self.check_client(client, settings.origin("clients"))
        self.clients = self.system.clients
        self.users = self.system.users
        self.store = MemoryStore()
        #: Requests that wait for a person and have been checked (``flows.authorize.waiting``).
        self.checked: Remembered[Any] = Remembered(_MOST_CHECKED)
        self.journal = Journal(settings.journal_size)
        self.faults = Faults()
        self.script = Script()
        self.nonces = Nonces(self.clock, self.ids)
        folds = not self.profile.routing.case_sensitive
        self.api = ApiAnswers(self.profile.api, folds=folds)
        self.limits = Limits(self.profile.limiter, self.clock)
        #: Documents of others, such as the keys of clients.
        outgoing = settings.outgoing
        self.documents = Documents(
            self.clock,
            allowed=outgoing.allowed,
            keep=outgoing.keep,
            refetch_after=outgoing.refetch_after,
        )
        self.wrong_codes = Limits(_wrong_codes(self.profile), self.clock)
        #: Username of whoever is signed in without a page; None: a person has to be asked.
        self.auto_login = settings.auto_login
        real = self.profile.routing.issuer
        self.system.issuers.add(real)
        self._places = Places(
            Place(real, real),
            settings.public,
            borrowed=settings.borrowed,
            on_new=self.system.issuers.add,
            note=self.journal.note,
        )
        for served in self.profile.routing.serves:
            self._places.serve_real(served.partition("/")[0])
        self._proxies = [ip_network(written) for written in settings.trusted_proxies]
        for note in self.system.source.notes:
            self.journal.note(note)
        if settings.places:
            self.journal.note(f"settings from {', '.join(settings.places)}")

    def listen_at(self, origin: str, hosts: Iterable[str], prefix: str = "") -> None:
        """Take ``origin`` (scheme, host and port) as the home of this lane, and ``hosts`` as other
        names of it.

        A Host header that is none of these, nor configured, never gets into a token: it is answered
        as if asked at home.
        """
        self._places.listen_at(origin, hosts, prefix)

    def place(self, host: str) -> Place:
        """Where a request with this Host header is asked."""
        return self._places.at(host)

    def place_behind(self, said: Forwarded) -> Place:
        """Where a request is asked that came through a trusted proxy."""
        return self._places.behind(said)

    @property
    def has_proxies(self) -> bool:
        """Whether anybody's word about where a request was asked is taken."""
        return bool(self._proxies)

    def trusts(self, ip: str) -> bool:
        """Whether that address is a proxy's whose word is taken."""
        try:
            address = ip_address(ip)
        except ValueError:  # a name, or what is no address at all
            return False
        # A socket that takes both versions shows IPv4 peers as ::ffff:127.0.0.1.
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._proxies)

    @property
    def has_address(self) -> bool:
        """Whether the lane can be reached; otherwise its application runs in-process only."""
        return self._places.has_address

    @property
    def home(self) -> Place:
        """Where the lane is asked unless the Host header names another of its places.

        Without an address that is the real provider's place: an invented one would have to come
        from the Host header, which never gets into a token.
        """
        return self._places.home

    def has(self, feature: str) -> bool:
        """Whether a row of the table of features is on here."""
        return feature in features_on(self.profile, outgoing=self.settings.outgoing.allowed)

    def check_client(self, client: Client, origin: str) -> None:
        """:raises ConfigError: where it is to get what the user's own keys cannot sign."""
        for name, algs in (
            ("id_token_signed_response_alg", self.id_token_algs),
            ("userinfo_signed_response_alg", self.userinfo_algs),
        ):
            alg = getattr(client, name)
            if alg is not None and alg not in algs:
                wanted = f"the keys of this provider can do: {', '.join(algs) or 'none'} (keys)"
                raise ConfigError.at(origin, f"client.{name}", alg, wanted)

    def close(self) -> None:
        if self.owns_system:
            self.system.close()


@contextmanager
def _at(origin: str) -> Iterator[None]:
    """What a lower floor finds wrong with a setting, as an error that says where it is from."""
    try:
        yield
    except ValueError as problem:
        raise ConfigError(f"{origin}: {problem}") from None


def _choosable(settings: Settings, usual: str, keys: Keyring) -> tuple[str, ...]:
    """What the profile offers, and of it what the user's own keys can do."""
    offered = _doable(settings, settings.profile.signing.id_token, keys)
    return tuple(dict.fromkeys((usual, *offered)))


def _doable(settings: Settings, offered: tuple[str, ...], keys: Keyring) -> tuple[str, ...]:
    held = None if settings.keys in ("pool", "generate") else (*keys.algs, "none")
    return tuple(alg for alg in offered if held is None or alg in held)


def _wrong_codes(profile: Profile) -> Limiter:
    """How many user codes may be tried out (RFC 8628, 5.1)."""
    policy = profile.device_authorization
    return Limiter(
        key=("ip",), allowed=policy.wrong_codes, window=policy.lifetime, cooldown=policy.lifetime
    )


def _signing_alg(settings: Settings, wanted: str, keys: Keyring) -> str:
    """What the profile says, unless the user's own key can only do something else."""
    if settings.keys in ("pool", "generate") or wanted in keys.algs:
        return wanted
    return keys.algs[0]
