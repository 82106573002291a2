"""RS, PS, ES and EdDSA: what clients choose, what is published, and how keys come and go."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from mockidp import ConfigError, MockIdP
from mockidp.keys.alg import ALGS
from mockidp.profiles.load import load_profile

CALLBACK = "https://app.example/cb"
OFFERED = ("RS256", *load_profile("openid").signing.id_token)


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    with MockIdP("openid", auto_login="alice", signing_id_token=[*ALGS, "none"]) as idp:
        yield idp


def id_token_of(idp: MockIdP, alg: str | None, kind: str = "code") -> dict[str, str]:
    """What a client with this algorithm gets, from both endpoints."""
    client = idp.add_client(
        redirect_uris=[CALLBACK], skip_consent=True, id_token_signed_response_alg=alg
    )
    asked = requests.get(
        idp.url("authorize"),
        params={
            "client_id": client.client_id,
            "redirect_uri": CALLBACK,
            "response_type": kind,
            "scope": "openid",
            "nonce": "n",
        },
        allow_redirects=False,
        timeout=60,
    )
    parts = urlsplit(asked.headers["location"])
    got = {name: value[0] for name, value in parse_qs(parts.query or parts.fragment).items()}
    if "code" not in got:
        return got
    answer = requests.post(
        idp.url("token"),
        data={
            "grant_type": "authorization_code",
            "code": got["code"],
            "redirect_uri": CALLBACK,
        },
        auth=client.auth,
        timeout=60,
    )
    return {**got, "front": got.get("id_token", ""), **answer.json()}


def verified(idp: MockIdP, token: str) -> tuple[str, dict[str, object]]:
    """The algorithm and the claims, checked as a client does that knows the addresses alone."""
    header = jwt.get_unverified_header(token)
    document = requests.get(idp.url("discovery"), timeout=60).json()
    assert header["alg"] in document["id_token_signing_alg_values_supported"]
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key(header["kid"])
    assert key.algorithm_name == header["alg"]
    claims = jwt.decode(token, key, [header["alg"]], options={"verify_aud": False})
    return header["alg"], claims


@pytest.mark.parametrize("alg", [None, *ALGS])
def test_an_id_token_is_signed_as_its_client_chooses(idp: MockIdP, alg: str | None) -> None:
    got = id_token_of(idp, alg, "code id_token")
    for token in (got["front"], got["id_token"]):
        assert verified(idp, token)[0] == (alg or "RS256")


@pytest.mark.parametrize(
    ("alg", "name"), [("ES384", "sha384"), ("PS512", "sha512"), ("EdDSA", "sha512")]
)
def test_its_hashes_are_of_its_own_algorithm(idp: MockIdP, alg: str, name: str) -> None:
    got = id_token_of(idp, alg)
    digest = hashlib.new(name, got["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert verified(idp, got["id_token"])[1]["at_hash"] == half


def test_the_access_token_keeps_the_algorithm_of_the_provider(idp: MockIdP) -> None:
    assert verified(idp, id_token_of(idp, "ES256")["access_token"])[0] == "RS256"


def test_every_algorithm_that_is_named_has_a_published_key() -> None:
    with MockIdP() as idp:
        named = idp.metadata()["id_token_signing_alg_values_supported"]
        assert named == [*OFFERED]
        assert [key["alg"] for key in idp.jwks()["keys"]] == named


def test_an_algorithm_of_userinfo_alone_has_a_published_key_before_it_is_used() -> None:
    with MockIdP(signing_userinfo=["ES512"]) as idp:
        assert idp.metadata()["userinfo_signing_alg_values_supported"] == ["ES512"]
        assert "ES512" in [key["alg"] for key in idp.jwks()["keys"]]


def test_an_algorithm_of_the_lane_comes_first() -> None:
    with MockIdP(id_token_alg="ES256") as idp:
        named = idp.metadata()["id_token_signing_alg_values_supported"]
        assert named == ["ES256", "PS256", "EdDSA"]
        assert {key["alg"] for key in idp.jwks()["keys"]} == {"RS256", *named}


@pytest.fixture(scope="module")
def pem() -> str:
    """A key for ES256."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("field", ["id_token", "userinfo"])
