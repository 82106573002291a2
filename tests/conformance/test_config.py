"""oidcc-config-certification-test-plan: the metadata of a provider that speaks https."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.conformance import a_trial, must_fail
from fixtures.conformance_plans import Run, named, runs_of
from fixtures.conformance_suite import Suite
from fixtures.conformance_trial import Variant


@pytest.mark.parametrize("run", runs_of("config"), ids=str)
def test_config(run: Run, suite: Suite) -> None:
    run.module.play(run.variant, suite)


@pytest.mark.parametrize(
    "red",
    [
        {"discovery": {"document": {"issuer": "{origin}/"}}},
        {"discovery": {"document": {"jwks_uri": "{absent}"}}},
        {"discovery": {"document": {"elsewhere": "elsewhere"}}},
        {"discovery": {"document": {"anything_supported": ["anything"]}}},
        {"discovery": {"document": {"anything_endpoint": "{origin}/anything"}}},
        {"discovery": {"document": {"scopes_supported": "openid"}}},
        {"discovery": {"document": {"scopes_supported": ["openid", "a scope"]}}},
        {"discovery": {"document": {"ui_locales_supported": ["en-us"]}}},
        {"discovery": {"document": {"claims_parameter_supported": "true"}}},
        {"discovery": {"document": {"authorization_endpoint": "http://mockidp.example/"}}},
        {"authorize_response_types": ["code"]},
        {"authorize_response_modes": ["query", "fragment"]},
        {"authentication_subject_types": ["public"]},
        {"request_object_algs": ["RS256"]},
        {"authentication_parameters": []},
        {"signing_userinfo": ["ES256"]},
        {"jwks_kid": False},
        {"jwks_members": ["kty", "use", "kid", "alg", "n", "crv", "x", "y"]},
    ],
    ids=str,
)
def test_without_its_rule_it_is_red(red: dict[str, Any], suite: Suite) -> None:
    with must_fail(), a_trial(Variant(), suite, **red) as it:
        named("discovery-endpoint-verification").run(it)
