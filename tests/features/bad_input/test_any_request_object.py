"""Whatever a request object says: never an error of ours, and never a redirect to elsewhere."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.application import APP, CALLBACK, an_application
from fixtures.asgi import call
from fixtures.signed import EC, public, sign

NAMES = st.sampled_from(
    [
        *("client_id", "response_type", "redirect_uri", "scope", "state", "nonce", "prompt"),
        *("max_age", "response_mode", "code_challenge", "code_challenge_method", "login_hint"),
        *("iss", "aud", "exp", "nbf", "iat", "jti", "sub", "request", "request_uri", "claims"),
    ]
)
WORDS = st.sampled_from(
    ["app", "code", "code id_token", CALLBACK, "https://evil.example/cb", "openid", "none", "S256"]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
GOOD = {"redirect_uri": CALLBACK, "scope": "openid", "state": "s", "nonce": "n"}
CLIENT = APP | {"jwks": {"keys": [public(EC)]}, "skip_consent": True}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, VALUES, max_size=3), st.booleans(), st.booleans())
def test_it_is_taken_or_refused(change: dict[str, Any], is_signed: bool, has_both: bool) -> None:
    with an_application(clients=[CLIENT], auto_login="alice") as app:
        claims = json.dumps(GOOD | change).encode()
        text = sign({"alg": "ES256" if is_signed else "none"}, claims, EC if is_signed else None)
        sent = {"client_id": "app", "response_type": "code", "request": text}
        if has_both:
            sent |= {"redirect_uri": CALLBACK}
        reply = call(app.idp.app, "GET", f"{app.home}/authorize?{urlencode(sent)}")
        assert reply.status in (200, 303, 400)
        location = dict(reply.headers).get("location", "")
        assert reply.status != 303 or location.startswith(
            (f"{CALLBACK}?", f"{CALLBACK}#", "/_mock")
        )
        assert reply.status != 400 or app.idp.journal.last.hint
        assert app.idp.journal.failures == []
