"""What must fit together in a client's metadata, one row for each refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.signed import EC, public
from mockidp.config.layers import Layer
from mockidp.config.settings import resolve
from mockidp.flows.registration.members import parse_metadata, read_metadata
from mockidp.flows.registration.register import register
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import DEVICE_CODE

CALLBACK = "https://app.example/cb"
KEY = public(EC, kid="1")
IMPLICIT = {"grant_types": ["implicit"], "response_types": ["id_token"]}


@pytest.fixture
def lane() -> Iterator[Issuer]:
    lane = Issuer(resolve("openid"))
    yield lane
    lane.close()


@pytest.fixture
def strict() -> Iterator[Issuer]:
    layer = Layer("test", {"registration_loopback_uris": False})
    lane = Issuer(resolve("openid", layers=[layer]))
    yield lane
    lane.close()


def refusal(lane: Issuer, metadata: dict[str, Any]) -> OAuthError:
    before = lane.clients.all()
    with pytest.raises(OAuthError) as caught:
        register(lane, {"redirect_uris": [CALLBACK], **metadata})
    assert lane.clients.all() == before
    assert caught.value.cites
    assert len(caught.value.hint) < 1000
    return caught.value


BAD_URIS = {
    "none at all": ({"redirect_uris": []}, "is missing"),
    "none with a fragment": ({"redirect_uris": [CALLBACK, f"{CALLBACK}#x"]}, "has a fragment"),
    "no list": ({"redirect_uris": CALLBACK}, "must be a list"),
    "no texts": ({"redirect_uris": [1]}, "must be a text"),
    "http": ({"redirect_uris": ["http://app.example/cb"]}, "must use https, but on loopback"),
    "custom scheme of a web client": ({"redirect_uris": ["com.app:/cb"]}, "application_type nat"),
    "scheme without a dot": (
        {"redirect_uris": ["app:/cb"], "application_type": "native"},
        "reversed domain name",
    ),
    "too many": ({"redirect_uris": [f"{CALLBACK}{n}" for n in range(101)]}, "more than 100"),
}


@pytest.mark.parametrize(("metadata", "said"), BAD_URIS.values(), ids=BAD_URIS)
def test_a_bad_redirect_uri(lane: Issuer, metadata: dict[str, Any], said: str) -> None:
    error = refusal(lane, metadata)
    assert error.code == "invalid_redirect_uri"
    assert said in error.hint


@pytest.mark.parametrize(
    ("grants", "responses"),
    [
        # What idpyoidc sends of itself, whatever it will ask for.
        (["authorization_code", "implicit", "refresh_token"], ["code"]),
        (["authorization_code", "implicit", "refresh_token"], ["id_token"]),
        (["authorization_code", "refresh_token", DEVICE_CODE, "client_credentials"], ["code"]),
        ([DEVICE_CODE, "refresh_token"], None),
        (["client_credentials"], []),
    ],
    ids=str,
)
def test_grants_may_be_more_than_are_used(
    lane: Issuer, grants: list[str], responses: list[str] | None
) -> None:
    """RFC 7591, 2.1 asks for what is inconsistent, and this is not."""
    metadata = {"grant_types": grants, "redirect_uris": [CALLBACK], "response_types": responses}
    client = register(lane, metadata).client
    assert client.grant_types == tuple(grants)
    assert client.response_types == tuple(responses or ())


BAD: dict[str, tuple[dict[str, Any], str]] = {
    # -- values
    "application type": ({"application_type": "desktop"}, "web, native"),
    "response type": ({"response_types": ["code", "banana"]}, "'banana'; this provider has: code"),
    "grant type": ({"grant_types": ["password"]}, "'password'"),
    "scope": ({"scope": "openid banana"}, "'banana'"),
    "auth method": ({"token_endpoint_auth_method": "tls_client_auth"}, "client_secret_basic"),
    "assertion alg": ({"token_endpoint_auth_signing_alg": "none"}, "'none'"),
    "ID token alg": ({"id_token_signed_response_alg": "HS256"}, "RS256"),
    "request object alg": ({"request_object_signing_alg": "HS256"}, "RS256"),
    "subject type": ({"subject_type": "secret"}, "'secret'"),
    # -- types
    "name is no text": ({"client_name": 5}, "must be a text"),
    "name is too long": ({"client_name": "x" * 10_000}, "has 10000 characters"),
    "name has a line break": ({"client_name": "a\nb"}, "control character"),
    "flag is no flag": ({"require_auth_time": "true"}, "must be true or false"),
    "age is a flag": ({"default_max_age": True}, "whole number of seconds"),
    "age is negative": ({"default_max_age": -1}, "whole number of seconds"),
    "age is huge": ({"default_max_age": 10**400}, "whole number of seconds"),
    "contacts are none": ({"contacts": [["a"]]}, "must be a text"),
    # -- grants and responses
    "response without its grant": ({"response_types": ["id_token"]}, "must have 'implicit'"),
    "hybrid without implicit": ({"response_types": ["code id_token"]}, "must have 'implicit'"),
    "hybrid without codes": (
        {"response_types": ["code id_token"], "grant_types": ["implicit"]},
        "must have 'authorization_code'",
    ),
    "implicit without its response": (
        {"grant_types": ["implicit"]},
        "'implicit', and no entry",
    ),
    "codes without their response": ({"response_types": []}, "'authorization_code', and no entry"),
    # -- keys
    "both kinds of keys": (
        {"jwks": {"keys": [KEY]}, "jwks_uri": "https://app.example/jwks"},
        "both sent",
    ),
    "no keys where they are needed": (
        {"token_endpoint_auth_method": "private_key_jwt"},
        "needs jwks or jwks_uri",
    ),
    "jwks is a list": ({"jwks": [KEY]}, "must be an object"),
    "jwks has no keys": ({"jwks": {}}, "has no list `keys`"),
    **{
        f"private key: {name}": (
            {"jwks": {"keys": [{**KEY, name: "AA"}, KEY]}},
            "private or a symmetric",
        )
        for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
    },
    "symmetric key": ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, "private or a symmetric"),
    "no usable key": ({"jwks": {"keys": [{"kty": "EC"}]}}, "jwks has no key of use"),
    "too many keys": ({"jwks": {"keys": [KEY] * 51}}, "51 keys"),
    "alg of the other method": (
        {
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "RS256",
        },
        "none of client_secret_jwt",
    ),
    "userinfo alg": ({"userinfo_signed_response_alg": "HS256"}, "RS256"),
    "pairwise on two hosts": (
        {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/cb"]},
        "no sector_identifier_uri",
    ),
    # -- addresses
    "jwks_uri is http": ({"jwks_uri": "http://app.example/jwks"}, "not https"),
    "sector is http": ({"sector_identifier_uri": "http://app.example/s"}, "not https"),
    "login begins at http": ({"initiate_login_uri": "http://app.example/"}, "not https"),
    "or at loopback": ({"initiate_login_uri": "http://localhost/"}, "not https"),
    "back channel is http": ({"backchannel_logout_uri": "http://app.example/"}, "not https"),
    "back channel has a fragment": ({"backchannel_logout_uri": f"{CALLBACK}#x"}, "fragment"),
    "front channel elsewhere": (
        {"frontchannel_logout_uri": "https://app.example:8443/"},
        "has not the scheme, host and port",
    ),
    "request_uri is http": ({"request_uris": ["http://app.example/"]}, "not https"),
    "logo runs": ({"logo_uri": "javascript:alert(1)"}, "scheme javascript"),
    "policy runs": ({"policy_uri": "data:text/html,x"}, "scheme data"),
    "terms in French run": ({"tos_uri#fr": "javascript:alert(1)"}, "tos_uri#fr"),
    "after logout": ({"post_logout_redirect_uris": ["http://app.example/"]}, "must use https"),
    # -- what is not served
    "encrypted ID tokens": ({"id_token_encrypted_response_alg": "RSA-OAEP"}, "encrypts"),
    "bound to a certificate": (
        {"tls_client_certificate_bound_access_tokens": True},
        "certificates",
    ),
}


@pytest.mark.parametrize(("metadata", "said"), BAD.values(), ids=BAD)
def test_bad_metadata(lane: Issuer, metadata: dict[str, Any], said: str) -> None:
    error = refusal(lane, metadata)
    assert error.code == "invalid_client_metadata"
    assert said in error.hint


def test_an_unsigned_id_token_is_for_codes_alone() -> None:
    layer = Layer("test", {"signing_id_token": ["RS256", "none"]})
    lane = Issuer(resolve("openid", layers=[layer]))
    unsigned = {"redirect_uris": [CALLBACK], "id_token_signed_response_alg": "none"}
    assert register(lane, unsigned).client.id_token_signed_response_alg == "none"
    assert "must be signed" in refusal(lane, {**unsigned, **IMPLICIT}).hint
    lane.close()


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"redirect_uris": ["http://localhost/cb"]}, id="http"),
        pytest.param({"redirect_uris": ["https://localhost/cb"], **IMPLICIT}, id="implicit"),
        pytest.param({"jwks_uri": "http://127.0.0.1/jwks"}, id="keys"),
        pytest.param({"request_uris": ["http://127.0.0.1/r#1"]}, id="request objects"),
        pytest.param({"backchannel_logout_uri": "http://localhost/"}, id="back channel"),
    ],
)
def test_loopback_is_allowed_by_a_fact(
    lane: Issuer, strict: Issuer, metadata: dict[str, Any]
) -> None:
    assert register(lane, {"redirect_uris": [CALLBACK], **metadata}).client in lane.clients.all()
    refusal(strict, metadata)


def test_a_machine_needs_no_redirect_uri(lane: Issuer) -> None:
    client = register(lane, {"grant_types": ["client_credentials"]}).client
    assert (client.redirect_uris, client.response_types) == ((), ())


def test_pairwise_subjects_need_one_host(lane: Issuer) -> None:
    uris = [CALLBACK, "https://app.example:8443/cb"]
    client = register(lane, {"redirect_uris": uris, "subject_type": "pairwise"}).client
    assert client.subject_type == "pairwise"


def test_the_words_of_a_response_type_have_no_order(lane: Issuer) -> None:
    metadata = {"grant_types": ["implicit"], "response_types": ["token id_token", "id_token token"]}
    client = register(lane, {"redirect_uris": [CALLBACK], **metadata}).client
    assert client.response_types == ("id_token token",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b'{"client_name": "a", "client_name": "b"}', "the same member twice"),
        (b'{"jwks": ' + b"[" * 33 + b"]" * 33 + b"}", "nested more than 32"),
        (b"[" * 60_000, "nested"),
        (b'{"client_name": "\\ud800"}', "surrogate"),
        (b'{"client_name": NaN}', "NaN"),
        (b'{"x": "' + b"x" * 65_536 + b'"}', "more than 65536"),
        (b"\xff\xfe{\x00}\x00", "is not JSON in UTF-8"),
    ],
)
def test_a_body_that_is_no_metadata(body: bytes, said: str) -> None:
    with pytest.raises(OAuthError, match=said) as caught:
        parse_metadata(body)
    assert caught.value.code == "invalid_client_metadata"


def test_what_nobody_understands_is_ignored() -> None:
    known = read_metadata(
        {
            "client_name": "a",
            "client_name#not a tag": "b",
            "jwks#fr": {},
            "x": [1],
            "require_signed_request_object": False,
        }
    )
    assert known.values == {"client_name": "a"}
    assert known.ignored == (
        "client_name#not a tag",
        "jwks#fr",
        "x",
        "require_signed_request_object",
    )