@pytest.mark.parametrize("alg", ["PS256", "EdDSA"])
def test_a_client_gets_nothing_that_a_key_of_ones_own_cannot_sign(
    pem: str, field: str, alg: str
) -> None:
    wrong = {f"{field}_signed_response_alg": alg}
    said = f"{field}_signed_response_alg = '{alg}': the keys of this provider can do: ES256"
    with MockIdP(keys=pem) as idp:
        for change in (idp.add_client, idp.client.update):
            with pytest.raises(ConfigError, match=said):
                change(**wrong)
        idp.client.update(**{f"{field}_signed_response_alg": "ES256"})
        assert [key["alg"] for key in idp.jwks()["keys"]] == ["ES256"]
    with pytest.raises(ConfigError, match=said):
        MockIdP(keys=pem, clients=[{"client_id": "app", **wrong}])


def test_a_key_of_ones_own_is_not_joined_by_others(pem: str) -> None:
    with MockIdP(keys=pem) as idp:
        assert idp.metadata()["id_token_signing_alg_values_supported"] == ["ES256"]
        assert [key["alg"] for key in idp.jwks()["keys"]] == ["ES256"]


@pytest.mark.parametrize("alg", ["ES512", "none", "HS256", ""])
def test_what_is_not_offered_cannot_be_chosen(alg: str) -> None:
    idp = MockIdP()
    try:
        with pytest.raises(ConfigError, match="this provider offers: RS256, PS256, ES256, EdDSA"):
            idp.add_client(id_token_signed_response_alg=alg)
    finally:
        idp.close()


# -- without a signature -------------------------------------------------------------------------


def test_an_unsigned_one_comes_from_the_token_endpoint_alone(idp: MockIdP) -> None:
    header, payload, signature = id_token_of(idp, "none")["id_token"].split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "none", "typ": "JWT"}
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert (claims["iss"], claims["nonce"], signature) == (idp.issuer, "n", "")


@pytest.mark.parametrize("kind", ["id_token", "id_token token", "code id_token"])
def test_none_goes_through_a_browser(idp: MockIdP, kind: str) -> None:
    got = id_token_of(idp, "none", kind)
    assert got["error"] == "unauthorized_client"
    assert "id_token" not in got
    assert idp.journal.last.cites == "OpenID Connect Core 1.0, 2"


def test_no_key_is_published_for_it(idp: MockIdP) -> None:
    assert "none" in idp.metadata()["id_token_signing_alg_values_supported"]
    assert {key["alg"] for key in idp.jwks()["keys"]} == {*ALGS}


# -- rotation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("overlap", [True, False])
def test_all_algorithms_rotate_together(overlap: bool) -> None:
    with MockIdP() as idp:
        before = {key["alg"]: key["kid"] for key in idp.jwks()["keys"]}
        idp.rotate_keys(overlap=overlap)
        keys = idp.jwks()["keys"]
        assert len(keys) == len(OFFERED) * (2 if overlap else 1)
        assert set(before.values()) <= {key["kid"] for key in keys} or not overlap
        now = {alg: next(k["kid"] for k in keys if k["alg"] == alg) for alg in OFFERED}
        assert not set(now.values()) & set(before.values())


def test_a_retired_key_is_gone_and_its_tokens_with_it() -> None:
    with MockIdP() as idp:
        token = idp.issue_token()
        kid = jwt.get_unverified_header(token)["kid"]
        idp.rotate_keys()
        headers = {"Authorization": f"Bearer {token}"}
        api = f"{idp.base_url}/api/me"
        assert requests.get(api, headers=headers, timeout=60).status_code == 200
        idp.retire_key(kid)
        assert kid not in str(requests.get(idp.url("jwks"), timeout=60).json())
        assert requests.get(api, headers=headers, timeout=60).status_code == 401
        assert "is not published" in idp.journal.last.hint


def test_a_key_that_is_not_there_cannot_be_retired() -> None:
    with MockIdP() as idp, pytest.raises(LookupError, match="kid 'x' is not published; published"):
        idp.retire_key("x")


def test_a_reset_brings_back_the_keys_of_every_algorithm() -> None:
    with MockIdP() as idp:
        before = idp.jwks()
        idp.rotate_keys(overlap=False)
        idp.retire_key(idp.jwks()["keys"][-1]["kid"])
        idp.reset()
        assert idp.jwks() == before
