"""Facts that are right alone, and together make no provider."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.config.layers import Layer
from mockidp.config.settings import resolve
from mockidp.profiles.problems import ConfigError


def load(profile: str = "openid", **settings: Any) -> None:
    resolve(profile, layers=[Layer("keyword", settings)])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "token at the keys": (
        {"token_path": "/jwks"},
        "token.path = '/jwks': the endpoints token and jwks cannot both be at /jwks",
    ),
    "userinfo at the tokens": ({"userinfo_path": "/token"}, "userinfo.path = '/token': the"),
    "token at authorize": ({"token_path": "/authorize"}, "token and authorize cannot both"),
    "an alias": ({"token_aliases": ["/x", "/par"]}, "token.aliases = ['/x', '/par']: "),
    "in small letters": (
        {"token_path": "/JWKS", "routing_case_sensitive": False},
        "token.path = '/JWKS': ",
    ),
    "the page of devices": ({"token_path": "/device"}, "token and device cannot both"),
    "metadata of the API": (
        {"protected_resource_path": "/x", "userinfo_path": "/x/api"},
        "/x/api",
    ),
    "among our own pages": ({"token_path": "/_mockidp/login"}, "must not be below /_mockidp"),
    "the root of our own pages": ({"token_path": "/_Mockidp"}, "must not be below /_mockidp"),
    "the API among our own pages": ({"api_prefixes": ["/_mockidp"]}, "api.prefixes = "),
    "pushed nowhere": (
        {"par_required": True, "par_path": ""},
        "par.required needs a par.path",
    ),
    "a challenge of no method": (
        {"authorize_pkce": "all", "authorize_code_challenge_methods": []},
        "authorize.pkce = 'all' needs a code_challenge_method",
    ),
    "a nonce of no proof": (
        {"dpop_nonce": "required", "dpop_algs": []},
        "dpop.nonce needs dpop.algs",
    ),
    "an unknown default scope": (
        {"scopes_default": ["nope"]},
        "scopes.default = ['nope']: scopes.default has 'nope', and scopes.supported only: openid,",
    ),
    "default scopes of none": (
        {"scopes_supported": [], "scopes_default": ["x"]},
        "scopes.supported only: none",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_go_together_is_refused(case: str) -> None:
    settings, problem = WRONG[case]
    with pytest.raises(ConfigError) as caught:
        load(**settings)
    assert str(caught.value).startswith("keyword: ")
    assert problem in str(caught.value)


def test_what_was_set_last_is_blamed_and_not_the_profile() -> None:
    with pytest.raises(ConfigError, match=r"^keyword: scopes\.supported = \['x'\]: .*'public'"):
        load("proz", scopes_supported=["x"])
    with pytest.raises(ConfigError, match=r"^keyword: jwks\.path = '/token': "):
        load(jwks_path="/token")


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"token_aliases": ["/token"]}, id="an endpoint twice"),
        pytest.param({"oauth_metadata_path": "/.well-known/openid-configuration"}, id="metadata"),
        pytest.param({"authorize_response_types": [], "token_path": "/authorize"}, id="authorize"),
        pytest.param({"device_authorization_path": "", "token_path": "/device"}, id="device"),
        pytest.param({"token_path": "/JWKS"}, id="other letters"),
        pytest.param({"token_path": "/api/token"}, id="in the API"),
        pytest.param({"token_path": "/_mockidps"}, id="beside our own pages"),
        pytest.param({"par_path": "", "dpop_algs": []}, id="neither PAR nor DPoP"),
        pytest.param({"authorize_code_challenge_methods": []}, id="no PKCE"),
    ],
)
def test_what_goes_together_is_taken(settings: dict[str, Any]) -> None:
    load(**settings)
