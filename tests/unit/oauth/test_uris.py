"""Redirect URIs and issuers (RFC 6749, 3.1.2; RFC 8252, 7.3; RFC 9700, 4.1.3)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.oauth.uris import (
    issuer_problem,
    match_redirect_uri,
    redirect_uri_difference,
    redirect_uri_problem,
)

CB = "https://app.example/cb"
MIB = 1 << 20


@pytest.mark.parametrize(
    "uri",
    [
        CB,
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/cb?a=1&b=2&b=3",
        "https://app.example:65535/cb",
        "https://app.example/a%20b?x=%C3%BC",
        "https://app.example/cb?next=/../x",
        "https://app.example/a..b/...",
        "https://app.example/cb?mail=a@b.example",
        "https://app.example/@user",
        "https://xn--bcher-kva.example/cb",
        "HTTPS://APP.EXAMPLE/cb",
        "http://localhost:3000/cb",
        "http://127.0.0.1:51004/cb",
        "http://[::1]:51004/cb",
        "http://[::1]/cb",
        "http://my_host.internal/cb",
        "com.example.app:/cb",
        "com.example.app://oauth/cb",
        "myapp://cb",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_possible_redirect_uris(uri: str) -> None:
    assert redirect_uri_problem(uri) is None


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("/cb", "is not absolute", id="path"),
        pytest.param("cb", "is not absolute", id="word"),
        pytest.param("app.example/cb", "is not absolute", id="host without scheme"),
        pytest.param("//app.example/cb", "is not absolute", id="scheme-relative"),
        pytest.param("://app.example/cb", "is not absolute", id="empty scheme"),
        pytest.param("1http://app.example/cb", "is not absolute", id="scheme begins with digit"),
        pytest.param("localhost:8000/cb", "before host and port", id="host and port"),
        pytest.param("app.example:443", "before host and port", id="host and port, no path"),
        pytest.param(CB + "#x", "fragment", id="fragment"),
        pytest.param(CB + "#", "fragment", id="empty fragment"),
        pytest.param("com.example.app:/cb#x", "fragment", id="fragment, private scheme"),
        pytest.param("https://good.example@evil.example/", "user information", id="user"),
        pytest.param("https://u:p@app.example/", "user information", id="user and password"),
        pytest.param("https://@app.example/", "user information", id="empty user"),
        pytest.param("myapp://u@cb", "user information", id="user, private scheme"),
        pytest.param("https://good.example\\@evil.example/", "backslash", id="backslash host"),
        pytest.param("https:\\\\app.example\\cb", "backslash", id="backslashes for slashes"),
        pytest.param("https://app.example/a b", "space", id="space"),
        pytest.param(" " + CB, "space", id="space in front"),
        pytest.param(CB + " ", "space", id="space at the end"),
        pytest.param(CB + "\n", "control character", id="line break at the end"),
        pytest.param("https://app.example/\tcb", "control character", id="tab"),
        pytest.param("https://app.example/\0", "control character", id="NUL"),
        pytest.param("https://app.example/\x7f", "control character", id="DEL"),
        pytest.param("https://app.example/%0d%0aSet-Cookie:x", "control", id="encoded CRLF"),
        pytest.param("https://app.example/?x=%00", "control character", id="encoded NUL"),
        pytest.param("https://app.example/?x=%7f", "control character", id="encoded DEL"),
        pytest.param("https://app.example/<x>", "character <", id="markup"),
        pytest.param('https://app.example/"', 'character "', id="quote"),
        pytest.param("https://app.example/%zz", "two hexadecimal digits", id="broken escape"),
        pytest.param("https://app.example/?x=%", "two hexadecimal digits", id="lone percent"),
        pytest.param("javascript:alert(1)", "javascript", id="javascript"),
        pytest.param("JavaScript:alert(1)", "javascript", id="javascript in mixed case"),
        pytest.param("javascript://app.example/%250Aalert(1)", "javascript", id="with a host"),
        pytest.param("java\tscript:alert(1)", "control character", id="javascript with a tab"),
        pytest.param("data:text/html,x", "data", id="data"),
        pytest.param("vbscript:x", "vbscript", id="vbscript"),
        pytest.param("file:///etc/passwd", "file", id="file"),
        pytest.param("https:///cb", "no host", id="no host"),
        pytest.param("https://", "no host", id="nothing after slashes"),
        pytest.param("https:/app.example/cb", "no host", id="one slash"),
        pytest.param("https:app.example/cb", "no host", id="no slash"),
        pytest.param("http://:8000/cb", "no host", id="port only"),
        pytest.param("HTTP:/cb", "no host", id="upper case scheme"),
        pytest.param("https://*.app.example/cb", "wildcard", id="wildcard"),
        pytest.param("https://app.example:https/cb", "malformed", id="port is a word"),
        pytest.param("https://app.example:65536/cb", "malformed", id="port too large"),
        pytest.param("https://app.example:/cb", "malformed", id="empty port"),
        pytest.param("https://ex%61mple.example/cb", "malformed", id="encoded host"),
        pytest.param("https://[::1/cb", "malformed", id="open bracket"),
        pytest.param("https://::1/cb", "malformed", id="IPv6 without brackets"),
        pytest.param("https://app.example/../cb", "dot segment", id="dot dot"),
        pytest.param("https://app.example/./cb", "dot segment", id="dot"),
        pytest.param("https://app.example/cb/..", "dot segment", id="dot dot at the end"),
        pytest.param("https://app.example/%2e%2E/cb", "dot segment", id="encoded"),
        pytest.param("https://app.example/.%2e/cb", "dot segment", id="half encoded"),
        pytest.param("https://app.example/cb%2f..%2Fx", "dot segment", id="encoded slashes"),
        pytest.param("https://app.example/cb%5c..", "dot segment", id="encoded backslash"),
        pytest.param("com.example.app:/a/../b", "dot segment", id="private scheme"),
        pytest.param("https://b\u00fccher.example/cb", "outside ASCII", id="Unicode host"),
        pytest.param("https://app.example/\u00fc", "outside ASCII", id="Unicode path"),
        pytest.param("https://app.example\uff0fcb", "outside ASCII", id="full-width slash"),
        pytest.param("https://app.ex\u0430mple/cb", "outside ASCII", id="Cyrillic look-alike"),
    ],
)
def test_impossible_redirect_uris(uri: str, problem: str) -> None:
    found = redirect_uri_problem(uri)
    assert found is not None
    assert problem in found


@pytest.mark.parametrize(
    "issuer",
    [
        "https://idp.example",
        "https://idp.example/",
        "https://idp.example:8443/realms/a%20b",
        "http://127.0.0.1:8400",
        "http://[::1]:8400/openid",
        "http://localhost:8400",
    ],
)
def test_possible_issuers(issuer: str) -> None:
    assert issuer_problem(issuer) is None


@pytest.mark.parametrize(
    ("issuer", "problem"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("idp.example", "is not absolute", id="no scheme"),
        pytest.param("localhost:8400", "before host and port", id="host and port"),
        pytest.param("https://", "no host", id="no host"),
        pytest.param("https://idp.example?", "has a query", id="empty query"),
        pytest.param("https://idp.example/?t=1", "has a query", id="query"),
        pytest.param("https://idp.example#", "has a fragment", id="empty fragment"),
        pytest.param("https://idp.example/#a", "has a fragment", id="fragment"),
        pytest.param("https://u@idp.example", "user information", id="user"),
        pytest.param("urn:example:idp", "scheme other than", id="urn"),
        pytest.param("ftp://idp.example", "scheme other than", id="ftp"),
        pytest.param("javascript:x", "javascript", id="javascript"),
        pytest.param("https://idp.example/a/../b", "dot segment", id="dot segment"),
        pytest.param("https://idp.example/ ", "space", id="space"),
        pytest.param("https://idp.example:99999", "malformed", id="port too large"),
        pytest.param("https://\u00efdp.example", "outside ASCII", id="Unicode"),
    ],
)
def test_impossible_issuers(issuer: str, problem: str) -> None:
    found = issuer_problem(issuer)
    assert found is not None
    assert problem in found


@pytest.mark.parametrize(
    ("uri", "registered"),
    [
        pytest.param(CB, CB, id="equal"),
        pytest.param("myapp:/cb", "myapp:/cb", id="private scheme"),
        pytest.param("http://localhost:1/cb", "http://localhost:1/cb", id="localhost, equal"),
        pytest.param("http://127.0.0.1:5/cb", "http://127.0.0.1/cb", id="port added"),
        pytest.param("http://127.0.0.1/cb", "http://127.0.0.1:5/cb", id="port left out"),
        pytest.param("http://127.0.0.1:6/cb", "http://127.0.0.1:5/cb", id="port changed"),
        pytest.param("http://127.0.0.1:65535/cb", "http://127.0.0.1/cb", id="highest port"),
        pytest.param("http://[::1]:5/cb?x=1", "http://[::1]/cb?x=1", id="IPv6"),
        pytest.param("http://127.0.0.1:5", "http://127.0.0.1", id="no path"),
        pytest.param("http://127.0.0.1:5?a=b", "http://127.0.0.1?a=b", id="query, no path"),
    ],
)
def test_matching_uris(uri: str, registered: str) -> None:
    assert match_redirect_uri(uri, ["https://other.example/", registered])


@pytest.mark.parametrize(
    ("uri", "registered"),
    [
        pytest.param(CB + "/", CB, id="trailing slash"),
        pytest.param(CB + "?x=1", CB, id="query added"),
        pytest.param(CB + "/sub", CB, id="longer path"),
        pytest.param(CB[:-1], CB, id="shorter path"),
        pytest.param("https://APP.example/cb", CB, id="case of the host"),
        pytest.param("https://app.example/%63b", CB, id="percent-encoding"),
        pytest.param("https://app.example:443/cb", CB, id="default port"),
        pytest.param("https://app.example.evil.example/cb", CB, id="longer host"),
        pytest.param("", CB, id="empty"),
        pytest.param("http://localhost:5/cb", "http://localhost/cb", id="localhost has no rule"),
        pytest.param("https://127.0.0.1:5/cb", "https://127.0.0.1/cb", id="https has no rule"),
        pytest.param("http://127.0.0.2:5/cb", "http://127.0.0.2/cb", id="other loopback address"),
        pytest.param("http://127.0.0.1:5/cb", "http://[::1]/cb", id="IPv4 for IPv6"),
        pytest.param("http://127.0.0.1:5/cb", "http://localhost/cb", id="address for the name"),
        pytest.param("http://127.0.0.1:5/other", "http://127.0.0.1/cb", id="other path"),
        pytest.param("http://127.0.0.1:5/", "http://127.0.0.1", id="slash, loopback"),
        pytest.param("http://127.0.0.1:5/cb?x=1", "http://127.0.0.1/cb", id="query, loopback"),
        pytest.param("http://127.0.0.1:5/cb#x", "http://127.0.0.1/cb", id="fragment, loopback"),
        pytest.param("http://127.0.0.1:5/cb\n", "http://127.0.0.1/cb", id="line break"),
        pytest.param("http://127.0.0.1:65536/cb", "http://127.0.0.1/cb", id="port too large"),
        pytest.param("http://127.0.0.1:/cb", "http://127.0.0.1/cb", id="empty port"),
        pytest.param("http://127.0.0.1:x/cb", "http://127.0.0.1/cb", id="port is a letter"),
        pytest.param("http://127.0.0.1:\u0665/cb", "http://127.0.0.1/cb", id="Arabic digit"),
        pytest.param("http://127.0.0.1:5@evil.example/cb", "http://127.0.0.1/cb", id="user"),
        pytest.param("http://127.0.0.1:5.evil.example/cb", "http://127.0.0.1/cb", id="suffix"),
        pytest.param("http://127.0.0.1.evil.example/cb", "http://127.0.0.1/cb", id="longer name"),
        pytest.param("http://127x0x0x1:5/cb", "http://127.0.0.1/cb", id="dots are dots"),
        pytest.param("HTTP://127.0.0.1:5/cb", "http://127.0.0.1/cb", id="case of the scheme"),
        pytest.param("http://[0:0:0:0:0:0:0:1]:5/cb", "http://[::1]/cb", id="long IPv6"),
        pytest.param("http://127.1:5/cb", "http://127.0.0.1/cb", id="short IPv4"),
    ],
)
def test_near_misses_do_not_match(uri: str, registered: str) -> None:
    assert not match_redirect_uri(uri, ["https://other.example/", registered])
    assert not match_redirect_uri(uri, [])


@pytest.mark.parametrize(
    ("uri", "registered", "only_by"),
    [
        pytest.param(CB + "/", CB, "a trailing slash", id="slash added"),
        pytest.param(CB, CB + "/", "a trailing slash", id="slash missing"),
        pytest.param(CB + "/?x=1", CB + "?x=1", "a trailing slash", id="slash before a query"),
        pytest.param(
            "https://App.example/cb", CB, "the letter case of the host", id="case of the host"
        ),
        pytest.param("HTTPS://app.example/cb", CB, "the letter case of the scheme", id="scheme"),
        pytest.param(
            "https://APP.example/CB", CB, "the letter case of the host and the path", id="two cases"
        ),
        pytest.param(
            "http://app.example/cb", CB, "the scheme (http instead of https)", id="http for https"
        ),
        pytest.param(
            "https://app.example:8443/cb", CB, "the port (8443 instead of none)", id="port"
        ),
        pytest.param(
            "https://app.example:443/cb",
            CB,
            "the default port, which is written out in one of them",
            id="default port",
        ),
        pytest.param(
            "http://localhost:5/cb",
            "http://localhost:3000/cb",
            "the port (5 instead of 3000); any port will do for 127.0.0.1 and [::1],"
            " not for localhost (RFC 8252, 7.3)",
            id="port of localhost",
        ),
        pytest.param(
            "http://localhost/cb",
            "http://127.0.0.1/cb",
            "the host (localhost instead of 127.0.0.1)",
            id="name for the address",
        ),
        pytest.param(
            "http://127.0.0.1:5/other", "http://127.0.0.1/cb", "the path", id="path, loopback"
        ),
        pytest.param(
            "http://localhost:5/cb",
            "http://127.0.0.1/cb",
            "the host and the port",
            id="host and port",
        ),
        pytest.param(CB + "?x=1", CB, "the additional query parameter 'x'", id="query added"),
        pytest.param(CB, CB + "?x=1", "the missing query parameter 'x'", id="query missing"),
        pytest.param(
            CB + "?x=2", CB + "?x=1", "the value of the query parameter 'x'", id="query value"
        ),
        pytest.param(
            CB + "?x=1&z=1",
            CB + "?x=2&y=1",
            "the additional query parameter 'z' and the missing query parameter 'y'"
            " and the value of the query parameter 'x'",
            id="all three",
        ),
        pytest.param(
            CB + "?b=1&a=1",
            CB + "?a=1&b=1",
            "the order or the spelling of the query parameters",
            id="query order",
        ),
        pytest.param(CB + "#top", CB, "its fragment", id="fragment"),
        pytest.param("https://app.example/%63b", CB, "percent-encoding", id="percent-encoding"),
        pytest.param(
            "https%3A%2F%2Fapp.example%2Fcb",
            CB,
            "percent-encoding: it was encoded twice",
            id="encoded twice",
        ),
        pytest.param(CB + " ", CB, "white space around it", id="space at the end"),
        pytest.param("\n" + CB, CB, "white space around it", id="line break in front"),
        pytest.param("https://u@app.example/cb", CB, "user information before the host", id="user"),
        pytest.param("https://app.example/callback", CB, "the path", id="path"),
        pytest.param(
            "https://app.test/cb", CB, "the host (app.test instead of app.example)", id="host"
        ),
    ],
)
def test_hint_names_the_only_difference(uri: str, registered: str, only_by: str) -> None:
    assert redirect_uri_difference(uri, ["https://elsewhere.example:1/z?z#z", registered]) == (
        f"redirect_uri differs from the registered {registered} only by {only_by}"
    )


def test_hint_prefers_the_finest_difference() -> None:
    registered = ["https://app.example/other", "http://app.example/cb/", CB]
    assert "registered https://app.example/cb only by a trailing slash" in redirect_uri_difference(
        CB + "/", registered
    )


def test_hint_lists_what_is_registered() -> None:
    assert redirect_uri_difference("https://a.example/x", ["myapp:/cb", CB]) == (
        f"redirect_uri https://a.example/x is not registered; registered: myapp:/cb, {CB}"
    )


def test_hint_when_nothing_is_registered() -> None:
    assert "no redirect URI registered" in redirect_uri_difference(CB, [])


@pytest.mark.parametrize("uri", ["http://[::1", "http://[", ":", "?", "#", "//", "%", "\0", "@:@:"])
def test_hint_survives_broken_uris(uri: str) -> None:
    assert redirect_uri_difference(uri, ["myapp:/registered", CB])


def test_long_uris_are_cut_in_hints() -> None:
    kept, cut = "myapp:/" + "x" * 193, "myapp:/" + "x" * 194
    assert redirect_uri_difference(kept, [CB]).startswith(f"redirect_uri {kept} is not")
    assert redirect_uri_difference(cut, [CB]).startswith(f"redirect_uri {kept}… is not")


def test_ten_registered_uris_are_named_and_the_rest_counted() -> None:
    registered = [f"https://host{i}.example/path{i}" for i in range(11)]
    assert redirect_uri_difference("myapp:/cb", registered[:10]).endswith(registered[9])
    assert redirect_uri_difference("myapp:/cb", registered).endswith(f"{registered[9]} and 1 more")


def test_long_lists_make_short_hints() -> None:
    registered = [f"https://host{i}.example/path{i}" for i in range(1000)]
    hint = redirect_uri_difference("myapp:/cb", registered)
    assert "and 990 more" in hint
    assert len(hint) < 600


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("a" * MIB, id="letters"),
        pytest.param("a:" * (MIB // 2), id="colons"),
        pytest.param("https://" + "a" * MIB, id="host"),
        pytest.param("https://" + ":1" * (MIB // 2), id="ports"),
        pytest.param("https://app.example" + "/." * (MIB // 2), id="dot segments"),
        pytest.param("https://app.example/" + "%2e" * (MIB // 3), id="encoded dots"),
        pytest.param("https://app.example/?" + "a&" * (MIB // 2), id="query"),
        pytest.param("http://127.0.0.1:" + "1" * MIB, id="loopback port"),
        pytest.param("%" * MIB, id="percent signs"),
    ],
)
def test_a_mebibyte_is_judged_quickly(uri: str) -> None:
    begin = time.clock_gettime(time.CLOCK_MONOTONIC)
    redirect_uri_problem(uri)
    issuer_problem(uri)
    assert not match_redirect_uri(uri, [CB, "http://127.0.0.1/"])
    assert len(redirect_uri_difference(uri, [CB, "http://127.0.0.1/"])) < 5000
    # Linear work takes a tenth of this; quadratic work would take hours.
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - begin < 5


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_can_be_judged(uri: str, registered: list[str]) -> None:
    redirect_uri_problem(uri)
    issuer_problem(uri)
    assert match_redirect_uri(uri, [*registered, uri])
    assert redirect_uri_difference(uri, registered).startswith("redirect_uri ")
