"""Every registry holds what its words say: no word without code, no code without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mockidp.profiles
from fixtures.asgi import call
from mockidp.config.settings import resolve
from mockidp.flows.authorize.response_modes import RESPONSE_MODES
from mockidp.flows.authorize.response_types import RESPONSE_TYPES
from mockidp.flows.client_auth import METHODS
from mockidp.flows.grants import grant_of
from mockidp.idp.server import MockServer
from mockidp.keys.alg import ALGS, FULLY_SPECIFIED
from mockidp.keys.foreign import HMAC_ALGS
from mockidp.keys.jwt import verify
from mockidp.oauth import names, pkce
from mockidp.oauth.features import FEATURES
from mockidp.profiles import MANNERS, PROFILES
from mockidp.profiles.build import keywords, leaves
from mockidp.profiles.load import load_profile
from mockidp.profiles.paths import paths_of, places
from mockidp.profiles.schema import sections
from mockidp.tokens.formats import FORMATS
from mockidp.tokens.lookup import look_up
from mockidp.tokens.mint import mint_access_token, mint_id_token
from mockidp.tokens.wishes import Wishes
from mockidp.web.api.stub import Api
from mockidp.web.app import lane_app
from mockidp.web.endpoints import endpoint_of
from mockidp.web.endpoints.discovery import metadata

REGISTRIES = [
    pytest.param([m.name for m in METHODS], names.CLIENT_AUTH_METHODS, id="client authentication"),
    pytest.param([f.name for f in FORMATS], names.TOKEN_FORMATS, id="token formats"),
    pytest.param([r.word for r in RESPONSE_TYPES], names.RESPONSE_WORDS, id="response types"),
    pytest.param([m.name for m in RESPONSE_MODES], names.RESPONSE_MODES, id="response modes"),
    pytest.param(pkce.METHODS, names.CODE_CHALLENGE_METHODS, id="code challenge methods"),
    pytest.param(ALGS, names.SIGNING_ALGORITHMS, id="signing algorithms"),
    pytest.param(
        [*ALGS, *FULLY_SPECIFIED.values()], names.FOREIGN_ALGORITHMS, id="algorithms of others"
    ),
    pytest.param(HMAC_ALGS, names.SECRET_ALGORITHMS, id="algorithms of a secret"),
]

FOLDER = Path(mockidp.profiles.__file__).parent


@pytest.mark.parametrize(("registry", "words"), REGISTRIES)
def test_a_registry_holds_what_its_words_say(registry: list[str], words: tuple[str, ...]) -> None:
    assert tuple(registry) == words


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=name)
        for name, words in vars(names).items()
        if name.isupper() and isinstance(words, tuple)
    ],
)
def test_no_word_is_there_twice(words: tuple[str, ...]) -> None:
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    "word",
    [
        *names.GRANT_TYPES,
        *names.CLIENT_AUTH_METHODS,
        *names.ENDPOINTS,
        *names.TOKEN_FORMATS,
        *names.RESPONSE_MODES,
        *names.CODE_CHALLENGE_METHODS,
    ],
)
def test_every_word_is_a_row_of_the_feature_table(word: str) -> None:
    rows = [feature for feature in FEATURES if feature.name == word]
    assert len(rows) == 1
    assert rows[0].title
    assert rows[0].specification


@pytest.mark.parametrize("name", names.GRANT_TYPES)
def test_every_grant_is_in_the_file_of_its_name(name: str) -> None:
    assert grant_of(name).grant_type == name


@pytest.mark.parametrize("name", [name for name in names.ENDPOINTS if name != Api.name])
def test_every_endpoint_is_in_the_file_of_its_name_and_has_a_path(name: str) -> None:
    assert endpoint_of(name).name == name
    assert paths_of(load_profile("openid"))[name]


def test_a_path_is_only_for_endpoints_that_there_are() -> None:
    assert {place.endpoint for place in places(load_profile("openid"))} == {
        name for name in names.ENDPOINTS if name != Api.name
    }


def test_the_profiles_are_the_files_that_are_shipped() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(PROFILES)
    assert {path.stem for path in (FOLDER / "manners").glob("*.toml")} == set(MANNERS)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_loads_and_makes_a_client_and_users(profile: str) -> None:
    settings = resolve(profile)
    assert settings.profile.name == profile
    assert settings.profile.title
    assert settings.profile.summary
    assert settings.clients[0].client_secret
    # Some providers sign people in by their e-mail address.
    assert [user.username.partition("@")[0] for user in settings.users] == ["alice", "bob"]


def test_flat_names_are_unique_and_are_no_tables() -> None:
    paths = [path for path, _, _ in leaves()]
    assert sorted(keywords().values()) == sorted(paths)
    assert not set(keywords()) & set(sections())


def test_every_leaf_says_what_it_means() -> None:
    assert [path for path, _, leaf in leaves() if not leaf.metadata["doc"]] == []


def test_every_placeholder_is_provided_somewhere() -> None:
    template = {name: f"{{{name}}}" for name in names.PLACEHOLDERS}
    provided = (
        _in_a_token(template)
        | _in_an_id_token(template)
        | _in_the_metadata(template)
        | _in_refusals(template)
        | _in_a_401(template)
        | _in_the_metadata_of_the_api(template)
    )
    assert provided == set(names.PLACEHOLDERS) - {"absent"}


def _server(**tables: Any) -> MockServer:
    server = MockServer(["openid"], **tables)
    server.lanes[0].listen_at("http://127.0.0.1:8400", [])
    return server


def _in_a_token(template: dict[str, str]) -> set[str]:
    lane = _server(access_token={"claims": template}).lanes[0]
    token = mint_access_token(
        lane,
        client=lane.clients.default,
        subject="subject",
        scopes=["read"],
        issuer=lane.home.issuer,
    ).token
    return set(look_up(lane, token).claims) & set(template)


def _in_an_id_token(template: dict[str, str]) -> set[str]:
    # Of several audiences one is the client, which azp names.
    claims = {**template, "aud": ["{client_id}", "https://api.example"]}
    lane = _server(id_token={"claims": claims}).lanes[0]
    token = mint_id_token(
        lane,
        client=lane.clients.default,
        user=lane.users.default,
        issuer=lane.home.issuer,
        auth_time=1,
        nonce="nonce",
        access_token="token",
        code="code",
        sid="sid",
        wishes=Wishes(id_token={"amr": None}, acr="1"),
    )
    return set(verify(token, lane.keys)[1]) & set(template)


def _in_refusals(template: dict[str, str]) -> set[str]:
    """The texts of a refusal, which stand for nothing where the refusal does not know them."""
    said = {"body": template}
    cases = ("wrong_method", "missing_parameter", "unsupported_grant_type", "bad_scope")
    server = _server(errors={"cases": dict.fromkeys(cases, said)})
    client = "client_id=mockidp-client&client_secret=mockidp-secret"
    replies = [
        call(
            lane_app(server.lanes[0]),
            method,
            "http://127.0.0.1:8400/token",
            headers=[("Content-Type", names.FORM_TYPE)],
            body=f"{client}&{asked}".encode(),
        )
        for method, asked in [
            ("PUT", ""),
            ("POST", "grant_type=authorization_code"),
            ("POST", "grant_type=elsewhere"),
            ("POST", "grant_type=client_credentials&scope=elsewhere"),
        ]
    ]
    return {name for reply in replies for name, text in json.loads(reply.body).items() if text}


def _in_the_metadata(template: dict[str, str]) -> set[str]:
    alice = {"username": "alice", "claims": {"name#et": "Aliis"}}
    grants = [*load_profile("openid").token.grant_types, "password"]
    lane = _server(
        discovery={"document": template},
        token={"grant_types": grants},
        users=[alice],
        outgoing_allowed=True,
    ).lanes[0]
    return set(metadata(lane, lane.home)) & set(template)


def _in_the_metadata_of_the_api(template: dict[str, str]) -> set[str]:
    lane = _server(protected_resource={"document": template}).lanes[0]
    url = "http://127.0.0.1:8400/.well-known/oauth-protected-resource/api"
    return set(json.loads(call(lane_app(lane), "GET", url).body)) & set(template)


def _in_a_401(template: dict[str, str]) -> set[str]:
    lane = _server(api={"body": template}).lanes[0]
    reply = call(lane_app(lane), "GET", "http://127.0.0.1:8400/api/me")
    assert reply.status == 401
    return {name for name in template if f'"{name}":'.encode() in reply.body}
