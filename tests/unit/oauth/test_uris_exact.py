"""The hint where a redirect URI has to be repeated, and the port of a loopback URI counts."""

from __future__ import annotations

import pytest

from mockidp.oauth.uris import redirect_uri_difference

ASKED = "http://127.0.0.1:5000/callback"


@pytest.mark.parametrize(
    ("sent", "difference"),
    [
        pytest.param("http://127.0.0.1:5001/callback", "the port", id="another port"),
        pytest.param("http://127.0.0.1/callback", "the port", id="no port"),
        pytest.param("http://localhost:5000/callback", "the host", id="another host"),
        pytest.param("http://127.0.0.1:5000/callback ", "white space", id="a space"),
    ],
)
def test_what_differs_is_named(sent: str, difference: str) -> None:
    hint = redirect_uri_difference(sent, [ASKED], is_loopback_port_free=False)
    assert f"only by {difference}" in hint
