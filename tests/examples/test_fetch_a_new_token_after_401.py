"""How to test that a client fetches a new token when its old one has expired."""

from __future__ import annotations

import pytest
import requests

from mockidp import MockIdP


class Sdk:
    """The client under test: keeps its token until the API refuses it."""

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self.base_url = base_url
        self.credentials = {"client_id": client_id, "client_secret": client_secret}
        self.token = ""

    def fetch_token(self) -> None:
        form = {"grant_type": "client_credentials", **self.credentials}
        answer = requests.post(f"{self.base_url}/connect/token", data=form, timeout=60)
        answer.raise_for_status()
        self.token = answer.json()["access_token"]

    def translate(self, text: str) -> str:
        if not self.token:
            self.fetch_token()
        answer = self._call(text)
        if answer.status_code == 401:
            self.fetch_token()
            answer = self._call(text)
        answer.raise_for_status()
        translated: str = answer.json()["translation"]
        return translated

    def _call(self, text: str) -> requests.Response:
        return requests.post(
            f"{self.base_url}/v2.0/translation/text",
            json={"text": text},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )


@pytest.fixture
def sdk(mockidp_groupdocs_translation: MockIdP) -> Sdk:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", "/v2.0/translation/text", json={"translation": "tere"})
    return Sdk(idp.base_url, idp.client.client_id, idp.client.client_secret)


def test_an_expired_token_is_replaced(sdk: Sdk, mockidp_groupdocs_translation: MockIdP) -> None:
    assert sdk.translate("hello") == "tere"
    mockidp_groupdocs_translation.clock.advance(hours=1)
    assert sdk.translate("hello") == "tere"
    journal = mockidp_groupdocs_translation.journal
    journal.assert_called("token", times=2)
    journal.assert_called("api", times=1, status=401)


def test_a_good_token_is_kept(sdk: Sdk, mockidp_groupdocs_translation: MockIdP) -> None:
    sdk.translate("hello")
    mockidp_groupdocs_translation.clock.advance(minutes=59)
    sdk.translate("hello")
    mockidp_groupdocs_translation.journal.assert_called("token", times=1)


def test_a_secret_that_was_rotated_is_reported(
    sdk: Sdk, mockidp_groupdocs_translation: MockIdP
) -> None:
    mockidp_groupdocs_translation.client.rotate_secret()
    with pytest.raises(requests.HTTPError, match="400"):
        sdk.translate("hello")
