"""GroupDocs' own SDKs from the package index with their built-in hosts: nothing is changed but the
credentials.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP

TEXT = "/v2.0/translation/text"
FORMATS = "/v2.0/viewer/formats"


def import_sdk(name: str) -> Any:
    with warnings.catch_warnings():
        # What generated code warns of when it is compiled and imported is not ours to mend.
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"the package {name} is not installed")


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    # oauthlib then refuses a token address that is not https://.
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT", raising=False)


@pytest.fixture
def translation() -> Any:
    # Its wheel needs these and does not say so.
    import_sdk("requests_oauthlib")
    return import_sdk("groupdocs_translation_cloud")


def translate(sdk: Any, client_id: str, client_secret: str) -> Any:
    """The example of GroupDocs."""
    configuration = sdk.Configuration()
    configuration.client_id = client_id
    configuration.client_secret = client_secret
    return sdk.TranslationApi(sdk.ApiClient(configuration))


def test_translation_fetches_a_token_and_calls(
    translation: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", TEXT, json={"status": 202, "message": "accepted", "id": "job-1"})
    api = translate(translation, idp.client.client_id, idp.client.client_secret)
    request = translation.TextRequest(
        source_language="en", target_languages=["de"], texts=["hello"], origin="test"
    )
    with idp.intercept(block_other_hosts=True):
        assert [api.text_post(request).id for _ in range(2)] == ["job-1", "job-1"]
    idp.journal.assert_called("token", times=1, status=200, client_id=idp.client.client_id)
    idp.journal.assert_called("api", times=2, status=200)


def test_translation_shows_a_wrong_secret_as_invalid_client(
    translation: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    errors = pytest.importorskip("oauthlib.oauth2.rfc6749.errors")
    api = translate(translation, idp.client.client_id, "not-the-secret")
    with idp.intercept(), pytest.raises(errors.InvalidClientError):
        api.languages_get()
    idp.journal.assert_called("token", times=1, status=400)


def test_viewer_fetches_a_token_and_calls(mockidp_groupdocs_total: MockIdP) -> None:
    idp = mockidp_groupdocs_total
    viewer = import_sdk("groupdocs_viewer_cloud")
    idp.api.respond(
        "GET", FORMATS, json={"formats": [{"extension": ".docx", "fileFormat": "Word"}]}
    )
    api = viewer.InfoApi.from_keys(idp.client.client_id, idp.client.client_secret)
    with idp.intercept(block_other_hosts=True):
        for _ in range(2):
            found = api.get_supported_file_formats().formats
            assert [(entry.extension, entry.file_format) for entry in found] == [(".docx", "Word")]
    idp.journal.assert_called("token", times=1, status=200, client_id=idp.client.client_id)
    idp.journal.assert_called("api", times=2, status=200)


def test_both_at_one_server(translation: Any) -> None:
    """Two products on one host, with one set of credentials each."""
    from mockidp import MockServer

    viewer = import_sdk("groupdocs_viewer_cloud")
    with MockServer(["groupdocs-total", "groupdocs-translation"]) as server, server.intercept():
        total, translator = server["groupdocs-total"], server["groupdocs-translation"]
        total.api.respond("GET", FORMATS, json={"formats": []})
        translator.api.respond("GET", "/v2.0/translation/languages", json=[])
        id_and_secret = (total.client.client_id, total.client.client_secret)
        assert viewer.InfoApi.from_keys(*id_and_secret).get_supported_file_formats().formats == []
        id_and_secret = (translator.client.client_id, translator.client.client_secret)
        assert translate(translation, *id_and_secret).languages_get() == []
        for provider in (total, translator):
            provider.journal.assert_called("token", times=1, status=200)
            provider.journal.assert_called("api", times=1, status=200)
