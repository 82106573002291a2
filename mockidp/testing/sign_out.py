"""The way out: from the address to sign out at to where the browser is told to go."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from mockidp.profiles.paths import SIGN_OUT_PATH
from mockidp.records import dataclass
from mockidp.testing.browser import Browser
from mockidp.testing.callback import Callback
from mockidp.testing.markup import Markup
from mockidp.testing.problems import stuck, told
from mockidp.testing.sign_in import button_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut:
    """Where the browser has come to after it has signed out."""

    #: Where the provider sends it; None where it stays.
    callback: Callback | None
    #: What it would load meanwhile to tell applications (OpenID Connect Front-Channel Logout 1.0);
    #: no more than ``callback`` has it been asked for.
    frames: tuple[str, ...] = ()


def log_out(browser: Browser, logout_url: str, *, stay: bool) -> LoggedOut:
    """One way from the address to sign out at to where the browser is told to go."""
    response = browser.ask(logout_url)
    if urlsplit(response.location).path.endswith(SIGN_OUT_PATH):
        response = browser.ask(response.location)
    page = Markup(response.text)
    form = page.form("sign-out-form") if response.is_page else None
    if stay and form is None:
        raise stuck("the provider asked nobody", response)
    if form is not None:
        button = button_of(form, "stay" if stay else "sign-out", response)
        answer = {button.name: button.value} if button.name else {}
        response = browser.ask(urljoin(response.url, form.action), {**form.fields, **answer})
        page = Markup(response.text)
    if response.location:
        return LoggedOut(callback=Callback(response.location))
    if response.status != 200:
        raise told(response)
    goes_on = page.links.get("continue")
    return LoggedOut(callback=Callback(goes_on) if goes_on else None, frames=tuple(page.frames))
