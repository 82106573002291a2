"""The pages that a browser sees between the authorization request and the redirect back (RFC 6749,
3.1): login, consent and errors; and sign-out, the try-out page and `form_post`. A view model in,
markup out.
"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from html import escape
from zlib import crc32

from mockidp.oauth.uris import origin_of
from mockidp.records import dataclass
from mockidp.web.pages.page import host_of, policy, render

# Not `document.forms[0].submit()`: a member may be called `submit` and would hide the method.
_SUBMIT = "HTMLFormElement.prototype.submit.call(document.forms[0])"

#: No `form-action`: Chrome applies it to each redirect that follows the form, and the last of them
#: leads to the client, at whatever address that has.
CONTENT_SECURITY_POLICY = policy()

#: The same, and the one script that sends the form to the client.
FORM_POST_POLICY = policy(script=_SUBMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as the pages show them."""

    username: str
    name: str = ""
    email: str = ""

    @property
    def title(self) -> str:
        return self.name or self.username

    @property
    def details(self) -> str:
        """What else is known: the username is said once, and so is an address that is one.

        >>> Person(username="alice", name="Alice Ames", email="alice@example.com").details
        'alice · alice@example.com'
        >>> Person(username="alice@example.com", email="alice@example.com").details
        ''
        """
        known = dict.fromkeys((self.username, self.email))
        return " · ".join(text for text in known if text and text != self.title)

    @property
    def initial(self) -> str:
        return self.title.strip()[:1].upper()

    @property
    def hue(self) -> int:
        """Which of the six colours of the style: always the same for one username."""
        # A username of a user's own may hold half a surrogate pair.
        return crc32(self.username.encode("utf-8", "surrogatepass")) % 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeLine:
    """A scope that a client asks for, and what it means in plain words, if that is known."""

    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLink:
    """A page of the client's, as a link; of its logo the picture is shown."""

    #: `website`, `logo`, `policy` or `tos`.
    name: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What login and consent have in common."""

    provider: str
    client_name: str
    #: Where the browser goes afterwards; empty when unknown.
    redirect_host: str
    #: The path that the form posts to.
    action: str
    #: What one page has and no other: pages that differ in nothing else are made once.
    interaction: str = field(compare=False)
    csrf: str = field(compare=False, repr=False)
    #: Codes a tester may choose from to let the request fail.
    errors: tuple[str, ...]
    #: The code that a device shows, where one asks (RFC 8628, 3.3.1).
    user_code: str = ""
    #: Where the client says more about itself.
    links: tuple[ClientLink, ...] = ()
    #: One of ``names.DISPLAYS``.
    display: str = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginView(Step):
    people: tuple[Person, ...]
    #: Filled in already, from `login_hint` or a try that failed.
    username: str = ""
    #: Why the last try failed.
    problem: str = ""
    #: The username of who is signed in, when asked to sign in again or to choose.
    current: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView(Step):
    user: Person
    scopes: tuple[ScopeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    provider: str
    action: str
    #: Filled in already, from the address or a try that failed.
    user_code: str = ""
    #: Why the last try failed.
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDoneView:
    provider: str
    client_name: str
    is_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    provider: str
    code: str
    description: str
    #: What the developer should change.
    hint: str = ""
    #: The section that asks for it.
    cites: str = ""
    status: int
    #: Where the same page is found again; "" for nowhere.
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutView:
    provider: str
    #: None when nobody is signed in.
    user: Person | None
    action: str
    csrf: str
    done: bool = False
    #: The client that asks for it, and what its request waits under; empty where the user came here
    #: alone.
    client_name: str = ""
    logout: str = ""
    #: The user has said no.
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackView:
    provider: str
    #: What came back: `code`, `state` … or `error`.
    members: tuple[tuple[str, str], ...]
    #: Arguments of the shell command that redeems the code, each quoted; none without a code.
    curl: tuple[str, ...]
    #: The authorization URL to start over.
    again: str = ""
    #: Seconds; 0 when unknown.
    code_lifetime: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPostView:
    provider: str
    redirect_uri: str
    members: tuple[tuple[str, str], ...]


def step_policy(view: Step) -> str:
    """Of login and consent: the one picture that they show is the client's own (OpenID Connect
    Dynamic Client Registration 1.0, 2: logo_uri should be displayed).
    """
    logos = [origin_of(link.url) for link in view.links if link.name == "logo"]
    return policy(images=logos) if logos else CONTENT_SECURITY_POLICY


def render_login(view: LoginView) -> str:
    """A list of users to pick one from, or name and password.

    >>> page = render_login(
    ...     LoginView(
    ...         provider="ProZ.com",
    ...         client_name="My app",
    ...         redirect_host="app.example",
    ...         action="/login",
    ...         interaction="i-1",
    ...         csrf="c-1",
    ...         errors=("access_denied",),
    ...         people=(Person(username="alice"),),
    ...     )
    ... )
    >>> '<button id="user-alice" name="user" value="alice">' in page
    True
    """
    return _with_state(_login(view), view)


def render_consent(view: ConsentView) -> str:
    """What the client asks for in plain words, to allow or to deny.

    >>> page = render_consent(
    ...     ConsentView(
    ...         provider="ProZ.com",
    ...         client_name="My app",
    ...         redirect_host="app.example",
    ...         action="/consent",
    ...         interaction="i-1",
    ...         csrf="c-1",
    ...         errors=(),
    ...         user=Person(username="alice"),
    ...         scopes=(ScopeLine(name="openid", meaning="know who you are"),),
    ...     )
    ... )
    >>> '<button class="primary" id="allow" name="action" value="allow">' in page
    True
    """
    return _with_state(_consent(view), view)


def render_device(view: DeviceView) -> str:
    """Where a user types the code of a device (RFC 8628, 3.3).

    >>> page = render_device(DeviceView(provider="ProZ.com", action="/device"))
    >>> '<button class="primary" id="continue">' in page
    True
    """
    return render("device.html", view=view)


def render_device_done(view: DeviceDoneView) -> str:
    """That the user has answered, and that the rest happens on the device.

    >>> view = DeviceDoneView(provider="ProZ.com", client_name="TV", is_allowed=True)
    >>> '<p id="allowed">' in render_device_done(view)
    True
    """
    return render("device_done.html", view=view)


def render_error(view: ErrorView) -> str:
    """A refusal that must not be sent to the client (RFC 6749, 4.1.2.1), and what to change.

    >>> view = ErrorView(provider="ProZ.com", code="invalid_client", description="", status=400)
    >>> '<code id="code">invalid_client</code>' in render_error(view)
    True
    """
    return render("error.html", view=view)


def render_sign_out(view: SignOutView) -> str:
    """Whether to sign out, and that it is done.

    >>> view = SignOutView(provider="ProZ.com", user=None, action="/out", csrf="", done=True)
    >>> "<h1>You are signed out</h1>" in render_sign_out(view)
    True
    """
    return render("sign_out.html", view=view)


def render_callback(view: CallbackView) -> str:
    """The try-out page: what a client gets back, and how it goes on.

    >>> view = CallbackView(provider="ProZ.com", members=(("code", "c0de"),), curl=())
    >>> '<dd id="member-code"><code>c0de</code></dd>' in render_callback(view)
    True
    """
    names = [name for name, _ in view.members]
    return render(
        "callback.html",
        view=view,
        # A parameter may come twice, an id may not: the first has it.
        identified=[names.index(name) == place for place, name in enumerate(names)],
        failed="error" in names,
        lifetime=_seconds(view.code_lifetime) if view.code_lifetime else "",
    )


def render_form_post(view: FormPostView) -> str:
    """A form that sends itself to the client (OAuth 2.0 Form Post Response Mode, 2).

    >>> view = FormPostView(
    ...     provider="ProZ.com", redirect_uri="https://app.example/cb", members=(("code", "c0de"),)
    ... )
    >>> '<input type="hidden" name="code" value="c0de">' in render_form_post(view)
    True
    """
    return render("form_post.html", view=view, host=host_of(view.redirect_uri), script=_SUBMIT)


@lru_cache(maxsize=64)
def _login(view: LoginView) -> str:
    return render("login.html", view=view, focus=_focus(view))


@lru_cache(maxsize=64)
def _consent(view: ConsentView) -> str:
    return render("consent.html", view=view)


def _with_state(page: str, view: Step) -> str:
    # No value can look like these two: where it has a "<", the page has "&lt;".
    page = page.replace("<interaction>", escape(view.interaction), 1)
    return page.replace("<csrf>", escape(view.csrf), 1)


def _focus(view: LoginView) -> str:
    """The field where typing goes on; none while there are users to pick from."""
    if view.username:
        return "password"
    return "username" if view.problem or not view.people else ""


def _seconds(seconds: float) -> str:
    count, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
