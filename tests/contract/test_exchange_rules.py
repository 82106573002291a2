"""The golden exchanges are strict: what deviates is noticed, what is badly written is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.exchange_format import Ask, BadExchange, Exchange, exchanges_of, read_exchanges
from fixtures.exchange_match import STYLES, Mismatch, expect_json, expect_text
from fixtures.exchange_player import play
from mockidp.config.people import default_users
from mockidp.profiles.load import load_profile
from mockidp.web.pages.interaction import FORM_POST_POLICY

TOKEN = '{"access_token": "{jwt}", "expires_in": 3600, "token_type": "Bearer"}'
GOOD = b'{"access_token":"a.b.c","expires_in":3600,"token_type":"Bearer"}'

ASKED = """
[[exchange]]
name = "n"
source = "003"
status = "documented"
[[exchange.step]]
request = "GET https://api.groupdocs.cloud/elsewhere"
status = 404
headers = "none"
body = ""
"""


def test_the_same_json_matches() -> None:
    assert expect_json("body", TOKEN, GOOD, {})["expires_in"] == 3600


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            b'{"expires_in":3600,"access_token":"a.b.c","token_type":"Bearer"}', id="order"
        ),
        pytest.param(GOOD.replace(b"3600", b'"3600"'), id="a number as text"),
        pytest.param(GOOD.replace(b"3600", b"3600.0"), id="a whole number as a fraction"),
        pytest.param(GOOD.replace(b"Bearer", b"bearer"), id="case"),
        pytest.param(GOOD.replace(b"a.b.c", b"opaque"), id="look"),
        pytest.param(GOOD.replace(b"}", b',"scope":null}'), id="one member more"),
        pytest.param(GOOD.replace(b"}", b',"token_type":"Bearer"}'), id="a member twice"),
        pytest.param(GOOD.replace(b',"token_type":"Bearer"', b""), id="one member less"),
        pytest.param(GOOD.replace(b":", b": "), id="white space"),
        pytest.param(GOOD + b"\n", id="a line break at the end"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_json_that_differs_is_noticed(found: bytes) -> None:
    with pytest.raises(Mismatch, match="should be"):
        expect_json("body", TOKEN, found, {})


def test_what_an_earlier_step_made_must_come_again() -> None:
    expected = '{"a": "{first}"}'
    expect_json("body", expected, b'{"a":"x.y"}', {"first": "x.y"})
    with pytest.raises(Mismatch):
        expect_json("body", expected, b'{"a":"xzy"}', {"first": "x.y"})


def test_an_unknown_name_is_an_error_of_the_exchange() -> None:
    with pytest.raises(ValueError, match=r"\{nobody\} is neither"):
        expect_json("body", '{"a": "{nobody}"}', b'{"a":"b"}', {})


def documented() -> tuple[Exchange, Ask]:
    exchange = next(
        e for e in exchanges_of("groupdocs-total") if e.id.endswith("/documented-request")
    )
    step = exchange.steps[0]
    assert isinstance(step, Ask)
    return exchange, step


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"status": 201}, id="status"),
        pytest.param({"headers": "none"}, id="headers the provider has besides"),
        pytest.param({"more_headers": {"X-More": "1"}}, id="a header the provider has not"),
        pytest.param({"body": ""}, id="body"),
        pytest.param({"token": {"header": '{"typ": "JWT", "alg": "RS256"}'}}, id="token header"),
        pytest.param({"token": {"claims": "{}"}}, id="claims"),
        pytest.param({"token": {"signature_bytes": 255}}, id="signature"),
        pytest.param({"token": {"begins": "eyJ0"}}, id="begin of the token"),
        pytest.param({"hint": "something else"}, id="hint"),
    ],
)
def test_an_answer_that_differs_fails_the_exchange(wrong: dict[str, object]) -> None:
    exchange, step = documented()
    changed = replace(step, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Mismatch, match=r"^groupdocs-total/token-success/documented-request: step"):
        play(replace(exchange, steps=(changed,)))


def test_a_key_that_has_not_signed_fails_the_exchange() -> None:
    exchange = next(e for e in exchanges_of("openid") if e.id.endswith("/jwks/rsa"))
    token, jwks = exchange.steps
    other = read_exchanges(
        ASKED.replace(
            "[[exchange.step]]\n",
            '[[exchange.step]]\nrotate_keys = "at once"\n[[exchange.step]]\n',
            1,
        ),
        "openid",
        "t",
        {},
    )[0].steps[0]
    play(exchange)
    with pytest.raises(Mismatch, match="no key of the body verifies"):
        play(replace(exchange, steps=(token, other, jwks)))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "n"', "", "name is missing"),
        ('source = "003"', "", "source is missing"),
        ('"documented"', '"known"', "status must be one of"),
        ('name = "n"', 'name = "n"\ndoor = "window"', "door must be one of"),
        ('name = "n"', 'name = "n"\nnote = ""', "unknown: note"),
        ("body =", "bdoy =", "unknown: bdoy"),
        ('headers = "none"', 'headers = "some"', "no set of headers is called 'some'"),
        ('headers = "none"', "", "headers"),
        ('body = ""', 'body = ""\nform = []\nraw = ""', "says 2 things at once"),
        ("[[exchange.step]]", "[[exchange.step]]\n[[exchange.step]]", "says 0 things at once"),
        ("[[exchange.step]]", "[[exchange.other]]", "unknown: other"),
        ("status = 404", "status =", "Invalid value"),
    ],
)
def test_a_badly_written_exchange_is_refused(old: str, new: str, problem: str) -> None:
    assert old in ASKED
    with pytest.raises(BadExchange, match=r"^p/t\.toml") as caught:
        read_exchanges(ASKED.replace(old, new, 1), "p", "t", {})
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"), [("", "no exchange"), (ASKED + ASKED, "two exchanges are called n")]
)
def test_a_badly_written_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadExchange, match=problem):
        read_exchanges(text, "p", "t", {})


def test_an_alias_weakens_and_must_replace_what_is_there() -> None:
    alias = """
    same_as = "groupdocs-total/refusals.toml"
    status = "assumed"
    source = "because"
    [instead]
    "https://api.groupdocs.cloud" = "https://id.groupdocs.cloud"
    """
    for exchange in read_exchanges(alias, "groupdocs-translation", "t", {"headers": {"json": {}}}):
        assert exchange.status == "assumed"
        assert exchange.source.startswith("because; ")
    with pytest.raises(BadExchange, match="has no 'https://nowhere' to replace"):
        read_exchanges(
            alias.replace('"https://api.groupdocs.cloud"', '"https://nowhere"'),
            "groupdocs-translation",
            "t",
            {},
        )


BROWSER = """
[[exchange]]
name = "n"
source = "RFC 6749, 4.1"
status = "documented"
[[exchange.settings.clients]]
client_id = "app"
client_secret = "s3cret"
redirect_uris = ["https://app.example/cb"]
[exchange.settings.authorize]
members = ["code", "id_token", "state", "iss"]
[exchange.settings.id_token.claims]
sid = "{absent}"
[[exchange.step]]
request = "GET https://mockidp.example/authorize?response_type=code&client_id={client_id}"
query = [["redirect_uri", "https://app.example/cb"], ["scope", "openid"], ["state", "s"]]
status = 303
headers = "page"
location = "/_mockidp/login?interaction={base64url:22}"
body = ""
[[exchange.step]]
request = "GET https://mockidp.example/authorize?response_type=code&client_id=app&nonce=n"
query = [["redirect_uri", "https://app.example/cb"], ["scope", "openid"], ["state", "s"]]
as_user = "alice"
status = 303
headers = "page"
location = "https://app.example/cb?code={base64url:43}&state=s&iss=https%3A%2F%2Fmockidp.example"
body = ""
take = { first = "code" }
[[exchange.step]]
request = "POST https://mockidp.example/token"
basic_encoded = ["app", "s3cret"]
form = [["grant_type", "authorization_code"], ["code", "{first}"], ["redirect_uri", "https://app.example/cb"]]
status = 200
headers = "json"
body = '''
{
    "access_token": "{jwt}", "token_type": "Bearer", "expires_in": 3600, "scope": "openid",
    "id_token": "{jwt}"
}
'''
keep = "token"
[exchange.step.id_token]
header = '{"alg": "RS256", "kid": "mockidp-{base64url:16}", "typ": "JWT"}'
claims = '''
{
    "iss": "https://mockidp.example", "sub": "{guid5}", "aud": "app", "iat": 1605110713,
    "exp": 1605114313, "auth_time": 1605110713, "nonce": "n", "at_hash": "{base64url:22}"
}
'''
[[exchange.step]]
request = "GET https://mockidp.example/authorize?response_type=code&client_id=app"
query = [["redirect_uri", "https://app.example/cb"], ["scope", "openid"], ["prompt", "none"]]
status = 303
headers = "page"
location = "https://app.example/cb?code={base64url:43}&iss=https%3A%2F%2Fmockidp.example"
body = ""
[[exchange.step]]
revoke = ["alice", "{client_id}"]
[[exchange.step]]
request = "GET https://mockidp.example/userinfo"
send = { Authorization = "Bearer {token}" }
status = 401
headers = "refused"
body = '{"error": "invalid_token", "error_description": "The access token is not valid"}'
[[exchange.step]]
request = "GET https://mockidp.example/authorize?response_type=code&client_id=app"
query = [["redirect_uri", "https://app.example/cb"], ["scope", "openid"]]
as_user = "alice"
denies = true
status = 303
headers = "page"
location = "https://app.example/cb?error=access_denied&error_description={said}&iss=https%3A%2F%2Fmockidp.example"
body = ""
[[exchange.step]]
request = "GET https://mockidp.example/authorize?response_type=code+id_token&client_id=app&nonce=n"
query = [
    ["redirect_uri", "https://app.example/cb"],
    ["scope", "openid"],
    ["response_mode", "form_post"],
]
as_user = "bob"
browser = "another"
status = 200
headers = "form"
location = "https://app.example/cb"
posts = [["code", "{base64url:43}"], ["id_token", "{jwt}"], ["iss", "https://mockidp.example"]]
take = { second = "code" }
[exchange.step.id_token]
header = '{"alg": "RS256", "kid": "mockidp-{base64url:16}", "typ": "JWT"}'
"""
GIVEN = {
    "headers": {
        "page": {"Cache-Control": "no-store"},
        "json": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Pragma": "no-cache",
        },
        "refused": {
            "Content-Type": "application/json",
            "WWW-Authenticate": 'Bearer realm="mockidp", error="invalid_token", '
            'error_description="The access token is invalid"',
        },
        "form": {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "no-store",
            "Content-Security-Policy": FORM_POST_POLICY,
            "Referrer-Policy": "origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        },
    }
}
SAID = "The+user+or+the+provider+denied+the+request"


def browser(old: str = "", new: str = "") -> Exchange:
    text = BROWSER.replace("{said}", SAID).replace(
        "{guid5}", default_users(load_profile("openid"))[0].sub
    )
    assert old in text
    return read_exchanges(text.replace(old, new), "openid", "t", GIVEN)[0]


def test_a_person_at_a_browser_can_be_played() -> None:
    play(browser())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("&state=s&iss=", "&iss=", "header location", id="location"),
        pytest.param("/_mockidp/login", "/login", "header location", id="redirect to our page"),
        pytest.param('"code", "{first}"', '"code", "other"', "status", id="code taken"),
        pytest.param(
            'first = "code"', 'first = "refresh_token"', "has no refresh_token", id="take"
        ),
        pytest.param('"at_hash"', '"c_hash"', "token claims", id="ID token"),
        pytest.param("denies = true", "denies = false", "header location", id="a yes for a no"),
        pytest.param('prompt", "none"', 'prompt", "login"', "header location", id="session lost"),
        pytest.param('as_user = "bob"', 'as_user = "eve"', "status", id="unknown user"),
        pytest.param('browser = "another"', "", "alice is signed in", id="somebody else"),
        pytest.param('["iss", "h', '["issuer", "h', "fields", id="names of a form"),
        pytest.param('["iss", "https://m', '["iss", "https://n', "field iss", id="a field"),
        pytest.param('https://app.example/cb"\nposts', 'https://x"\nposts', "address", id="form"),
        pytest.param('revoke = ["alice"', 'revoke = ["bob"', "status", id="revoked"),
        pytest.param('as_user = "bob"', "", "status", id="nobody answers the page"),
        pytest.param(
            '["prompt", "none"]]',
            ']\nas_user = "alice"',
            "no page asks alice",
            id="nobody is asked",
        ),
    ],
)
def test_what_a_person_at_a_browser_gets_is_compared(old: str, new: str, problem: str) -> None:
    with pytest.raises(Mismatch) as caught:
        play(browser(old, new))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("compact", '{"a":"é/"}'.encode()),
        ("php", rb'{"a":"\u00e9\/"}'),
        ("pretty", b'{\n    "a": "\\u00e9/"\n}'),
    ],
)
def test_json_must_come_in_the_style_of_the_provider(style: str, found: bytes) -> None:
    for other in STYLES:
        if other == style:
            expect_json("body", '{"a": "é/"}', found, {}, other)
        else:
            with pytest.raises(Mismatch):
                expect_json("body", '{"a": "é/"}', found, {}, other)


@pytest.mark.parametrize(("found", "matches"), [("aZ0b", True), ("a90b", False), ("aZ-b", False)])
def test_letters_and_digits_are_more_than_hex(found: str, matches: bool) -> None:
    if matches:
        expect_text("look", "{alnum:4}", found, {})
    else:
        with pytest.raises(Mismatch):
            expect_text("look", "{alnum:4}", found, {})
