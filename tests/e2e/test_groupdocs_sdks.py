"""GroupDocs' own SDKs from the package index, unchanged, against a lane.

What each shows its user is the trace of the real client: groupdocs-translation-cloud 25.6.0 sends
Basic and never renews by itself, groupdocs-viewer-cloud 26.6 sends the form and never renews.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP

ALLOWED = 20
TEXT = "/v2.0/translation/text"
FORMATS = "/v2.0/viewer/formats"
EXPIRED = "The access token has expired"

Connect = Callable[..., Any]


def import_sdk(name: str) -> Any:
    with warnings.catch_warnings():
        # What generated code warns of when it is compiled and imported is not ours to mend.
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"the package {name} is not installed")


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    # oauthlib refuses token addresses that are not https://.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# -- groupdocs-translation-cloud -----------------------------------------------------------------


@pytest.fixture
def translation() -> Any:
    # Its wheel needs these and does not say so.
    import_sdk("requests_oauthlib")
    return import_sdk("groupdocs_translation_cloud")


@pytest.fixture
def translator(translation: Any, mockidp_groupdocs_translation: MockIdP) -> Connect:
    """The API object as GroupDocs' example makes it, with the two addresses changed."""
    idp = mockidp_groupdocs_translation

    def connect(client_secret: str | None = None) -> Any:
        configuration = translation.Configuration(host=f"{idp.base_url}/v2.0/translation")
        configuration.authority = idp.url("token")
        configuration.client_id = idp.client.client_id
        configuration.client_secret = client_secret or idp.client.client_secret
        return translation.TranslationApi(translation.ApiClient(configuration))

    return connect


@pytest.fixture
def hello(translation: Any) -> Any:
    return translation.TextRequest(
        source_language="en", target_languages=["de"], texts=["hello"], origin="test"
    )


def oauth_error(name: str) -> Any:
    return getattr(pytest.importorskip("oauthlib.oauth2.rfc6749.errors"), name)


