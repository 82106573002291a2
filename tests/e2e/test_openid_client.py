"""openid-client, with which applications for Node sign their users in: all that it can do and we
serve, against the `openid` profile. It checks what it gets itself; the tests look at the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.node import converse, packages
from fixtures.signed import EC, public
from mockidp import MockIdP

FOLDER = Path(__file__).parent / "node"
SECRET = "a-secret-of-more-than-thirty-two-octets"
METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)
KEY = {**EC, "kid": "k1"}
GRANTS = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
]

#: ``play("life", method="none")``: what a scenario of ``node/openid_client.mjs`` gives back.
Play = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    packages(FOLDER)


@pytest.fixture
def mockidp_config() -> dict[str, Any]:
    return {"clients": [client("app")]}


def client(client_id: str, method: str = "client_secret_basic", **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "client_id": client_id,
        "token_endpoint_auth_method": method,
        "redirect_uris": ["https://app.example/cb"],
        "post_logout_redirect_uris": ["https://app.example/out"],
        "grant_types": [*GRANTS, "implicit"],
        "response_types": ["code", "id_token", "code id_token"],
    }
    if method.startswith("client_secret"):
        known["client_secret"] = SECRET
    elif method == "none":
        known["grant_types"] = [grant for grant in GRANTS if grant != "client_credentials"]
    elif method == "private_key_jwt":
        known["jwks"] = {"keys": [public(KEY, alg="ES256", use="sig")]}
    return {**known, **more}


def given(idp: MockIdP, method: str = "client_secret_basic", **more: Any) -> dict[str, Any]:
    """What the application is configured with."""
    usual = {"issuer": idp.issuer, "clientId": "app", "method": method, "secret": SECRET}
    return {**usual, "jwk": KEY, "metadata": {}, **more}


def run(idp: MockIdP, scenario: str, about: Mapping[str, Any]) -> Any:
    """Its user is the robot."""

    def login(url: str) -> dict[str, Any]:
        back = idp.robot.login(url, user="alice")
        return {"url": back, "method": back.method, "data": back.data}

    answers: Mapping[str, Callable[[Any], Any]] = {
        "login": login,
        "logout": lambda url: idp.robot.logout(url).callback,
        "device": lambda url: idp.robot.approve_device(url, user="alice"),
        "rotate": lambda _: idp.rotate_keys(overlap=False),
    }
    return converse(FOLDER / "openid_client.mjs", scenario, about, answers)


@pytest.mark.parametrize("algorithm", ["oidc", "oauth2"])
def test_it_discovers_either_way(mockidp: MockIdP, algorithm: str) -> None:
    found = run(mockidp, "discovery", given(mockidp, algorithm=algorithm))
    assert found == {"issuer": mockidp.issuer, "pkce": True, "token": mockidp.url("token")}


@pytest.mark.parametrize("method", METHODS)
def test_from_sign_in_to_sign_out(method: str) -> None:
    with MockIdP(clients=[client("app", method)]) as idp:
        known = run(idp, "life", given(idp, method))
        assert known == {
            "email": "alice@example.com",
            "called": 200,
            "rotated": True,
            # The last of them after it was revoked.
            "active": [] if method == "none" else [True, True, False],
            "revoked": "invalid_grant",
            "left": "https://app.example/out?state=bye",
        }
        idp.journal.assert_called("token", times=2, status=200, client_id="app")
        idp.journal.assert_called("revocation", times=1, status=200, client_id="app")


@pytest.mark.parametrize("method", [method for method in METHODS if method != "none"])
def test_client_credentials(method: str) -> None:
    with MockIdP(clients=[client("app", method)]) as idp:
        known = run(idp, "clientCredentials", given(idp, method))
        assert known == {"scope": "read", "type": "bearer", "called": 200}


@pytest.mark.parametrize("method", METHODS)
def test_pushed_requests(method: str) -> None:
    app = client("app", method, require_pushed_authorization_requests=True)
    with MockIdP(clients=[app]) as idp:
        known = run(idp, "code", given(idp, method, pushed=True))
        assert known["info"]["email"] == "alice@example.com"
        idp.journal.assert_called("par", times=1, status=201, client_id="app")


def test_a_request_that_had_to_be_pushed_is_refused() -> None:
    with MockIdP(clients=[client("app", require_pushed_authorization_requests=True)]) as idp:
        assert run(idp, "refusedCode", given(idp)) == "invalid_request"
        idp.journal.assert_not_called("token")


@pytest.mark.parametrize("pushed", [False, True], ids=["in the address", "pushed"])
def test_signed_requests(pushed: bool) -> None:
    with MockIdP(clients=[client("app", "private_key_jwt")]) as idp:
        known = run(idp, "code", given(idp, "private_key_jwt", jar=KEY, pushed=pushed))
        assert known["info"]["email"] == "alice@example.com"
        assert sorted(known["sent"]) == ["client_id", "request_uri" if pushed else "request"]


@pytest.mark.parametrize("nonce", ["off", "required"], ids=["", "with nonces"])
@pytest.mark.parametrize(
    ("alg", "pushed"),
    [("ES256", False), ("ES256", True), ("PS256", False), ("RS256", True), ("Ed25519", True)],
)
def test_bound_tokens(alg: str, pushed: bool, nonce: str) -> None:
    app = client("app", dpop_bound_access_tokens=True)
    with MockIdP(clients=[app], dpop_nonce=nonce) as idp:
        known = run(idp, "dpop", given(idp, alg=alg, pushed=pushed))
        assert known == {
            "email": "alice@example.com",
            "type": "dpop",
            "called": 200,
            "asBearer": "invalid_token",
            "otherKey": "invalid_token",
            "otherKeyAtToken": False,
        }


def test_the_refresh_token_of_a_public_client_is_bound_to_its_key() -> None:
    with MockIdP(clients=[client("app", "none")]) as idp:
        known = run(idp, "dpop", given(idp, "none", alg="ES256"))
        assert known["otherKeyAtToken"] == "invalid_grant"


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("scenario", ["hybrid", "implicit"])
def test_id_tokens_that_come_through_the_browser(
    mockidp: MockIdP, scenario: str, mode: str | None
) -> None:
    about = given(mockidp, more={"response_mode": mode} if mode else {})
    assert run(mockidp, scenario, about) == mockidp.user.sub


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_code_in_each_response_mode(mockidp: MockIdP, mode: str) -> None:
    known = run(mockidp, "code", given(mockidp, more={"response_mode": mode}))
    assert known["claims"]["sub"] == mockidp.user.sub


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
def test_signatures_are_verified_also_after_a_rotation(alg: str) -> None:
    algs = {"id_token_signed_response_alg": alg, "userinfo_signed_response_alg": alg}
    with MockIdP(clients=[client("app", **algs)]) as idp:
        assert run(idp, "rotation", given(idp, metadata=algs)) == "alice@example.com"
        idp.journal.assert_called("jwks", times=2)


def test_the_age_of_the_sign_in_and_single_claims(mockidp: MockIdP) -> None:
    more = {"max_age": "1000", "claims": '{"id_token": {"email": null}}'}
    known = run(mockidp, "code", given(mockidp, more=more, maxAge=1000))
    assert known["claims"]["email"] == "alice@example.com"
    assert known["claims"]["auth_time"] <= known["claims"]["iat"]


# The conversation ends at userinfo, which refuses what is for another resource alone.
@pytest.mark.mockidp(userinfo_audiences=[])
def test_a_token_for_one_resource(mockidp: MockIdP) -> None:
    more = {"resource": "https://api.example/v1"}
    known = run(mockidp, "code", given(mockidp, more=more))
    assert known["token"].count(".") == 2
    mockidp.journal.assert_called("authorize", resource="https://api.example/v1")


def test_a_device(mockidp: MockIdP) -> None:
    known = run(mockidp, "device", given(mockidp))
    assert known == {"sub": mockidp.user.sub, "fresh": "bearer"}


@pytest.mark.parametrize("method", [method for method in METHODS if method != "private_key_jwt"])
def test_it_registers_itself(mockidp: MockIdP, method: str) -> None:
    known = run(mockidp, "registration", {"issuer": mockidp.issuer, "method": method})
    assert known["client"]["token_endpoint_auth_method"] == method
    assert known["sub"] == mockidp.user.sub
    assert "offline_access" in known["scope"].split()


@pytest.mark.parametrize("names_alg", [False, True], ids=["", "in the key too"])
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519"])
def test_it_registers_a_key_of_each_algorithm(mockidp: MockIdP, alg: str, names_alg: bool) -> None:
    about = {"issuer": mockidp.issuer, "alg": alg, "namesAlg": names_alg}
    assert run(mockidp, "registeredKey", about) == "bearer"


def test_a_wrong_secret_is_told(mockidp: MockIdP) -> None:
    refused = run(mockidp, "refusedClientCredentials", given(mockidp, secret="another"))
    assert refused == "invalid_client"


def test_an_issuer_with_a_path() -> None:
    with MockIdP(clients=[client("app")], base_path="/tenants/one") as idp:
        found = run(idp, "discovery", given(idp, algorithm="oauth2"))
        assert found["issuer"] == idp.issuer
        assert run(idp, "code", given(idp))["info"]["email"] == "alice@example.com"
