"""How to set up the providers of a whole suite, and change something for one class or test.

``mockidp_config`` would stand in a conftest.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from mockidp import MockIdP


@pytest.fixture(scope="session")
def mockidp_config() -> dict[str, Any]:
    return {
        "profile": "groupdocs-total",
        "access_token_lifetime": 600,
        "clients": [{"client_id": "our-app", "client_secret": "our-secret"}],
    }


def expires_in(idp: MockIdP) -> int:
    form = {"grant_type": "client_credentials", "client_id": "our-app"}
    answer = requests.post(
        idp.url("token"), data={**form, "client_secret": "our-secret"}, timeout=60
    )
    seconds: int = answer.json()["expires_in"]
    return seconds


def test_every_provider_has_the_settings_of_the_suite(mockidp: MockIdP) -> None:
    assert mockidp.profile == "groupdocs-total"
    assert expires_in(mockidp) == 600


@pytest.mark.mockidp(access_token_lifetime=5)
def test_a_marker_changes_them_for_a_test(mockidp: MockIdP) -> None:
    assert expires_in(mockidp) == 5


class TestBorrowedIssuer:
    @pytest.fixture
    def mockidp_config(self, mockidp_config: Mapping[str, Any]) -> dict[str, Any]:
        return {**mockidp_config, "borrowed": True}

    def test_a_class_adds_to_them(self, mockidp: MockIdP) -> None:
        assert mockidp.issuer == "https://api.groupdocs.cloud"
        assert expires_in(mockidp) == 600
