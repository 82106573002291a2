"""PyJWT's PyJWKClient: an API under test that fetches the provider's keys by itself, and has to
notice when they change (OpenID Connect Core 1.0, section 10.1.1).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from jwt import InvalidSignatureError, PyJWKClient, decode
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

from mockidp import MockIdP
from mockidp.oauth.names import SIGNING_ALGORITHMS

CALLBACK = "https://app.example/cb"

Factory = Callable[..., MockIdP]
#: How long it waits before it asks again for a `kid` that it does not know.
AT_ONCE = 0


def of(idp: MockIdP, **options: Any) -> PyJWKClient:
    return PyJWKClient(idp.url("jwks"), timeout=60, **options)


def verified(
    client: PyJWKClient, token: str, idp: MockIdP, *, alg: str = "RS256", aud: str | None = None
) -> dict[str, Any]:
    key = client.get_signing_key_from_jwt(token)
    assert (key.algorithm_name, key.public_key_use) == (alg, "sig")
    claims: dict[str, Any] = decode(
        token, key, [alg], audience=aud or idp.issuer, issuer=idp.issuer
    )
    return claims


# -- algorithms ----------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
def test_an_access_token_is_verified_with_the_published_key(
    mockidp_factory: Factory, alg: str
) -> None:
    idp = mockidp_factory("openid", access_token_alg=alg)
    claims = verified(of(idp), idp.issue_token(scope="read"), idp, alg=alg)
    assert (claims["sub"], claims["scope"]) == (idp.client.client_id, "read")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_an_id_token_is_verified_with_the_algorithm_that_the_client_chose(
    mockidp: MockIdP, alg: str
) -> None:
    client_id = mockidp.add_client(
        grant_types=["implicit"],
        response_types=["id_token"],
        redirect_uris=[CALLBACK],
        id_token_signed_response_alg=alg,
    ).client_id
    asked = {"client_id": client_id, "response_type": "id_token", "redirect_uri": CALLBACK}
    query = urlencode({**asked, "scope": "openid", "nonce": "n-0S6_WzA2Mj"})
    callback = mockidp.robot.login(f"{mockidp.url('authorize')}?{query}", user="alice")
    id_token = callback.params["id_token"]
    claims = verified(of(mockidp), id_token, mockidp, alg=alg, aud=client_id)
    assert (claims["nonce"], claims["sub"]) == ("n-0S6_WzA2Mj", mockidp.user.sub)


def test_every_algorithm_has_a_key_of_its_own_in_one_set(mockidp_factory: Factory) -> None:
    idp = mockidp_factory(
        "openid", access_token_alg="ES384", signing_userinfo=[*SIGNING_ALGORITHMS]
    )
    published = of(idp).get_signing_keys()
    assert {key.algorithm_name for key in published} == set(SIGNING_ALGORITHMS)
    assert len({key.key_id for key in published}) == len(published)


def test_signed_userinfo_is_verified_with_the_same_keys(mockidp: MockIdP) -> None:
    import requests

    application = mockidp.add_client(userinfo_signed_response_alg="ES256")
    token = mockidp.issue_token(application, user="alice", scope="openid email")
    answer = requests.get(
        mockidp.url("userinfo"), headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    assert answer.headers["Content-Type"] == "application/jwt"
    claims = verified(of(mockidp), answer.text, mockidp, alg="ES256", aud=application.client_id)
    assert claims["email"] == "alice@example.com"


# -- fetching ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cache_keys", [False, True], ids=["key set", "key set and keys"])
def test_keys_are_fetched_once_for_many_tokens(mockidp: MockIdP, cache_keys: bool) -> None:
    client = of(mockidp, cache_keys=cache_keys)
    for user in ("alice", "bob", "alice"):
        verified(client, mockidp.issue_token(user=user), mockidp)
    mockidp.journal.assert_called("jwks", times=1)


def test_keys_are_fetched_for_each_token_where_nothing_is_kept(mockidp: MockIdP) -> None:
    client = of(mockidp, cache_jwk_set=False)
    for _ in range(2):
        verified(client, mockidp.issue_token(), mockidp)
    mockidp.journal.assert_called("jwks", times=2)


def test_keys_are_fetched_over_https_with_the_ca_of_the_provider(mockidp_factory: Factory) -> None:
    idp = mockidp_factory("openid", tls=True)
    trusting = of(idp, ssl_context=ssl.create_default_context(cadata=idp.ca_pem))
    assert idp.issuer.startswith("https://")
    assert verified(trusting, idp.issue_token(user="alice"), idp)["sub"] == idp.user.sub
    with pytest.raises(PyJWKClientConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        of(idp, ssl_context=ssl.create_default_context()).get_signing_keys()


def test_an_outage_is_told_and_what_was_fetched_is_kept(mockidp: MockIdP) -> None:
    client = of(mockidp, cooldown_duration=AT_ONCE)
    mockidp.faults.next("jwks", status=503, times=2)
    token = mockidp.issue_token()
    with pytest.raises(PyJWKClientConnectionError, match="503"):
        client.get_signing_key_from_jwt(token)
    with pytest.raises(PyJWKClientConnectionError, match="503"):
        client.get_jwk_set(refresh=True)
    verified(client, token, mockidp)
    mockidp.faults.next("jwks", status=503)
    with pytest.raises(PyJWKClientConnectionError, match="503"):
        client.get_jwk_set(refresh=True)
    verified(client, token, mockidp)
    mockidp.journal.assert_called("jwks", times=4)


# -- rotation ------------------------------------------------------------------------------------


def test_after_a_rotation_with_overlap_old_and_new_tokens_are_good(mockidp: MockIdP) -> None:
    client = of(mockidp, cooldown_duration=AT_ONCE)
    before = mockidp.issue_token()
    old = client.get_signing_key_from_jwt(before).key_id
    new = mockidp.rotate_keys()
    after = mockidp.issue_token()
    assert client.get_signing_key_from_jwt(after).key_id == new != old
    for verifier in (client, of(mockidp)):
        for token in (before, after):
            verified(verifier, token, mockidp)
    # One for each verifier, and one because of the `kid` that the first had not seen.
    mockidp.journal.assert_called("jwks", times=3)


def test_after_a_rotation_without_overlap_old_tokens_are_refused(mockidp: MockIdP) -> None:
    client = of(mockidp, cooldown_duration=AT_ONCE)
    before = mockidp.issue_token()
    verified(client, before, mockidp)
    mockidp.rotate_keys(overlap=False)
    # Nothing told it yet: this is how long a compromised key lives on in a cache.
    verified(client, before, mockidp)
    verified(client, mockidp.issue_token(), mockidp)
    with pytest.raises(PyJWKClientError, match="Unable to find a signing key"):
        client.get_signing_key_from_jwt(before)


def test_a_retired_key_is_no_longer_found(mockidp: MockIdP) -> None:
    before = mockidp.issue_token()
    old = of(mockidp).get_signing_key_from_jwt(before).key_id
    mockidp.rotate_keys()
    verified(of(mockidp), before, mockidp)
    assert old is not None
    mockidp.retire_key(old)
    with pytest.raises(PyJWKClientError, match=old):
        of(mockidp).get_signing_key_from_jwt(before)
    verified(of(mockidp), mockidp.issue_token(), mockidp)


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("overlap", [True, False], ids=["overlap", "no overlap"])
def test_keys_of_every_kind_are_rotated(mockidp_factory: Factory, alg: str, overlap: bool) -> None:
    idp = mockidp_factory("openid", access_token_alg=alg)
    client = of(idp, cooldown_duration=AT_ONCE)
    before = idp.issue_token()
    old = client.get_signing_key_from_jwt(before).key_id
    idp.rotate_keys(overlap=overlap)
    after = idp.issue_token()
    verified(client, after, idp, alg=alg)
    assert client.get_signing_key_from_jwt(after).key_id != old
    kept = [key.key_id for key in client.get_signing_keys()]
    assert (old in kept) is overlap


def test_a_verifier_that_has_just_asked_finds_the_new_key_only_after_its_cooldown(
    mockidp: MockIdP,
) -> None:
    """What PyJWT does on its own: an API refuses good tokens for half a minute."""
    client = of(mockidp)
    verified(client, mockidp.issue_token(), mockidp)
    mockidp.rotate_keys()
    token = mockidp.issue_token()
    with pytest.raises(PyJWKClientError, match="Unable to find a signing key"):
        client.get_signing_key_from_jwt(token)
    mockidp.journal.assert_called("jwks", times=1)
    client.cooldown_duration = AT_ONCE
    verified(client, token, mockidp)


def test_a_token_of_another_provider_is_refused(mockidp_factory: Factory) -> None:
    one, other = mockidp_factory("openid"), mockidp_factory("openid")
    other.rotate_keys(overlap=False)
    client = of(one, cooldown_duration=AT_ONCE)
    with pytest.raises(PyJWKClientError, match="Unable to find a signing key"):
        client.get_signing_key_from_jwt(other.issue_token())
    one.journal.assert_called("jwks", times=2)
    # The right `kid` in the header helps nobody.
    head = one.issue_token().split(".")[0]
    forged = ".".join([head, *other.issue_token().split(".")[1:]])
    with pytest.raises(InvalidSignatureError):
        verified(client, forged, one)
