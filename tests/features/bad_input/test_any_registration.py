"""Good registrations with one to three things changed, whatever they are: an answer of the
provider, and no defect of ours; what was accepted is told as it was kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from fixtures.examples import as_many_as
from fixtures.registrant import CALLBACK, send
from fixtures.signed import EC, public
from mockidp import MockIdP
from mockidp.flows.registration.members import MEMBERS

URIS = [
    CALLBACK,
    "http://localhost/cb",
    "http://a.example/",
    "com.app:/cb",
    "javascript:x",
    "https://[::::]/",
    "https://a.example:99999/",
    "com.app://[",
    "https://a.example/#x",
    "",
]
WORDS = ["code", "id_token", "token id_token", "implicit", "none", "RS256", "native", "pairwise"]
TEXTS = st.one_of(st.sampled_from([*URIS, *WORDS]), st.text(max_size=20))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
GOOD = st.sampled_from(
    [
        {"redirect_uris": [CALLBACK]},
        {"grant_types": ["client_credentials"]},
        {
            "redirect_uris": [CALLBACK],
            "grant_types": ["implicit", "authorization_code"],
            "response_types": ["code id_token"],
            "jwks": {"keys": [public(EC)]},
            "token_endpoint_auth_method": "private_key_jwt",
        },
    ]
)
NAMES = st.one_of(
    st.sampled_from([*MEMBERS, "client_name#fr", "logo_uri#x", "client_id", "scope"]), TEXTS
)
CHANGES = st.dictionaries(
    NAMES, st.one_of(ANYTHING, st.lists(TEXTS, max_size=3)), min_size=1, max_size=3
)


@pytest.fixture(scope="module")
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("openid", config={}, journal_size=10, most_clients=100_000)
    yield idp
    idp.close()


@as_many_as(300, HealthCheck.function_scoped_fixture)
@given(good=GOOD, changes=CHANGES)
def test_any_metadata_are_accepted_or_refused(
    idp: MockIdP, good: dict[str, Any], changes: dict[str, Any]
) -> None:
    body = json.dumps({**good, **changes}).encode()
    answer = send(idp, "POST", f"{idp.issuer}/register", body)
    if answer.status == 201:
        url, token = (
            answer.body["registration_client_uri"],
            answer.body["registration_access_token"],
        )
        assert send(idp, "GET", url, token=token).body == answer.body
        own = ("registration_", "client_id_issued_at", "client_secret_expires_at")
        kept = {n: v for n, v in answer.body.items() if not n.startswith(own)}
        again = send(idp, "PUT", url, kept, token=token)
        assert (again.status, again.body) == (200, answer.body)
        for uri in answer.body.get("redirect_uris", ()):
            assert "#" not in uri
            assert not uri.startswith("javascript")
        assert send(idp, "DELETE", url, token=token).status == 204
    else:
        assert answer.status == 400
        assert answer.body["error"] in ("invalid_redirect_uri", "invalid_client_metadata")
