"""What passes between our pages and a browser: cookies, redirects, origins (RFC 6265; RFC 6454)."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest

from mockidp.issuer import Place
from mockidp.oauth.errors import OAuthError
from mockidp.web.browser import (
    check_csrf,
    cookie,
    host_of_url,
    own_path,
    page,
    read_form,
    redirect,
    refuse_foreign_origin,
    set_cookie,
    thin_out,
    try_out_uri,
)
from mockidp.web.message import Answer, Request

HTTP = Place("http://127.0.0.1:8400/proz", "http://127.0.0.1:8400/proz")
HTTPS = Place("https://idp.test", "https://idp.test")
SESSION = "s" * 43


def request(*headers: tuple[bytes, bytes], place: Place = HTTPS, **given: Any) -> Request:
    parts = {"method": "POST", "path": "/", "query": b"", "body": b"", "ip": None, **given}
    return Request(headers=list(headers), place=place, **parts)


def cookie_name(place: Place, kind: str = "session") -> str:
    answer = Answer(200)
    set_cookie(answer, place, kind, "x")
    return next(iter(SimpleCookie(answer.headers[0][1].decode())))


def header_of(place: Place, value: str, kind: str = "session") -> str:
    answer = Answer(200)
    set_cookie(answer, place, kind, value)
    ((name, header),) = answer.headers
    assert name == b"set-cookie"
    return header.decode()


# -- cookies --------------------------------------------------------------------------------------


def test_a_cookie_lasts_until_the_browser_is_closed() -> None:
    name, *parts = header_of(HTTP, SESSION).split("; ")
    assert name.endswith(f"={SESSION}")
    assert sorted(parts) == ["HttpOnly", "Path=/proz", "SameSite=Lax"]


def test_over_https_it_never_travels_without() -> None:
    assert sorted(header_of(HTTPS, SESSION).split("; ")[1:]) == [
        *("HttpOnly", "Path=/", "SameSite=Lax", "Secure"),
    ]


def test_an_empty_one_takes_it_away() -> None:
    assert "Max-Age=0" in header_of(HTTPS, "")


def test_providers_and_kinds_are_told_apart_by_the_name() -> None:
    # RFC 6265, 8.5: cookies do not know ports.
    other_port = Place("http://127.0.0.1:8401/proz", "")
    names = {cookie_name(place, kind) for place in (HTTP, HTTPS, other_port) for kind in "ab"}
    assert len(names) == 6


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("{name}={value}", SESSION),
        ("a=b; {name}={value}; c=d", SESSION),
        ("a=b;{name}={value}", SESSION),
        ('{name}="{value}"', SESSION),
        ("{name}=", None),
        ("{name}", None),
        ("x{name}={value}", None),
        ("{name}={value} x", None),
        ("{name}={value}\t", SESSION),
        ('{name}="a\\012b"', None),
        ("{name}=é", None),
        ("{name}=a.b", None),
        ("{name}=" + "x" * 129, None),
        ("", None),
        (";;;===;", None),
    ],
)
def test_our_cookie_is_found_and_nothing_else_is_taken_for_it(
    header: str, found: str | None
) -> None:
    sent = header.replace("{name}", cookie_name(HTTPS)).replace("{value}", SESSION)
    assert cookie(request((b"cookie", sent.encode("latin-1"))), "session") == found


def test_it_may_be_in_any_of_several_headers() -> None:
    ours = f"{cookie_name(HTTPS)}={SESSION}".encode()
    assert cookie(request((b"cookie", b"a=b"), (b"cookie", ours)), "session") == SESSION
    assert cookie(request((b"cookie", b"a=b")), "session") is None
    assert cookie(request((b"cookie", ours), place=HTTP), "session") is None


# -- addresses ------------------------------------------------------------------------------------


def test_our_pages_are_below_the_prefix_of_the_provider() -> None:
    assert own_path(HTTP, "/_mockidp/login") == "/proz/_mockidp/login"
    assert own_path(HTTPS, "/_mockidp/login", a="&=ü") == "/_mockidp/login?a=%26%3D%C3%BC"
    assert try_out_uri(HTTP) == "http://127.0.0.1:8400/proz/_mockidp/callback"


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("https://a/cb?code=x", "https://a/cb?code=x"),
        ("https://a/cb#x=%0D", "https://a/cb#x=%0D"),
        ("https://a/c b", "https://a/c%20b"),
        ("https://a/é", "https://a/%C3%A9"),
        ("https://a/\r\nX: y", "https://a/%0D%0AX:%20y"),
        ("https://a/\x00\x7f", "https://a/%00%7F"),
        ("https://a/\ud800", "https://a/%3F"),
    ],
)
def test_a_redirect_is_one_header(location: str, sent: str) -> None:
    answer = redirect(location)
    assert answer.status == 303  # RFC 9110, 15.4.4
    assert dict(answer.headers)[b"location"].decode() == sent
    assert dict(answer.headers)[b"cache-control"] == b"no-store"
    assert redirect(location, 302).status == 302


def test_a_page_is_kept_from_others() -> None:
    answer = page("<p>é\ud800", "default-src 'none'", 400)
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (400, "<p>é?".encode())
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-security-policy"] == b"default-src 'none'"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-frame-options"] == b"DENY"


# -- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example", "a.example"),
        ("https://A.example:8443/x", "a.example:8443"),
        ("http://[::1]:80", "[::1]:80"),
        *(("null", ""), ("", ""), ("http://[", ""), ("http://[1]x", ""), ("//a", "a"), ("a", "")),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of_url(url) == host


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        (None, b"idp.test", True),
        (b"https://idp.test", b"idp.test", True),
        (b"http://127.0.0.1:8400", b"127.0.0.1:8400", True),
        (b"https://IDP.test", b"idp.TEST", True),
        (b"https://idp.test:444", b"idp.test", False),
        (b"https://evil.example", b"idp.test", False),
        (b"https://idp.test.evil.example", b"idp.test", False),
        (b"https://idp.test@evil.example", b"idp.test", False),
        (b"null", b"idp.test", False),
        (b"", b"idp.test", False),
        (b"\xff", b"idp.test", False),
        (b"http://[", b"idp.test", False),
        (b"idp.test", b"idp.test", False),
    ],
)
def test_a_form_is_from_our_own_page(origin: bytes | None, host: bytes, is_ours: bool) -> None:
    headers = [(b"host", host), *([(b"origin", origin)] if origin is not None else [])]
    asked = request(*headers, body=b"a=b")
    if is_ours:
        refuse_foreign_origin(asked)
        return
    with pytest.raises(OAuthError) as caught:
        refuse_foreign_origin(asked)
    assert (caught.value.code, caught.value.cites) == ("invalid_request", "RFC 9700, 4.7")
    assert "not from this provider's page" in caught.value.hint


def test_a_form_is_read_when_it_is(make_lane: Any) -> None:
    lane = make_lane("openid")
    assert dict(read_form(lane, request((b"host", b"idp.test"), body=b"a=b&c="))) == {"a": "b"}
    foreign = request((b"host", b"idp.test"), (b"origin", b"null"), body=b"a=b")
    for asked in (foreign, request(body=b"%zz")):
        with pytest.raises(OAuthError):
            read_form(lane, asked)


@pytest.mark.parametrize("sent", [None, "", "x", "secre", "secret ", "SECRET", "é", "\udcff"])
def test_only_the_secret_of_the_page_will_do(sent: str | None) -> None:
    check_csrf("secret", "secret")
    with pytest.raises(OAuthError, match="csrf value of its page") as caught:
        check_csrf(sent, "secret")
    assert "secret" not in caught.value.hint


def test_of_many_cookies_of_a_kind_the_oldest_go() -> None:
    kinds = [f"browser_{number}" for number in range(5)]
    names = [cookie_name(HTTPS, kind) for kind in kinds]
    others = [cookie_name(HTTPS, "session"), cookie_name(HTTP, "browser_9"), "browser_0"]
    sent = "; ".join(f"{name}=x" for name in (*others, *names))
    answer = Answer(200)
    thin_out(answer, request((b"cookie", sent.encode())), "browser", most=3)
    gone = [SimpleCookie(value.decode()) for _, value in answer.headers]
    assert [next(iter(each)) for each in gone] == names[:2]
    assert all(each[name]["max-age"] == "0" for each, name in zip(gone, names, strict=False))


def test_few_cookies_stay() -> None:
    answer = Answer(200)
    sent = f"{cookie_name(HTTPS, 'browser_1')}=x".encode()
    thin_out(answer, request((b"cookie", sent)), "browser", most=3)
    assert answer.headers == []
