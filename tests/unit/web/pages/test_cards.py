"""What the index page and ``mockidp serve`` say of a provider."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from mockidp import MockServer
from mockidp.web.pages.cards import Card, card


def card_of(profile: str = "openid", **settings: Any) -> Card:
    server = MockServer([profile], config={}, **settings)
    try:
        server.pretend("http://127.0.0.1:8400")
        return card(server.lanes[0])
    finally:
        server.close()


def words(shown: Card) -> list[str]:
    return shlex.split(" ".join(shown.curl))


def test_addresses_are_those_of_the_server() -> None:
    shown = card_of("groupdocs-translation")
    home = "http://127.0.0.1:8400/groupdocs-translation"
    assert shown.base_url == home
    assert shown.token_url == f"{home}/connect/token"
    assert shown.metadata_url == f"{home}/.well-known/openid-configuration"
    assert shown.jwks_url == f"{home}/.well-known/openid-configuration/jwks"
    assert shown.api_urls == (f"{home}/v2.0/translation",)
    assert shown.real_urls == (
        "https://id.groupdocs.cloud",
        "https://api.groupdocs.cloud/v2.0/translation",
    )


def test_the_command_has_the_credentials_in_the_form() -> None:
    assert words(card_of()) == [
        *("curl", "http://127.0.0.1:8400/openid/token"),
        *("-d", "grant_type=client_credentials"),
        *("-d", "client_id=mockidp-client"),
        *("-d", "client_secret=mockidp-secret"),
    ]


@pytest.mark.parametrize("secret", ["a b", "a&b", "a+b", "a%b", "a'b", 'a"b', "$(a)", "ü", "a=b"])
def test_a_value_that_needs_it_is_encoded_and_quoted(secret: str) -> None:
    shown = card_of(clients=[{"client_id": "app", "client_secret": secret}])
    assert words(shown)[-2:] == ["--data-urlencode", f"client_secret={secret}"]


@pytest.mark.parametrize(
    ("decoding", "user"), [("form", "my+app:a%2Bb%25"), ("raw", "my app:a+b%")]
)
@pytest.mark.parametrize("where", ["profile", "client"])
def test_credentials_are_in_the_header_where_the_form_is_not_allowed(
    decoding: str, user: str, where: str
) -> None:
    client = {"client_id": "my app", "client_secret": "a+b%"}
    if where == "client":
        client["token_endpoint_auth_method"] = "client_secret_basic"
    methods = ["client_secret_basic", *(["client_secret_post"] if where == "client" else [])]
    shown = card_of(
        clients=[client], client_auth_methods=methods, client_auth_basic_decoding=decoding
    )
    assert words(shown)[2:] == ["-u", user, "-d", "grant_type=client_credentials"]


def test_a_public_client_has_no_secret() -> None:
    shown = card_of(clients=[{"client_id": "spa", "token_endpoint_auth_method": "none"}])
    assert shown.client_secret is None
    assert words(shown)[-2:] == ["-d", "client_id=spa"]


def test_without_clients_there_is_no_command() -> None:
    shown = card_of(clients=[])
    assert (shown.client_id, shown.client_secret, shown.curl) == (None, None, ())


@pytest.mark.parametrize(
    ("profile", "grant_types", "grant_type"),
    [
        ("openid", ["authorization_code"], None),
        ("openid", ["client_credentials"], "client_credentials"),
        ("easytranslate", ["client_credentials"], "client_credentials"),
        ("easytranslate", ["client_credentials", "password"], "password"),
    ],
)
def test_the_command_is_one_that_the_client_may_use(
    profile: str, grant_types: list[str], grant_type: str | None
) -> None:
    client = {"client_id": "app", "client_secret": "s", "grant_types": grant_types}
    shown = card_of(profile, clients=[client])
    asked = [word for word in words(shown) if word.startswith("grant_type=")]
    assert asked == ([f"grant_type={grant_type}"] if grant_type else [])
    with_codes = "authorization_code" in grant_types
    assert (shown.sign_in_url is not None) is with_codes


@pytest.mark.parametrize(
    ("client_scope", "asked"),
    [
        (None, "scope=profile email address phone read write"),  # what no user is needed for
        (["read"], "scope=read"),
    ],
)
def test_scopes_are_named_where_the_provider_insists(
    client_scope: list[str] | None, asked: str
) -> None:
    client: dict[str, Any] = {"client_id": "app", "client_secret": "s"}
    if client_scope:
        client["scope"] = client_scope
    shown = card_of(clients=[client], scopes_when_missing="refuse")
    assert asked in words(shown)


def test_an_api_key_is_shown_with_its_header_where_there_is_one() -> None:
    key = {"client_id": "app", "attributes": {"api_key": "key-of-the-app"}}
    assert card_of("proz", clients=[key]).api_key == ("X-Proz-API-Key", "key-of-the-app")
    assert card_of("proz", clients=[]).api_key is None
    assert card_of("openid", clients=[key]).api_key is None


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def test_each_printed_address_is_served(server: MockServer) -> None:
    import urllib.request

    for lane in server.lanes:
        shown = card(lane)
        for url in filter(None, (shown.metadata_url, shown.jwks_url)):
            with urllib.request.urlopen(url, timeout=60) as answer:
                assert answer.status == 200
