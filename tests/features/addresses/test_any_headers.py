"""Whatever a proxy, or somebody who pretends to be one, sends: an answer, and a sound address."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from fixtures.asgi import call
from mockidp import MockIdP
from mockidp.web.app import lane_app
from mockidp.web.forwarded import HEADERS

LATIN = st.text(st.characters(max_codepoint=255), max_size=40)
WORDS = st.sampled_from(
    [
        "https",
        "http",
        "idp.example",
        "127.0.0.1",
        "[::1]:8400",
        "proto=https",
        "host=idp.example",
        "for=10.0.0.1",
        "/a",
        "/../b",
        "//c",
        ",",
        ";",
        "=",
        '"',
        ":99999",
        "443",
        " ",
        "\\",
        "%0d%0a",
    ]
)
VALUES = LATIN | st.lists(WORDS, max_size=6).map("".join)
NAMES = st.sampled_from([name.decode() for name in HEADERS])
PATHS = st.sampled_from(
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a"]
)


@given(
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    path=PATHS,
    host=st.sampled_from(["127.0.0.1:8400", "", "evil.example", "a b", "\xe4"]),
    ip=st.sampled_from(["127.0.0.1", "192.0.2.1", "nobody", "::ffff:127.0.0.1"]),
    public=st.sampled_from([[], ["https://idp.example/a"]]),
)
def test_any_headers(
    headers: list[tuple[str, str]], path: str, host: str, ip: str, public: list[str]
) -> None:
    idp = MockIdP("openid", trusted_proxies=["127.0.0.1"], public=public)
    try:
        idp._lane.listen_at("http://127.0.0.1:8400", [])
        reply = call(lane_app(idp._lane), "GET", f"http://{host}{path}", headers=headers, ip=ip)
        assert not idp.journal.failures
        assert reply.status in (200, 404)
        if reply.status == 200:
            issuer = urlsplit(json.loads(reply.body)["issuer"])
            assert issuer.scheme in ("http", "https")
            assert issuer.hostname
            assert not issuer.query
            assert not issuer.fragment
            assert ".." not in issuer.path
            if ip in ("192.0.2.1", "nobody"):
                known = ("127.0.0.1:8400", "idp.example", "mockidp.example")
                assert issuer.netloc in known
    finally:
        idp.close()
