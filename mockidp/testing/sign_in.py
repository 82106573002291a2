"""One way through the pages: from the authorization URL to the client's redirect URI, or from the
code of a device to the page that says that all is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qs, urljoin, urlsplit

from mockidp.profiles.paths import CALLBACK_PATH, SIGN_OUT_PATH
from mockidp.records import dataclass
from mockidp.testing.browser import Browser, Response
from mockidp.testing.callback import Callback
from mockidp.testing.markup import Button, Form, Markup
from mockidp.testing.problems import offers, stuck, told

#: Pages and redirects of one sign-in. A person needs six.
_PATIENCE = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person wants to do."""

    user: str | None
    password: str | None
    deny: bool
    cancel: bool
    fail: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the browser asks for, and the form that it sends."""

    url: str
    sent: dict[str, str] | None = None

    def redirected(self, response: Response) -> _Asked:
        # RFC 9110, 15.4: these two repeat the request, the others do not.
        return _Asked(response.location, self.sent if response.status in (307, 308) else None)


class SignIn:
    """One person at the pages, with one wish: ``run`` leads to the client, ``connect`` connects a
    device.
    """

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

        def read(response: Response, asked: _Asked) -> _Asked | Callback:
            form = None
            if response.location:
                there = asked.redirected(response)
            else:
                form = self._form_on(response)
                there = _Asked(urljoin(response.url, form.action), form.fields)
            self._note_who_is_signed_in()
            if self._leaves(there.url):
                callback = Callback(there.url, data=there.sent, redirect_uri=redirect_uri)
                return self._arrived(callback, response)
            return there if form is None else _Asked(there.url, self._filled_in(form, response))

        return self._walk(authorization_url, read, goal="way back to the client")

    def connect(self, url: str, user_code: str | None) -> None:
        """The way from the page on which the code of a device is typed to the one that says that
        all is done.
        """

        def read(response: Response, asked: _Asked) -> _Asked | None:
            if response.location:
                return asked.redirected(response)
            page = Markup(response.text)
            if "allowed" in page.texts or "denied" in page.texts:
                self._note_who_is_signed_in()
                if self._wish.deny and "allowed" in page.texts:
                    raise stuck("the provider asked nobody: is auto_login set?", response)
                return None
            form = page.form("device") if response.is_page else None
            if form is None:
                form = self._form_on(response)
                self._note_who_is_signed_in()
                sent = self._filled_in(form, response)
            elif problem := page.texts.get("problem"):
                raise stuck(f"the code was refused: {problem}", response, hint=problem)
            else:
                typed = {} if user_code is None else {"user_code": user_code}
                sent = {**form.fields, **typed}
            return _Asked(urljoin(response.url, form.action), sent)

        self._walk(url, read, goal="end")

    def _walk(self, url: str, read: Callable[[Response, _Asked], _Asked | T], *, goal: str) -> T:
        """Ask for page after page, until ``read`` makes something else of one than the next."""
        asked = _Asked(url)
        way: list[Response] = []
        while len(way) < _PATIENCE:
            response = self._browser.ask(asked.url, asked.sent)
            way.append(response)
            found = read(response, asked)
            if not isinstance(found, _Asked):
                return found
            asked = found
        raise stuck(
            f"{_PATIENCE} pages and redirects, and no {goal}; the last of them: "
            + ", ".join(map(str, way[-4:])),
            response,
        )

    def _leaves(self, url: str) -> bool:
        """Whether this is the client's. Our try-out page is: it stands in for a client."""
        base = self._browser.base_of(url)
        return base is None or urlsplit(url).path == urlsplit(base).path + CALLBACK_PATH

    def _form_on(self, response: Response) -> Form:
        if response.is_page:
            page = Markup(response.text)
            if problem := page.texts.get("problem"):
                raise stuck(f"the user could not sign in: {problem}", response, hint=problem)
            for id in ("login", "consent", "form-post"):
                form = page.form(id)
                if form is not None:
                    return form
        raise told(response)

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
                raise stuck(f"the page offers no error {wish.fail!r}: {offers(offered)}", response)
            fields["error"] = wish.fail
            button = self._say_no(form, "fail", response)
        elif form.id == "consent":
            press = self._say_no if wish.deny else button_of
            button = press(form, "deny" if wish.deny else "allow", response)
        elif wish.cancel:
            button = self._say_no(form, "cancel", response)
        else:
            button = self._sign_in(form, fields, response)
        return {**fields, button.name: button.value}

    def _say_no(self, form: Form, id: str, response: Response) -> Button:
        self._has_said_no = True
        return button_of(form, id, response)

    def _sign_in(self, form: Form, fields: dict[str, str], response: Response) -> Button:
        user, password = self._wish.user, self._wish.password
        if user is not None and password is not None:
            fields |= {"username": user, "password": password}
            button = button_of(form, "sign-in", response)
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
            self._see_that_it_is_the_user(response)
            for is_wished, page in (
                (wish.deny, "asks for consent: it has it already, or the client needs none"),
                (wish.cancel, "asks to sign in: somebody is signed in already"),
                (wish.fail is not None, "could fail: it needed no page at all"),
            ):
                if is_wished:
                    raise stuck(
                        f"the provider showed no page that {page}; prompt=consent or prompt=login "
                        "in the authorization URL makes it ask, unless auto_login answers for the "
                        "user",
                        response,
                    )
        return callback

    def _see_that_it_is_the_user(self, response: Response) -> None:
        """Where nobody was asked, it may be somebody else: then the test would be about them."""
        base, user = self._browser.base_of(response.url), self._wish.user
        if user is None or base is None or self._signed_in.get(base) == user:
            return
        page = self._browser.ask(base + SIGN_OUT_PATH)
        who = Markup(page.text).username
        if user != who:
            raise stuck(
                f"the provider asked nobody, and signed in {who}, not {user!r}: is auto_login set? "
                f"login_hint={user} in the authorization URL picks another user",
                response,
            )
        self._signed_in[base] = user


def button_of(form: Form, id: str, response: Response) -> Button:
    button = form.button(id=id)
    if button is None:
        offered = [button.id for button in form.buttons if button.id]
        raise stuck(f"the page has no button {id!r}: {offers(offered)}", response)
    return button


def _user_button(form: Form, user: str | None, response: Response) -> Button:
    wanted = form.fields.get("username", "") if user is None else user
    button = form.button(name="user", value=wanted)
    if button is None and user is None:
        button = form.button(name="user")
    if button is None:
        offered = [button.value for button in form.buttons if button.name == "user"]
        whom = "to sign in" if user is None else f"for the user {user!r}"
        raise stuck(f"the page has no button {whom}: {offers(offered)}", response)
    return button
