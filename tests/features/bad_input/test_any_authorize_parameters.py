"""Good authorization requests with one to three things changed, whatever they are: an answer of
the provider, to the client or to the browser, and no defect of ours.

The same examples in each run; ``HYPOTHESIS_EXAMPLES=20000`` (and ``--timeout 0``) looks further, at
others each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from fixtures.application import CALLBACK, Application, an_application
from fixtures.browser import FORM, Browser, Screen
from fixtures.examples import as_many_as
from mockidp.oauth import names
from mockidp.profiles.schema import Profile

REGISTERED = [CALLBACK, "http://127.0.0.1/cb", "com.app:/cb?x=1"]
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#: No answer may hold it but as the value of a parameter.
MARK = "<script>evil()</script>"

Pairs = list[tuple[str, str]]

#: Providers, and habits of others, as far as they change what is read and how it is refused.
HABITS: dict[str, dict[str, Any]] = {
    "openid": {},
    "proz": {"profile": "proz"},
    "easytranslate": {"profile": "easytranslate"},
    "php": {
        "token": {"repeated": "last"},
        "authorize": {
            "refused_as": "json",
            "redirect_status": 302,
            "redirect_uri_required": False,
            "refused_members": ["error", "error_description", "hint", "message", "state"],
            "nonce_required": False,
            "consent": "ask",
        },
        "wire": {"json": "php"},
        "scopes": {"when_missing": "default", "default": ["read"]},
    },
    "lenient": {
        "token": {"repeated": "first"},
        "authorize": {"pkce": "none", "consent": "skip", "code_challenge_methods": ["plain"]},
        "scopes": {"when_missing": "all", "order": "sorted"},
    },
}


@pytest.fixture(scope="module", params=[*HABITS])
def app(request: pytest.FixtureRequest) -> Iterator[Application]:
    with an_application(journal_size=50, **HABITS[request.param]) as app:
        app.idp.client.update(redirect_uris=REGISTERED)
        yield app


GOOD = st.fixed_dictionaries(
    {
        "response_type": st.sampled_from(names.RESPONSE_TYPES),
        "client_id": st.just("app"),
        "redirect_uri": st.sampled_from([*REGISTERED, "http://127.0.0.1:4242/cb"]),
        "scope": st.sampled_from(["openid", "openid profile", "openid read offline_access"]),
        "state": st.sampled_from(["xyz", "a b&c=d", "\u2028ü", MARK]),
        "nonce": st.just("n-1"),
    },
    optional={
        "response_mode": st.sampled_from(names.RESPONSE_MODES),
        "prompt": st.sampled_from([*names.PROMPTS, "login consent"]),
        "max_age": st.sampled_from(["0", "1", "3600"]),
        "login_hint": st.sampled_from(["alice", "bob", "who"]),
        "code_challenge": st.just(CHALLENGE),
        "code_challenge_method": st.sampled_from(names.CODE_CHALLENGE_METHODS),
    },
)
NAMES = st.sampled_from([*names.REQUEST_PARAMETERS, "request", "id_token_hint", "display", "x"])
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("", " ", "\0", "%00", "\r\nX: y", MARK, f'"{MARK}', "null", "[]", "a" * 3000),
            *("https://evil.example/cb", "//evil.example", f"{CALLBACK}/../x", f"{CALLBACK}#x"),
            *("https://app.example@evil.example/cb", "http://127.0.0.1:99999/cb", "http://["),
            *("javascript:alert(1)", "code token token", "none", "query", "plain", "openid openid"),
            *("-1", "1e9", "٣", "9" * 400, "S256", "s256", "offline_access", "read write"),
        ]
    ),
    st.sampled_from([*REGISTERED, "app", "other"]),
)


@st.composite
def requests(draw: st.DrawFn) -> Pairs:
    """A good request with one to three things changed."""
    pairs: Pairs = [*draw(GOOD).items()]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(pairs) - 1)) if pairs else 0
        match draw(st.sampled_from(["drop", "change", "repeat", "add", "rename"])):
            case "drop" if pairs:
                del pairs[place]
            case "change" if pairs:
                pairs[place] = (pairs[place][0], draw(VALUES))
            case "repeat" if pairs:
                pairs.append((pairs[place][0], draw(VALUES)))
            case "rename" if pairs:
                pairs[place] = (draw(st.text(max_size=10)), pairs[place][1])
            case _:
                pairs.append((draw(NAMES), draw(VALUES)))
    return pairs


def encode(pairs: Pairs) -> str:
    return "&".join(f"{quote(n, errors='replace')}={quote(v, errors='replace')}" for n, v in pairs)


@as_many_as(200, HealthCheck.function_scoped_fixture)
@given(
    pairs=requests(),
    method=st.sampled_from(["GET", "POST"]),
    is_known=st.booleans(),
    choice=st.sampled_from(["allow", "deny", "fail"]),
)
def test_whatever_is_asked(
    app: Application, pairs: Pairs, method: str, is_known: bool, choice: str
) -> None:
    browser = Browser(app.idp.app, app.home)
    if is_known:
        screen = app.begin(browser, prompt="login", nonce="n", scope=None)
        assert screen.path.endswith("/login"), screen
        browser.press(screen, user="alice")
    path = app.idp._lane.profile.authorize.path
    if method == "GET":
        screen = browser.ask("GET", f"{path}?{encode(pairs)}")
    else:
        headers = [("content-type", FORM)]
        screen = browser.ask("POST", path, headers=headers, body=encode(pairs).encode())
    check(app, pairs, screen)
    if screen.path.endswith("/login"):
        screen = browser.press(screen, user="bob")
        check(app, pairs, screen)
    if screen.path.endswith("/consent") and not screen.sent_to:
        screen = browser.press(screen, action=choice, error="server_error")
        check(app, pairs, screen)
    assert screen.sent_to or screen.status != 200 or "form-post" in screen.html


def check(app: Application, pairs: Pairs, screen: Screen) -> None:
    """What must be true of every answer."""
    journal = app.idp.journal
    assert journal.failures == []
    assert screen.status in (200, 302, 303, 400, 401)
    assert MARK not in screen.html
    for _, value in screen.headers:
        assert value.isprintable()
    if screen.status >= 400:
        assert journal.last.error
        assert journal.last.hint
        return
    if not screen.sent_to and "form-post" not in screen.html:
        return
    profile: Profile = app.idp._lane.profile
    to = screen.sent_to or str(screen.page.by_id("form-post").attributes["action"])
    assert_registered(to)
    answer = screen.answer
    assert ("error" in answer) is bool(journal.last.error)
    assert set(answer) <= {
        *(profile.authorize.refused_members if "error" in answer else profile.authorize.members),
        *dict(parse_qsl(urlsplit(to).query)),
    }
    # An empty one is none (RFC 6749, 3.1); of several, a provider may take the last.
    states = [value or None for name, value in pairs if name == "state"]
    assert answer.get("state") in (states or [None])
    in_query = "query" in profile.authorize.default_modes.values()  # as ProZ.com's hybrid answer
    if not in_query and ("access_token" in answer or "id_token" in answer):
        assert screen.mode != "query"


def assert_registered(to: str) -> None:
    """Nothing but members of the answer stands behind a registered URI."""
    bases = [*REGISTERED]
    if to.startswith("http://127.0.0.1:"):
        port = to.removeprefix("http://127.0.0.1:").partition("/")[0]
        assert port.isdecimal()
        bases.append(f"http://127.0.0.1:{port}/cb")
    assert any(to == base or to.startswith((f"{base}?", f"{base}&", f"{base}#")) for base in bases)


def test_the_table_of_good_requests_is_good(app: Application) -> None:
    sent = {"response_type": "code", "client_id": "app", "redirect_uri": CALLBACK, "state": "s"}
    browser = Browser(app.idp.app, app.home)
    screen = browser.open(app.idp._lane.profile.authorize.path, **sent)
    screen = browser.press(screen, user="alice")
    screen = screen if screen.sent_to else browser.press(screen, action="allow")
    assert urlencode({"state": "s"}) in screen.sent_to
    assert "code" in screen.answer
