"""``Robot``: a user without a browser, who signs in on our pages as a person does."""

from __future__ import annotations

import threading
from urllib.parse import urljoin

from mockidp.model.user import User
from mockidp.profiles.paths import DEVICE_PATH, SIGN_OUT_PATH
from mockidp.profiles.problems import ConfigError
from mockidp.testing.browser import Browser, Provider
from mockidp.testing.callback import Callback
from mockidp.testing.markup import Markup
from mockidp.testing.problems import told
from mockidp.testing.sign_in import SignIn, Wish
from mockidp.testing.sign_out import LoggedOut, log_out


class Robot:
    """A browser profile of its own, and somebody in front of it.

    >>> from urllib.parse import urlencode
    >>> from mockidp import MockIdP
    >>> client = {"client_id": "app", "redirect_uris": ["https://app.example/cb"]}
    >>> with MockIdP(clients=[client]) as idp:
    ...     asked = {"client_id": "app", "redirect_uri": "https://app.example/cb"}
    ...     query = urlencode({**asked, "response_type": "code", "scope": "openid", "state": "xyz"})
    ...     callback = idp.robot.login(f"{idp.url('authorize')}?{query}", user="alice")
    >>> callback.redirect_uri, callback.state, callback.error
    ('https://app.example/cb', 'xyz', None)

    It keeps its cookies: who has signed in is not asked again. Another browser is
    ``idp.new_robot()``. Only the provider is asked, and also under its real host names, without
    an interception; the client's address is given back, not visited.
    """

    def __init__(self, provider: Provider) -> None:
        self._browser = Browser(provider)
        # One person: of two sign-ins at the same time, one waits.
        self._lock = threading.RLock()
        #: Who is signed in, by the base address; "" when that is not known.
        self._signed_in: dict[str, str] = {}

    def login(
        self,
        authorization_url: str,
        user: User | str | None = None,
        *,
        password: str | None = None,
        deny: bool = False,
        cancel: bool = False,
        fail: str | None = None,
    ) -> Callback:
        """Open the address to which the application sends its users, sign in, allow, and give
        back the address to which the provider sends the browser in the end, also when there is an
        ``error`` in it.

        :param user: whom to sign in, with the button that has the name. Whoever else is signed in
            here is signed out before. None for who is signed in, else whom `login_hint` means,
            else the first of the page. With ``auto_login`` nobody is asked, and it has no effect.
        :param password: type name and password instead.
        :param deny: say no on the page that asks for consent.
        :param cancel: say no on the page that asks to sign in.
        :param fail: let the request fail with this error, on the first page.
        :raises RobotError: when the provider shows an error page, does not know the user or the
            password, or never asks what was to be denied.
        :raises ValueError: for an address that is not this provider's, wishes that do not go
            together, and a ``deny`` or ``cancel`` that is neither True nor False.
        """
        user = user.username if isinstance(user, User) else user
        _check_switches("login", deny=deny, cancel=cancel)
        if deny + cancel + (fail is not None) > 1:
            raise ValueError("of deny, cancel and fail a user can do only one")
        if password is not None and user is None:
            raise ValueError("the password is typed with a name: give the user too")
        base = self._base_of(
            authorization_url, "the authorization URL to which the application redirects"
        )
        wish = Wish(user=user, password=password, deny=deny, cancel=cancel, fail=fail)
        with self._lock:
            self._make_way_for(user, base)
            return SignIn(self._browser, self._signed_in, wish).run(authorization_url)

    async def alogin(
        self,
        authorization_url: str,
        user: User | str | None = None,
        *,
        password: str | None = None,
        deny: bool = False,
        cancel: bool = False,
        fail: str | None = None,
    ) -> Callback:
        """The same for tests that are ``async``, with asyncio or trio: the event loop goes on
        meanwhile, because the application under test may run on it.
        """
        from starlette.concurrency import run_in_threadpool

        return await run_in_threadpool(
            self.login,
            authorization_url,
            user,
            password=password,
            deny=deny,
            cancel=cancel,
            fail=fail,
        )

    def approve_device(
        self, code: str, user: User | str | None = None, *, deny: bool = False
    ) -> None:
        """Type the code that a device shows into the provider's page for it, sign in, and allow
        it (RFC 8628, 3.3).

        >>> import json
        >>> from urllib.parse import urlencode
        >>> from urllib.request import urlopen
        >>> from mockidp import MockIdP
        >>> television = {"client_id": "tv", "token_endpoint_auth_method": "none"}
        >>> with MockIdP(clients=[television]) as idp:
        ...     asked = urlencode({"client_id": "tv", "scope": "openid"}).encode()
        ...     codes = json.load(urlopen(idp.url("device_authorization"), asked))
        ...     idp.robot.approve_device(codes["user_code"], user="alice")
        ...     grant = "urn:ietf:params:oauth:grant-type:device_code"
        ...     polled = {"grant_type": grant, "device_code": codes["device_code"]}
        ...     form = urlencode({**polled, "client_id": "tv"}).encode()
        ...     json.load(urlopen(idp.url("token"), form))["scope"]
        'openid'

        :param code: the `user_code`, or the `verification_uri_complete` that has it in it.
        :param user: as for ``login``.
        :param deny: say no.
        :raises RobotError: when no device waits under this code, the provider does not know the
            user, has no page for devices, or asks nobody.
        :raises ValueError: for an address that is not this provider's.
        """
        user = user.username if isinstance(user, User) else user
        _check_switches("approve_device", deny=deny)
        _check_text(code, "the user_code, or the verification_uri_complete")
        url, typed = (code, None) if "://" in code else (self._browser.home + DEVICE_PATH, code)
        base = self._base_of(url, "the verification_uri_complete that the device shows")
        wish = Wish(user=user, password=None, deny=deny, cancel=False, fail=None)
        with self._lock:
            self._make_way_for(user, base)
            SignIn(self._browser, self._signed_in, wish).connect(url, typed)

    async def aapprove_device(
        self, code: str, user: User | str | None = None, *, deny: bool = False
    ) -> None:
        """The same for tests that are ``async``."""
        from starlette.concurrency import run_in_threadpool

        await run_in_threadpool(self.approve_device, code, user, deny=deny)

    def logout(self, logout_url: str, *, stay: bool = False) -> LoggedOut:
        """Open the address to which the application sends its user to sign out (OpenID Connect
        RP-Initiated Logout 1.0), say yes where the provider asks, and give back where it sends the
        browser.

        >>> from urllib.parse import urlencode
        >>> from mockidp import MockIdP
        >>> client = {"client_id": "app", "post_logout_redirect_uris": ["https://app.example/out"]}
        >>> with MockIdP(clients=[client]) as idp:
        ...     asked = {"client_id": "app", "post_logout_redirect_uri": "https://app.example/out"}
        ...     left = idp.robot.logout(f"{idp.url('end_session')}?{urlencode(asked)}")
        >>> str(left.callback), left.frames
        ('https://app.example/out', ())

        :param stay: say no.
        :raises RobotError: when the provider shows an error page, or never asks.
        :raises ValueError: for an address that is not this provider's.
        """
        _check_switches("logout", stay=stay)
        base = self._base_of(logout_url, "the address to which the application redirects")
        with self._lock:
            left = log_out(self._browser, logout_url, stay=stay)
            if not stay:
                self._signed_in[base] = ""
            return left

    async def alogout(self, logout_url: str, *, stay: bool = False) -> LoggedOut:
        """The same for tests that are ``async``."""
        from starlette.concurrency import run_in_threadpool

        return await run_in_threadpool(self.logout, logout_url, stay=stay)

    def sign_out(self) -> None:
        """End the sessions at the provider, on the page that is there for it.

        :raises RobotError: when the provider does not do it.
        """
        with self._lock:
            for base in tuple(self._signed_in):
                self._sign_out_at(base)

    def forget(self) -> None:
        """Throw the cookies away, as if the browser's profile were new. Sessions live on at the
        provider, and nobody has their cookies.
        """
        with self._lock:
            self._browser.cookies.clear()
            self._signed_in.clear()

    def _base_of(self, url: str, wanted: str) -> str:
        # Libraries also give addresses as objects, or with the state beside them.
        _check_text(url, wanted)
        base = self._browser.base_of(url)
        if base is None:
            raise ValueError(
                f"{url[:200]!r} is no address of the provider at {self._browser.home}: give the "
                f"robot {wanted}"
            )
        return base

    def _make_way_for(self, user: str | None, base: str) -> None:
        before = self._signed_in.setdefault(base, "")
        if user is not None and before not in ("", user):
            self._sign_out_at(base)

    def _sign_out_at(self, base: str) -> None:
        response = self._browser.ask(base + SIGN_OUT_PATH)
        form = Markup(response.text).form("sign-out-form") if response.is_page else None
        if form is not None:
            response = self._browser.ask(urljoin(response.url, form.action), form.fields)
        if response.status != 200:
            raise told(response)
        self._signed_in[base] = ""


def _check_switches(call: str, **given: object) -> None:
    for name, value in given.items():
        if not isinstance(value, bool):
            raise ConfigError.at(f"robot.{call}", name, value, "must be true or false")


def _check_text(value: object, wanted: str) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{repr(value)[:200]} is no text: give the robot {wanted}")
