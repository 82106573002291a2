"""``MockIdP``: one running provider, the object users hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from mockidp.clock import Clock
from mockidp.config.layers import Layer
from mockidp.config.people import make_client, make_user
from mockidp.config.server import check_server_option
from mockidp.control.api_answers import ApiAnswers
from mockidp.control.faults import Faults
from mockidp.control.journal import Journal
from mockidp.control.script import check_token
from mockidp.hosting.host import Host, Lane
from mockidp.idp.clients import RegisteredClient
from mockidp.idp.configuration import Config, open_config, settings_for
from mockidp.idp.hard_coded_hosts import HardCodedHosts
from mockidp.idp.reach import Reach
from mockidp.idp.real_hosts import RealHosts, own_certificate, real_names
from mockidp.idp.state import State, restore, take_snapshot
from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.profiles import rules
from mockidp.profiles.paths import paths_of
from mockidp.profiles.problems import ConfigError
from mockidp.tokens.mint import mint_access_token
from mockidp.tokens.revocation import revoke_grants
from mockidp.web.endpoints.discovery import metadata
from mockidp.web.endpoints.jwks import jwk_set

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from mockidp.testing import Robot


class MockIdP(HardCodedHosts):
    """A provider of your own, listening on a free loopback port while the ``with`` block runs.

    >>> from mockidp import MockIdP
    >>> with MockIdP("groupdocs-total", access_token_lifetime=60) as idp:
    ...     token = idp.issue_token()
    ...     idp.url("token") == f"{idp.base_url}/connect/token"
    True

    :param profile: which provider: a built-in profile, or one of the configuration file.
    :param config: a mockidp.toml, its tables as a mapping, or None for the one in the working
        folder.
    :param port: 0 for any free port.
    :param layers: further settings below the keywords, each saying where it is from.
    :param thread: the server thread to share with other providers; its own by default.
    :param settings: everything that mockidp.toml may say about a profile: ``clients``, ``users``,
        ``keys``, ``borrowed``, ``seed``, tables such as ``limiter={"allowed": 3}``, or flat as
        ``limiter_allowed=3``.
    :raises ConfigError: for a setting that cannot be right.
    """

    # What is misspelt in a test is refused, and not kept beside what was meant.
    __slots__ = (
        "__weakref__",
        "_address",
        "_configured",
        "_hosted",
        "_is_closed",
        "_is_served",
        "_lane",
        "_outside",
        "_own_thread",
        "_robot",
        "_thread",
    )

    def __init__(
        self,
        profile: str = "openid",
        *,
        config: Config = None,
        host: str = "127.0.0.1",
        port: int = 0,
        layers: Sequence[Layer] = (),
        thread: Host | None = None,
        **settings: Any,
    ) -> None:
        file = open_config(config)
        layers = [*layers, Layer("keyword", settings)]
        found = settings_for(profile, file, layers)
        check_server_option("MockIdP", "host", host)
        check_server_option("MockIdP", "port", port)
        own_certificate(found)  # so that a wrong one is told of here
        self._set_up(Issuer(found), (host, port), thread)

    @classmethod
    def around(cls, lane: Issuer) -> Self:
        """The same for a lane that a server has made, which starts and closes it."""
        idp = cls.__new__(cls)
        idp._set_up(lane)
        idp._is_served = True
        return idp

    def _set_up(
        self, lane: Issuer, address: tuple[str, int] = ("127.0.0.1", 0), thread: Host | None = None
    ) -> None:
        self._lane = lane
        self._address = address
        self._thread = thread
        self._own_thread: Host | None = None
        self._hosted: Lane | None = None
        self._outside: RealHosts | None = None
        self._robot: Robot | None = None
        self._is_served = False
        self._is_closed = False
        self._configured = take_snapshot(lane)

    def share(self, outside: RealHosts | None) -> None:
        """Be reached as the server is that this provider is one of."""
        self._outside = outside

    # -- running ---------------------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to listen; a provider that does already stays as it is.

        :raises OSError: when the port is in use; the provider is closed then.
        :raises RuntimeError: after ``close``, which gives the keys away.
        """
        if self._is_closed:
            raise RuntimeError(f"{self!r} has been closed: make a new one")
        if self._hosted is None and not self._is_served:
            try:
                self._listen()
            except BaseException:
                self.close()
                raise
        return self

    def _listen(self) -> None:
        from mockidp.web.app import lone_lane

        thread = self._thread
        if thread is None:
            thread = self._own_thread = Host()
        lane = self._lane
        has_scripts = bool(lane.profile.cors.endpoints)
        app = lone_lane(lane)
        reach = Reach(thread, app, lane.journal, lane.clock, lanes=[lane], has_scripts=has_scripts)
        self._outside = RealHosts(real_names([lane]), reach)
        own = own_certificate(lane.settings)
        self._hosted = self._outside.listen(*self._address, tls=lane.settings.tls, own=own)
        names = [f"localhost:{self._hosted.port}"]
        lane.listen_at(self._hosted.origin, names, lane.settings.base_path)

    def close(self) -> None:
        """Stop listening: open connections are aborted, and the port is closed when this returns.
        What has happened can still be asked. One of a server is closed with the server.
        """
        if self._is_served:
            return
        self._is_closed = True
        if self._outside is not None:
            self._outside.close()
            self._outside = None
        if self._hosted is not None:
            self._hosted.close()
            self._hosted = None
        if self._own_thread is not None:
            self._own_thread.close()
            self._own_thread = None
        self._lane.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # -- addresses -------------------------------------------------------------------------------

    @property
    def profile(self) -> str:
        """Name of the profile."""
        return self._lane.profile.name

    @property
    def base_url(self) -> str:
        """Where the provider is, without a slash at the end: put it where the real address would
        stand.

        :raises RuntimeError: before ``start``.
        """
        if not self._lane.has_address:
            # Not the real address: what is sent there would leave the machine.
            raise RuntimeError(
                "this provider has no address yet: use it as a context manager, or call start()"
            )
        return self._lane.home.origin

    @property
    def issuer(self) -> str:
        """The `iss` of the tokens that are asked for at ``base_url``; the real provider's before
        ``start``, and with ``borrowed=True``.
        """
        return self._lane.home.issuer

    def url(self, endpoint: str) -> str:
        """The address of an endpoint, such as ``token``, ``authorize``, ``userinfo``, ``jwks`` or
        ``discovery``.

        :raises ConfigError: for one that this provider does not have.
        """
        served = paths_of(self._lane.profile)
        if endpoint not in tuple(served):  # whatever it is, a list too
            raise ConfigError.unknown("url", "endpoint", endpoint, served)
        return self.base_url + served[endpoint][0]

    @property
    def app(self) -> Starlette:
        """The provider as an ASGI application, for in-process clients.

        It needs no ``start``; its tokens then carry the real provider's `iss`. Mounted below a path
        of another application it needs that path as its ``base_path``.
        """
        from mockidp.web.app import lane_app

        return lane_app(self._lane)

    @property
    def real_names(self) -> tuple[str, ...]:
        """The host names that the real provider has."""
        return tuple(dict.fromkeys(real_names([self._lane])))

    def metadata(self) -> dict[str, Any]:
        """The discovery document as seen at ``base_url``."""
        return metadata(self._lane, self._lane.home)

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK Set."""
        return {"keys": jwk_set(self._lane)}

    # -- who is known ----------------------------------------------------------------------------

    @property
    def client(self) -> RegisteredClient:
        """The first client."""
        return RegisteredClient(self._lane, self._lane.clients.default.client_id)

    def add_client(self, **fields: Any) -> RegisteredClient:
        """Register a client; id, secret and attributes are made up in the provider's look when
        left out.

        :raises ConfigError: for a wrong field, or a ``client_id`` that is taken.
        """
        client = make_client(self._lane.profile, self._lane.ids, "add_client", fields)
        self._lane.check_client(client, "add_client")
        delay = self._lane.profile.new_client.delay
        if delay and client.active_from is None:
            client = replace(client, active_from=self.clock.now() + delay)
        try:
            self._lane.clients.add(client)
        except ValueError as problem:
            raise ConfigError(f"add_client: {problem}") from None
        return RegisteredClient(self._lane, client.client_id)

    @property
    def user(self) -> User:
        """The first user."""
        return self._lane.users.default

    def add_user(self, username: str, **fields: Any) -> User:
        """Let somebody log in; the password is the username where it is left out.

        :raises ConfigError: for a wrong field, or a name or `sub` that is taken.
        """
        user = make_user("add_user", {"username": username, **fields})
        try:
            self._lane.users.add(user)
        except ValueError as problem:
            raise ConfigError(f"add_user: {problem}") from None
        return user

    # -- users without a browser -----------------------------------------------------------------

    @property
    def robot(self) -> Robot:
        """A user without a browser, who signs in at this provider and stays signed in: see
        ``mockidp.testing.Robot``.
        """
        if self._robot is None:
            self._robot = self.new_robot()
        return self._robot

    def new_robot(self) -> Robot:
        """One more, in a browser of its own, where nobody is signed in."""
        from mockidp.testing import Robot

        return Robot(self)

    # -- tokens and keys -------------------------------------------------------------------------

    def issue_token(
        self,
        client: RegisteredClient | str | None = None,
        *,
        user: User | str | None = None,
        scope: str | Sequence[str] | None = None,
        lifetime: float | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """An access token without a request, for calling an API under test.

        :param client: whose token; the first client by default.
        :param user: makes the user its subject.
        :param scope: any scopes, whether or not the client may have them; all of the provider's by
            default.
        :param lifetime: seconds, for this token alone; negative for one that is already expired.
        :param claims: claims to add or change; None leaves one out.
        :raises LookupError: for an unknown client or user.
        :raises ConfigError: for a lifetime that is no finite number, claims that are no JSON, and
            whatever else is of a wrong type.
        """
        check_token("issue_token", lifetime, claims)
        lane = self._lane
        record = self._client_named(client)
        if scope is None:
            scopes = lane.profile.scopes.supported if record.scope is None else record.scope
        else:
            scopes = _scopes(scope)
        owner = self._user_named(user) if user is not None else None
        return mint_access_token(
            lane,
            client=record,
            subject=owner.sub if owner else record.client_id,
            scopes=scopes,
            issuer=self.issuer,
            user=owner,
            # So that it can be revoked like one that was fetched.
            family=lane.ids.token(16) if owner else None,
            lifetime=lifetime,
            claims=claims,
        ).token

    def next_token(
        self,
        *,
        lifetime: float | None = None,
        claims: Mapping[str, Any] | None = None,
        times: int = 1,
    ) -> None:
        """Give the next ``times`` tokens that are fetched another lifetime (seconds) or other
        claims.

        :raises ConfigError: for a lifetime that is no finite number, claims that are no JSON, or
            ``times`` below 1.
        """
        self._lane.script.next_token(lifetime=lifetime, claims=claims, times=times)

    def revoke(
        self, user: User | str | None = None, client: RegisteredClient | str | None = None
    ) -> None:
        """The user withdraws what was granted to the client: codes, access and refresh tokens are
        refused from now on, and the user is asked for consent again.

        >>> from urllib.request import Request, urlopen
        >>> with MockIdP("openid") as idp:
        ...     headers = {"Authorization": f"Bearer {idp.issue_token(user='alice')}"}
        ...     call = Request(f"{idp.base_url}/api/me", headers=headers)
        ...     before = urlopen(call).status
        ...     idp.revoke("alice")
        ...     try:
        ...         urlopen(call)
        ...     except OSError as refused:
        ...         before, str(refused)
        (200, 'HTTP Error 401: Unauthorized')

        Tokens that a client has for itself stay good: no user has granted them.

        :param user: whose grants; those of all users by default.
        :param client: to whom; to all clients by default.
        :raises LookupError: for an unknown client or user.
        """
        revoke_grants(
            self._lane,
            sub=None if user is None else self._user_named(user).sub,
            client_id=None if client is None else self._client_named(client).client_id,
        )

    def rotate_keys(self, *, overlap: bool = True) -> str:
        """Sign with new keys from now on; gives the new `kid`. Without ``overlap`` the old ones
        are gone at once.

        :raises ConfigError: for an ``overlap`` that is neither True nor False.
        """
        if not isinstance(overlap, bool):
            raise ConfigError.at("rotate_keys", "overlap", overlap, "must be true or false")
        return self._lane.keys.rotate(overlap=overlap).kid

    def retire_key(self, kid: str) -> None:
        """Stop publishing a key, as a provider does some time after a rotation with overlap: tokens
        that it has signed are no longer good. If it is in use, the next newest key of its algorithm
        takes over, or else a new one.

        >>> with MockIdP("openid") as idp:
        ...     old = idp.jwks()["keys"][0]["kid"]
        ...     new = idp.rotate_keys()
        ...     idp.retire_key(old)
        ...     new == idp.jwks()["keys"][0]["kid"], old in str(idp.jwks())
        (True, False)

        Where the provider's keys show no `kid`, it is what ``rotate_keys`` gave, or one of those
        that the error names.

        :raises LookupError: when no published key has this `kid`.
        """
        self._lane.keys.retire(kid)

    # -- what a test holds -----------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        return self._lane.clock

    @property
    def journal(self) -> Journal:
        return self._lane.journal

    @property
    def faults(self) -> Faults:
        return self._lane.faults

    @property
    def api(self) -> ApiAnswers:
        """Canned answers of the provider's own API."""
        return self._lane.api

    def snapshot(self) -> State:
        """All that can change, to go back to with ``restore``; the journal is not part of it."""
        return take_snapshot(self._lane)

    def restore(self, state: State) -> None:
        restore(self._lane, state)

    def reset(self) -> None:
        """Back to the configuration: clients, users, keys, clock, limits, faults, canned answers,
        journal, cookies of the robot.
        """
        restore(self._lane, self._configured)
        self.journal.clear()
        self._lane.ids.reset()
        if self._robot is not None:
            self._robot.forget()

    def __repr__(self) -> str:
        if self._is_closed:
            return f"<MockIdP {self.profile}, closed>"
        where = f"at {self.base_url}" if self._lane.has_address else "not started"
        return f"<MockIdP {self.profile} {where}>"

    def _client_named(self, client: RegisteredClient | str | None) -> Any:
        if client is None:
            return self._lane.clients.default
        if not isinstance(client, RegisteredClient | str):
            raise ConfigError.at(
                "idp", "client", client, "must be a client_id, or a client such as idp.client"
            )
        client_id = client if isinstance(client, str) else client.client_id
        return RegisteredClient(self._lane, client_id).record

    def _user_named(self, user: User | str) -> User:
        if isinstance(user, User):
            return user
        if not isinstance(user, str):
            raise ConfigError.at("idp", "user", user, "must be a username, or a user of idp.user")
        found = self._lane.users.get(user)
        if found is None:
            known = ", ".join(known.username for known in self._lane.users.all())
            raise LookupError(f"no user is called {user!r}; known: {known}")
        return found


def _scopes(scope: object) -> tuple[str, ...]:
    listed = scope.split() if isinstance(scope, str) else scope
    if not isinstance(listed, list | tuple | set | frozenset) or not all(
        isinstance(one, str) and not rules.json(one) for one in listed
    ):
        problem = "must be scopes with spaces between them, or a list of texts"
        raise ConfigError.at("issue_token", "scope", scope, problem)
    return tuple(listed)
