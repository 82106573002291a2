"""oidcc-config-certification-test-plan: the metadata of a provider that speaks https."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from fixtures.conformance import must_fail
from mockidp import MockIdP

_TEXTS = {"issuer", "jwks_uri", "check_session_iframe"}
_FLAGS = {
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "authorization_response_iss_parameter_supported",
    "require_pushed_authorization_requests",
    "tls_client_certificate_bound_access_tokens",
}
#: Members that need not be there, and are no lists of texts.
_TABLES = {"mtls_endpoint_aliases"}


def verify(found: Mapping[str, Any], prefix: str) -> None:
    """oidcc-discovery-endpoint-verification."""
    assert found["issuer"] == prefix
    assert urlsplit(found["issuer"]).scheme == "https"
    assert urlsplit(found["issuer"]).query == urlsplit(found["issuer"]).fragment == ""
    for name, value in found.items():
        if name in _FLAGS:
            assert isinstance(value, bool), name
        elif name in _TEXTS or name.endswith("_endpoint"):
            assert urlsplit(value).scheme == "https", name
        elif name not in _TABLES:
            assert name.endswith(("_supported", "_values_supported")), name
            assert isinstance(value, list), name
            assert value, name
            assert all(isinstance(each, str) for each in value), name
    for name in ("authorization", "token", "userinfo", "registration", "end_session"):
        assert f"{name}_endpoint" in found
    assert {"code", "id_token", "id_token token"} <= set(found["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(found["grant_types_supported"])
    assert {"public", "pairwise"} <= set(found["subject_types_supported"])
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert {"none", "RS256"} <= set(found["request_object_signing_alg_values_supported"])
    assert "openid" in found["scopes_supported"]
    assert {"sub", "name", "email", "acr"} <= set(found["claims_supported"])
    assert set(found["code_challenge_methods_supported"]) <= {"S256", "plain"}
    assert found["claims_parameter_supported"] is True


def play(**settings: Any) -> None:
    with MockIdP("openid", config={}, tls=True, **settings) as idp:
        ca = idp.ca_file
        url = f"{idp.base_url}/.well-known/openid-configuration"
        answer = requests.get(url, verify=ca, timeout=20)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        found = answer.json()
        verify(found, idp.base_url)
        keys = requests.get(found["jwks_uri"], verify=ca, timeout=20).json()["keys"]
        assert keys
        assert len({key["kid"] for key in keys}) == len(keys)
        assert all(key["kty"] in ("RSA", "EC", "OKP") for key in keys)


def test_oidcc_discovery_endpoint_verification() -> None:
    play()


@pytest.mark.parametrize(
    "red",
    [
        {"discovery": {"document": {"issuer": "{origin}/"}}},
        {"discovery": {"document": {"jwks_uri": "{absent}"}}},
        {"discovery": {"document": {"elsewhere": "elsewhere"}}},
        {"discovery": {"document": {"scopes_supported": "openid"}}},
        {"discovery": {"document": {"authorization_endpoint": "http://mockidp.example/"}}},
        {"authorize_response_types": ["code"]},
        {"authentication_subject_types": ["public"]},
        {"request_object_algs": ["RS256"]},
        {"authentication_parameters": []},
        {"jwks_kid": False},
    ],
    ids=str,
)
def test_without_its_rule_it_is_red(red: dict[str, Any]) -> None:
    with must_fail():
        play(**red)
