"""What the URIs of a client may be (OpenID Connect Dynamic Client Registration 1.0, 2; RFC 8252,
7 and 8.4).
"""

from __future__ import annotations

import pytest

from mockidp.flows.registration.addresses import (
    hosts_of,
    origin_of,
    page_problem,
    redirect_problem,
    server_problem,
)

HTTPS = "https://app.example/cb"
# Of each URI: is it good for a web client, for one with implicit, both again where loopback is
# allowed, and for a native client.
REDIRECTS = {
    HTTPS: (True, True, True, True, True),
    "https://localhost/cb": (True, False, True, True, True),
    "http://localhost:3000/cb": (False, False, True, True, True),
    "http://LOCALHOST/cb": (False, False, True, True, True),
    "http://127.0.0.1/cb": (False, False, True, True, True),
    "http://[::1]:8000/cb": (False, False, True, True, True),
    "http://127.0.0.2/cb": (False, False, False, False, False),
    "http://localhost.example/cb": (False, False, False, False, False),
    "http://app.example/cb": (False, False, False, False, False),
    "com.example.app:/cb": (False, False, False, False, True),
    "com.example.app://cb": (False, False, False, False, True),
    "myapp://cb": (False, False, False, False, False),
    "javascript:alert(1)": (False, False, False, False, False),
    "https://app.example/cb#top": (False, False, False, False, False),
    "https://app.example/cb#": (False, False, False, False, False),
    "https://me@app.example/cb": (False, False, False, False, False),
    "https://*.app.example/cb": (False, False, False, False, False),
    "https://[::::]/cb": (False, False, False, False, False),
    "com.example.app://[": (False, False, False, False, False),
    "/cb": (False, False, False, False, False),
    "https://app.example/../cb": (False, False, False, False, False),
}


@pytest.mark.parametrize(("uri", "good"), REDIRECTS.items(), ids=REDIRECTS)
def test_where_users_may_be_sent(uri: str, good: tuple[bool, ...]) -> None:
    kinds = [("web", False, False), ("web", True, False), ("web", False, True), ("web", True, True)]
    found = [
        redirect_problem(uri, kind, is_implicit=is_implicit, loopback=loopback)
        for kind, is_implicit, loopback in [*kinds, ("native", False, False)]
    ]
    assert tuple(not problem for problem in found) == good


@pytest.mark.parametrize(
    ("uri", "anywhere", "on_loopback"),
    [
        (HTTPS, True, True),
        ("http://127.0.0.1:8080/jwks", False, True),
        ("http://localhost/jwks", False, True),
        ("http://app.example/jwks", False, False),
        ("https://app.example/jwks#1", False, False),
        ("ftp://app.example/jwks", False, False),
        ("file:///etc/passwd", False, False),
        ("https://u:p@app.example/", False, False),
    ],
)
def test_what_the_provider_may_ask(uri: str, anywhere: bool, on_loopback: bool) -> None:
    assert (not server_problem(uri, loopback=False)) == anywhere
    assert (not server_problem(uri, loopback=True)) == on_loopback


def test_a_request_uri_may_have_a_fragment() -> None:
    assert not server_problem(f"{HTTPS}#1", loopback=False, fragment=True)


@pytest.mark.parametrize(
    ("uri", "is_good"),
    [
        (f"{HTTPS}#top", True),
        ("http://app.example/", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("com.example.app:/x", False),
        ("//app.example/", False),
        ('https://app.example/"onclick="x', False),
        ("https://[::::]/", False),
        ("", False),
    ],
)
def test_what_may_be_a_link_on_a_page(uri: str, is_good: bool) -> None:
    assert (not page_problem(uri)) == is_good


def test_origins_are_compared_with_their_ports() -> None:
    assert origin_of("https://app.example/a") == origin_of("https://APP.example:443/b?c")
    assert origin_of("https://app.example/") != origin_of("https://app.example:8443/")
    assert hosts_of(["https://a.example/1", "https://A.example/2", "http://b.example"]) == (
        "a.example",
        "b.example",
    )