def test_translation_fetches_a_token_and_calls(
    translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", TEXT, json={"status": 202, "message": "accepted", "id": "job-1"})
    api = translator()
    first, second = api.text_post(hello), api.text_post(hello)
    assert (first.id, first.message, first.status) == ("job-1", "accepted", 202)
    assert second.id == "job-1"
    idp.journal.assert_called("token", times=1, status=200, client_id=idp.client.client_id)
    idp.journal.assert_called("api", times=2, status=200, client_id=idp.client.client_id)


def test_translation_sends_basic_and_nothing_but_the_grant_in_the_form(
    translator: Connect, mockidp_groupdocs_translation: MockIdP
) -> None:
    translator().api_client.configuration.get_jwt_token()
    entry = mockidp_groupdocs_translation.journal.last
    assert dict(entry.params) == {"grant_type": "client_credentials"}
    assert entry.client_id == mockidp_groupdocs_translation.client.client_id


def test_translation_sees_the_echo_of_its_call(
    translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    answer = translator().text_post_without_preload_content(hello)
    echo = json.loads(answer.read())
    assert (answer.status, echo["method"], echo["path"]) == (200, "POST", TEXT)
    assert echo["body"] == {
        "sourceLanguage": "en",
        "targetLanguages": ["de"],
        "texts": ["hello"],
        "origin": "test",
    }
    assert echo["claims"]["client_id"] == mockidp_groupdocs_translation.client.client_id


def test_translation_renews_after_401(
    translation: Any, translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", TEXT, json={"id": "job-1"})
    api = translator()
    api.text_post(hello)
    idp.clock.advance(hours=1)
    with pytest.raises(translation.exceptions.UnauthorizedException) as caught:
        api.text_post(hello)
    assert caught.value.status == 401
    assert EXPIRED in caught.value.body
    assert "The token expired at '" in caught.value.headers["WWW-Authenticate"]
    # What its user has to do: GroupDocs asks to "handle the 401" and get a new token.
    api.api_client.configuration.get_jwt_token()
    assert api.text_post(hello).id == "job-1"
    idp.journal.assert_called("token", times=2, status=200)


def test_translation_shows_a_wrong_secret_as_invalid_client(
    translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    with pytest.raises(oauth_error("InvalidClientError")) as caught:
        translator("not-the-secret").text_post(hello)
    assert str(caught.value).strip() == "(invalid_client)"
    mockidp_groupdocs_translation.journal.assert_called("token", times=1, status=400)
    mockidp_groupdocs_translation.journal.assert_not_called("api")


def test_translation_shows_the_rate_limit_and_gets_on_after_ten_minutes(
    translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", TEXT, json={"id": "job-1"})
    for _ in range(ALLOWED):
        with pytest.raises(oauth_error("InvalidClientError")):
            translator("not-the-secret").text_post(hello)
    # An error object that oauthlib does not know; with any other body it would say "missing token".
    with pytest.raises(oauth_error("CustomOAuth2Error"), match=r"\(too_many_requests\)"):
        translator("not-the-secret").text_post(hello)
    assert idp.journal.last.status == 429
    assert translator().text_post(hello).id == "job-1", "the right secret is served meanwhile"
    idp.clock.advance(minutes=10)
    with pytest.raises(oauth_error("InvalidClientError")):
        translator("not-the-secret").text_post(hello)


def test_translation_is_refused_at_once_after_the_secret_was_rotated(
    translator: Connect, hello: Any, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", TEXT, json={"id": "job-1"})
    api = translator()
    api.text_post(hello)
    old = idp.client.client_secret
    new = idp.client.rotate_secret()
    with pytest.raises(oauth_error("InvalidClientError")):
        translator(old).text_post(hello)
    assert translator(new).text_post(hello).id == "job-1"
    assert api.text_post(hello).id == "job-1", "a token outlives the secret it was got with"


def test_translation_waits_for_the_limit_of_the_api_to_pass(
    translation: Any, translator: Connect, mockidp_groupdocs_translation: MockIdP
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("GET", "/v2.0/translation/languages", json=[])
    idp.faults.next("api", status=429, retry_after=0, times=2)
    # urllib3 below it repeats a GET with Retry-After, up to three times.
    assert translator().languages_get() == []
    assert [entry.status for entry in idp.journal.find("api")] == [429, 429, 200]


# -- groupdocs-viewer-cloud ----------------------------------------------------------------------


@pytest.fixture
def viewer() -> Any:
    return import_sdk("groupdocs_viewer_cloud")


@pytest.fixture
def reader(viewer: Any, mockidp_groupdocs_total: MockIdP) -> Connect:
    """The API object as GroupDocs' example makes it, with the address changed."""
    idp = mockidp_groupdocs_total

    def connect(client_secret: str | None = None) -> Any:
        secret = client_secret or idp.client.client_secret
        configuration = viewer.Configuration(idp.client.client_id, secret)
        configuration.api_base_url = idp.base_url
        return viewer.InfoApi.from_config(configuration)

    return connect


@pytest.fixture
def formats(mockidp_groupdocs_total: MockIdP) -> None:
    mockidp_groupdocs_total.api.respond(
        "GET", FORMATS, json={"formats": [{"extension": ".docx", "fileFormat": "Word"}]}
    )


@pytest.mark.usefixtures("formats")
def test_viewer_fetches_a_token_and_calls(
    reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    idp = mockidp_groupdocs_total
    api = reader()
    found = api.get_supported_file_formats().formats
    assert [(entry.extension, entry.file_format) for entry in found] == [(".docx", "Word")]
    api.get_supported_file_formats()
    idp.journal.assert_called("token", times=1, status=200, client_secret="***")
    idp.journal.assert_called("api", times=2, status=200, client_id=idp.client.client_id)


def test_viewer_sends_its_options_as_json(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    mockidp_groupdocs_total.api.respond(
        "POST", "/v2.0/viewer/info", json={"formatExtension": ".docx"}
    )
    result = reader().get_info(viewer.GetInfoRequest(viewer.ViewOptions()))
    assert result.format_extension == ".docx"


@pytest.mark.usefixtures("formats")
def test_viewer_shows_an_expired_token_and_never_renews(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    idp = mockidp_groupdocs_total
    api = reader()
    api.get_supported_file_formats()
    idp.clock.advance(days=1)
    for _ in range(2):
        with pytest.raises(viewer.ApiException) as caught:
            api.get_supported_file_formats()
        assert (caught.value.code, caught.value.message) == (401, EXPIRED)
    # What its user has to do: a new object fetches a new token.
    assert reader().get_supported_file_formats().formats
    idp.journal.assert_called("token", times=2, status=200)


@pytest.mark.usefixtures("formats")
def test_viewer_shows_a_refusal_that_a_test_asked_for(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    api = reader()
    mockidp_groupdocs_total.faults.next("api", status=401)
    with pytest.raises(viewer.ApiException) as caught:
        api.get_supported_file_formats()
    assert (caught.value.code, caught.value.message) == (401, "The access token is not valid")
    assert api.get_supported_file_formats().formats


def test_viewer_shows_a_wrong_secret_as_invalid_client(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    with pytest.raises(viewer.ApiException) as caught:
        reader("not-the-secret").get_supported_file_formats()
    assert (caught.value.code, caught.value.message) == (400, "invalid_client")
    mockidp_groupdocs_total.journal.assert_not_called("api")


@pytest.mark.usefixtures("formats")
def test_viewer_shows_the_rate_limit_and_gets_on_after_ten_minutes(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    idp = mockidp_groupdocs_total
    for _ in range(ALLOWED):
        with pytest.raises(viewer.ApiException, match=r"\(400\)\nMessage: invalid_client"):
            reader("not-the-secret").get_supported_file_formats()
    with pytest.raises(viewer.ApiException, match=r"\(429\)\nMessage: too_many_requests"):
        reader("not-the-secret").get_supported_file_formats()
    assert reader().get_supported_file_formats().formats, "the right secret is served meanwhile"
    idp.clock.advance(minutes=10)
    with pytest.raises(viewer.ApiException, match=r"\(400\)\nMessage: invalid_client"):
        reader("not-the-secret").get_supported_file_formats()


@pytest.mark.usefixtures("formats")
def test_viewer_is_refused_at_once_after_the_secret_was_rotated(
    viewer: Any, reader: Connect, mockidp_groupdocs_total: MockIdP
) -> None:
    idp = mockidp_groupdocs_total
    old = idp.client.client_secret
    reader(old).get_supported_file_formats()
    new = idp.client.rotate_secret()
    with pytest.raises(viewer.ApiException, match="invalid_client"):
        reader(old).get_supported_file_formats()
    assert reader(new).get_supported_file_formats().formats
