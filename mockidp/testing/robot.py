"""``Robot``: a user without a browser, who signs in on our pages as a person does."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from mockidp.model.user import User
from mockidp.testing.browser import Browser, Provider, Response
from mockidp.testing.callback import Callback
from mockidp.testing.markup import Button, Form, Markup
from mockidp.web.browser import CALLBACK_PATH, DEVICE_PATH, SIGN_OUT_PATH

#: Pages and redirects of one sign-in. A person needs six.
_PATIENCE = 20
_LONGEST_SHOWN = 500


class RobotError(Exception):
    """The robot could not bring the user back to the client: what the provider showed instead."""

    def __init__(
        self,
        message: str,
        *,
        error: str = "",
        description: str = "",
        hint: str = "",
        status: int = 0,
        url: str = "",
    ) -> None:
        super().__init__(message)
        #: The code on the provider's error page; "" when it showed none.
        self.error = error
        self.description = description
        #: What the developer should change.
        self.hint = hint
        #: The last status and address; 0 and "" when nothing was asked.
        self.status = status
        self.url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person wants to do."""

    user: str | None
    password: str | None
    deny: bool
    cancel: bool
    fail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut:
    """Where the browser has come to after it has signed out."""

    #: Where the provider sends it; None where it stays.
    callback: Callback | None
    #: What it would load meanwhile to tell applications (OpenID Connect Front-Channel Logout 1.0);
    #: no more than ``callback`` has it been asked for.
    frames: tuple[str, ...] = ()


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
        :raises ValueError: for an address that is not this provider's, and wishes that do not go
            together.
        """
        user = user.username if isinstance(user, User) else user
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
            return _SignIn(self._browser, self._signed_in, wish).run(authorization_url)

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
        url, typed = (code, None) if "://" in code else (self._browser.home + DEVICE_PATH, code)
        base = self._base_of(url, "the verification_uri_complete that the device shows")
        wish = Wish(user=user, password=None, deny=deny, cancel=False, fail=None)
        with self._lock:
            self._make_way_for(user, base)
            _SignIn(self._browser, self._signed_in, wish).connect(url, typed)

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
        base = self._base_of(logout_url, "the address to which the application redirects")
        with self._lock:
            left = _log_out(self._browser, logout_url, stay=stay)
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
            raise _told(response)
        self._signed_in[base] = ""


class _SignIn:
    """One way from the authorization URL to the client's redirect URI."""

    def __init__(self, browser: Browser, signed_in: dict[str, str], wish: Wish) -> None:
        self._browser = browser
        self._signed_in = signed_in
        self._wish = wish
        #: Base address and name of who has just pressed a button to sign in.
        self._signing_in: tuple[str, str] | None = None
        self._has_said_no = False

    def run(self, authorization_url: str) -> Callback:
        asked = parse_qs(urlsplit(authorization_url).query)
        redirect_uri = asked.get("redirect_uri", [None])[0]
        url, sent = authorization_url, None
        way: list[Response] = []
        while len(way) < _PATIENCE:
            response = self._browser.ask(url, sent)
            way.append(response)
            if response.location:
                url, form = response.location, None
                # RFC 9110, 15.4: these two repeat the request, the others do not.
                sent = sent if response.status in (307, 308) else None
            else:
                form = self._form_on(response)
                url = urljoin(response.url, form.action)
            self._note_who_is_signed_in()
            if self._leaves(url):
                data = form.fields if form else sent
                return self._arrived(Callback(url, data=data, redirect_uri=redirect_uri), response)
            if form is not None:
                sent = self._filled_in(form, response)
        raise _stuck(
            f"{_PATIENCE} pages and redirects, and no way back to the client; the last of them: "
            + ", ".join(map(str, way[-4:])),
            response,
        )

    def connect(self, url: str, user_code: str | None) -> None:
        """The way from the page on which the code of a device is typed to the one that says that
        all is done.
        """
        sent: dict[str, str] | None = None
        for _ in range(_PATIENCE):
            response = self._browser.ask(url, sent)
            if response.location:
                url, sent = response.location, None
                continue
            page = Markup(response.text)
            if "allowed" in page.texts or "denied" in page.texts:
                self._note_who_is_signed_in()
                if self._wish.deny and "allowed" in page.texts:
                    raise _stuck("the provider asked nobody: is auto_login set?", response)
                return
            form = page.form("device") if response.is_page else None
            if form is None:
                form = self._form_on(response)
                self._note_who_is_signed_in()
                sent = self._filled_in(form, response)
            elif problem := page.texts.get("problem"):
                raise _stuck(f"the code was refused: {problem}", response, hint=problem)
            else:
                typed = {} if user_code is None else {"user_code": user_code}
                sent = {**form.fields, **typed}
            url = urljoin(response.url, form.action)
        raise _stuck(f"{_PATIENCE} pages and redirects, and no end", response)

    def _leaves(self, url: str) -> bool:
        """Whether this is the client's. Our try-out page is: it stands in for a client."""
        base = self._browser.base_of(url)
        return base is None or urlsplit(url).path == urlsplit(base).path + CALLBACK_PATH

    def _form_on(self, response: Response) -> Form:
        if response.is_page:
            page = Markup(response.text)
            if problem := page.texts.get("problem"):
                raise _stuck(f"the user could not sign in: {problem}", response, hint=problem)
            for id in ("login", "consent", "form-post"):
                form = page.form(id)
                if form is not None:
                    return form
        raise _told(response)

    def _note_who_is_signed_in(self) -> None:
        if self._signing_in is not None:
            base, username = self._signing_in
            self._signed_in[base] = username
            self._signing_in = None

    def _filled_in(self, form: Form, response: Response) -> dict[str, str]:
        """The form as the person sends it."""
        wish, fields = self._wish, dict(form.fields)
        if wish.fail is not None:
            offered = form.options.get("error", [])
            if wish.fail not in offered:
                raise _stuck(f"the page offers no error {wish.fail!r}: {_list(offered)}", response)
            fields["error"] = wish.fail
            button = self._say_no(form, "fail", response)
        elif form.id == "consent":
            press = self._say_no if wish.deny else _button
            button = press(form, "deny" if wish.deny else "allow", response)
        elif wish.cancel:
            button = self._say_no(form, "cancel", response)
        else:
            button = self._sign_in(form, fields, response)
        return {**fields, button.name: button.value}

    def _say_no(self, form: Form, id: str, response: Response) -> Button:
        self._has_said_no = True
        return _button(form, id, response)

    def _sign_in(self, form: Form, fields: dict[str, str], response: Response) -> Button:
        user, password = self._wish.user, self._wish.password
        if user is not None and password is not None:
            fields |= {"username": user, "password": password}
            button = _button(form, "sign-in", response)
        else:
            button = _user_button(form, user, response)
            user = button.value
        base = self._browser.base_of(response.url)
        assert base is not None, "only the provider is asked"
        self._signing_in = base, user
        return button

    def _arrived(self, callback: Callback, response: Response) -> Callback:
        wish = self._wish
        if callback.error is None and not self._has_said_no:
            for is_wished, page in (
                (wish.deny, "asks for consent: it has it already, or the client needs none"),
                (wish.cancel, "asks to sign in: somebody is signed in already"),
                (wish.fail is not None, "could fail: it needed no page at all"),
            ):
                if is_wished:
                    raise _stuck(
                        f"the provider showed no page that {page}; prompt=consent or prompt=login "
                        "in the authorization URL makes it ask",
                        response,
                    )
        return callback


def _log_out(browser: Browser, logout_url: str, *, stay: bool) -> LoggedOut:
    """One way from the address to sign out at to where the browser is told to go."""
    response = browser.ask(logout_url)
    if urlsplit(response.location).path.endswith(SIGN_OUT_PATH):
        response = browser.ask(response.location)
    page = Markup(response.text)
    form = page.form("sign-out-form") if response.is_page else None
    if stay and form is None:
        raise _stuck("the provider asked nobody", response)
    if form is not None:
        button = _button(form, "stay" if stay else "sign-out", response)
        answer = {button.name: button.value} if button.name else {}
        response = browser.ask(urljoin(response.url, form.action), {**form.fields, **answer})
        page = Markup(response.text)
    if response.location:
        return LoggedOut(callback=Callback(response.location))
    if response.status != 200:
        raise _told(response)
    goes_on = page.links.get("continue")
    return LoggedOut(callback=Callback(goes_on) if goes_on else None, frames=tuple(page.frames))


def _button(form: Form, id: str, response: Response) -> Button:
    button = form.button(id=id)
    if button is None:
        offered = [button.id for button in form.buttons if button.id]
        raise _stuck(f"the page has no button {id!r}: {_list(offered)}", response)
    return button


def _user_button(form: Form, user: str | None, response: Response) -> Button:
    wanted = form.fields.get("username", "") if user is None else user
    button = form.button(name="user", value=wanted)
    if button is None and user is None:
        button = form.button(name="user")
    if button is None:
        offered = [button.value for button in form.buttons if button.name == "user"]
        whom = "to sign in" if user is None else f"for the user {user!r}"
        raise _stuck(f"the page has no button {whom}: {_list(offered)}", response)
    return button


def _told(response: Response) -> RobotError:
    """What a page says that is no way to the client."""
    texts = Markup(response.text).texts if response.is_page else _json_texts(response.text)
    if not texts.get("code"):
        shown = response.text[:_LONGEST_SHOWN] or "an empty page"
        return _stuck(f"the provider shows nothing to go on with: {shown}", response)
    said = [texts["code"], *filter(None, map(texts.get, ("description", "hint", "cites")))]
    return _stuck(
        f"the provider refused: {'; '.join(said)}",
        response,
        error=texts["code"],
        description=texts.get("description", ""),
        hint=texts.get("hint", ""),
    )


def _json_texts(text: str) -> dict[str, str]:
    """Some providers answer a browser as they answer a client."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    members = {"code": "error", "description": "error_description", "hint": "hint"}
    return {id: str(told[name]) for id, name in members.items() if told.get(name)}


def _stuck(message: str, response: Response, **texts: str) -> RobotError:
    return RobotError(f"{message} ({response})", status=response.status, url=response.url, **texts)


def _list(offered: list[str]) -> str:
    return f"it has {', '.join(offered)}" if offered else "it has none"
