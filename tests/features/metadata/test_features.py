"""What is off is not told of and does not work, row by row of the table of features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from fixtures.application import APP, BOB, Application, an_application
from fixtures.feature_probes import PROBES
from mockidp import ConfigError, MockIdP
from mockidp.oauth.features import FEATURES, OUTGOING, Feature
from mockidp.profiles import PROFILES
from mockidp.profiles.build import keywords
from mockidp.profiles.features import features_on, needs_of, states, switch_of
from mockidp.profiles.load import Overlay, load_profile
from mockidp.profiles.schema import Profile

ROWS = {feature.name: feature for feature in FEATURES}

#: Everything that the table has is on.
ALL: Mapping[str, Any] = {
    "outgoing_allowed": True,
    "token_grant_types": [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
    ],
    "authorize_response_types": ["code", "token", "id_token", "id_token token", "code id_token"],
    "refresh_token_grace": 30,
    "signing_id_token": ["ES256", "none"],
    "signing_userinfo": ["ES256", "none"],
    "limiter_allowed": 2,
    "auto_login": "alice",
    "clients": [
        {
            **APP,
            "frontchannel_logout_uri": "https://app.example/front",
            "frontchannel_logout_session_required": True,
        }
    ],
    "users": [{"username": "alice", "claims": {"name": "Alice", "name#fr": "Alix"}}, BOB],
}
#: But for these two, of which a provider has one.
INSTEAD = {"opaque": {"access_token_format": "token:32"}}


def switched_off(feature: Feature) -> dict[str, Any]:
    """The setting that switches it off: its own, or that of what it needs."""
    path = switch_of(feature)
    if not path:
        needed = (*needs_of(feature)[:1], *(feature.needs_one if not feature.needs else ()))
        return {k: v for name in needed for k, v in switched_off(ROWS[name]).items()}
    if path == OUTGOING:
        return {"outgoing_allowed": False}
    if path == "access_token.format":
        return {"access_token_format": "jwt" if feature.unless else "token:32"}
    name = path.replace(".", "_")
    value = ALL.get(name, _stated(path))
    wanted = feature.value or feature.name
    if isinstance(value, list):
        left = [item for item in value if wanted not in (*item.split(" "), "*")]
        return {name: [] if wanted == "*" else left}
    if isinstance(value, dict):
        return {name: {wanted: "{absent}"}}
    return {name: type(value)()}


def _stated(path: str) -> Any:
    evidence = load_profile("openid").evidence
    return evidence[path].value if path in evidence else {}


@pytest.fixture
def app(feature: Feature) -> Iterator[Application]:
    with an_application(**{**ALL, **INSTEAD.get(feature.name, {})}) as app:
        yield app


@pytest.fixture
def without(feature: Feature) -> Iterator[Application]:
    with an_application(**{**ALL, **switched_off(feature)}) as app:
        yield app


def every_row(rows: Mapping[str, Feature] = ROWS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("feature", rows.values(), ids=rows)


SWITCHABLE = {
    name: row for name, row in ROWS.items() if switch_of(row) or needs_of(row) or row.needs_one
}


def test_every_row_has_a_question() -> None:
    assert set(PROBES) == set(ROWS)
    assert len(ROWS) == len(FEATURES)


@every_row()
def test_what_is_on_works(app: Application, feature: Feature) -> None:
    assert app.idp._lane.has(feature.name)
    assert PROBES[feature.name](app)


@every_row(SWITCHABLE)
def test_what_is_off_does_not_work(without: Application, feature: Feature) -> None:
    assert not without.idp._lane.has(feature.name)
    assert not PROBES[feature.name](without)


@every_row()
def test_what_is_on_is_told_of(app: Application, feature: Feature) -> None:
    document = app.idp.metadata()
    names = {template[1:-1]: name for name, template in _templates(app.idp).items()}
    assert all(names[member] in document for member in feature.members)
    assert all(document[names[flag]] is True for flag in feature.flags)


@every_row(SWITCHABLE)
def test_what_is_off_is_not_told_of(without: Application, feature: Feature) -> None:
    document, templates = without.idp.metadata(), _templates(without.idp)
    on = [row for row in FEATURES if without.idp._lane.has(row.name)]
    others = {member for row in on for member in row.members}
    for name, template in templates.items():
        member = template[1:-1]
        if member in feature.members and member not in others:
            assert name not in document
        if member in feature.flags:
            assert document[name] is False
    lists = {name: value for name, value in document.items() if name in _LISTS_OF_FEATURES}
    # An ID token from the authorization endpoint is of the implicit grant as well.
    assert feature.name == "implicit" or not [n for n in lists if feature.name in lists[n]]
    words = [word for kind in document["response_types_supported"] for word in kind.split(" ")]
    assert (feature.value or feature.name) not in words


_LISTS_OF_FEATURES = (
    "grant_types_supported",
    "response_modes_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "subject_types_supported",
)


def _templates(idp: MockIdP) -> Mapping[str, str]:
    return _placeholders(idp._lane.profile)


def _placeholders(profile: Profile) -> Mapping[str, str]:
    """Each member with what it is filled from, alone or as a list."""
    written = profile.discovery.document.items()
    return {name: text[0] if isinstance(text, list) else text for name, text in written}


def test_every_member_belongs_to_a_row_or_is_always_there() -> None:
    named = {template[1:-1] for template in _placeholders(load_profile("openid")).values()}
    owned = {member for row in FEATURES for member in (*row.members, *row.flags)}
    assert owned <= named
    assert named - owned == {
        "issuer",
        "scopes_supported",
        "response_types_supported",
        *_LISTS_OF_FEATURES,
    } - {"subject_types_supported"}


@pytest.mark.parametrize("name", PROFILES)
def test_every_row_has_a_state_for_every_provider(name: str) -> None:
    rows = [*states(load_profile(name))]
    assert [row.feature for row in rows] == [*FEATURES]
    assert {row.is_on for row in rows} == {True, False}


@every_row()
def test_what_a_row_needs_is_another_row(feature: Feature) -> None:
    assert {*needs_of(feature), *feature.needs_one} <= {*ROWS} - {feature.name}


@every_row(SWITCHABLE)
def test_every_switch_is_a_setting(feature: Feature) -> None:
    off = switched_off(feature)
    assert off
    profile = load_profile("openid")
    assert feature.name not in features_on(profile) or feature.name not in features_on(
        load_profile("openid", overlays=[Overlay("test", _tables(off))])
    )


def _tables(settings: Mapping[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, value in settings.items():
        if name in keywords():
            table, _, key = keywords()[name].partition(".")
            tables.setdefault(table, {})[key] = value
    return tables


# -- what a change of one setting takes with it ---------------------------------------------------


def gone(**settings: Any) -> tuple[set[str], dict[str, Any]]:
    """The members that a setting takes away, and those that it changes."""
    with an_application() as usual, an_application(**settings) as app:
        before, now = usual.idp.metadata(), app.idp.metadata()
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    return set(before) - set(now), changed


def test_without_response_types_nothing_of_the_authorization_endpoint_is_left() -> None:
    left_out, changed = gone(authorize_response_types=[])
    assert left_out >= {
        "authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "require_pushed_authorization_requests",
        "response_modes_supported",
        "prompt_values_supported",
        "end_session_endpoint",
        "check_session_iframe",
    }
    assert changed["request_parameter_supported"] is False
    assert "authorization_code" not in changed["grant_types_supported"]


def test_without_their_grants_codes_and_devices_are_not_told_of() -> None:
    left_out, changed = gone(token_grant_types=["client_credentials"])
    assert left_out == {"device_authorization_endpoint", "code_challenge_methods_supported"}
    assert changed["response_types_supported"] == ["id_token", "id_token token"]
    assert changed["grant_types_supported"] == ["client_credentials", "implicit"]


@pytest.mark.parametrize("given_by", [[], ["password"]])
def test_what_no_grant_gives_is_not_told_of(given_by: list[str]) -> None:
    """`password` is none of the grants of this provider."""
    left_out, changed = gone(refresh_token_given_by=given_by)
    assert not left_out
    assert set(changed) == {"grant_types_supported", "scopes_supported"}
    assert "refresh_token" not in changed["grant_types_supported"]
    assert "offline_access" not in changed["scopes_supported"]
    with an_application(refresh_token_given_by=given_by) as app:
        assert not PROBES["refresh_token"](app)


def test_without_its_endpoint_the_device_grant_is_not_told_of() -> None:
    left_out, changed = gone(device_authorization_path="")
    assert left_out == {"device_authorization_endpoint"}
    assert set(changed) == {"grant_types_supported"}


def test_without_session_ids_no_channel_tells_of_sessions() -> None:
    left_out, changed = gone(id_token_claims={"sid": None}, outgoing_allowed=True)
    assert not left_out
    assert changed["frontchannel_logout_session_supported"] is False
    assert changed["backchannel_logout_supported"] is True
    assert changed.get("backchannel_logout_session_supported", False) is False
    assert "sid" not in changed["claims_supported"]


def test_without_classes_there_is_no_acr() -> None:
    left_out, changed = gone(authentication_acr_values=[])
    assert left_out == {"acr_values_supported"}
    assert "acr" not in changed["claims_supported"]


@pytest.mark.parametrize(
    ("settings", "claim", "is_listed"),
    [
        ({}, "azp", False),
        ({"id_token_claims": {"aud": ["{client_id}"]}}, "azp", False),
        ({"id_token_claims": {"aud": ["{client_id}", "another"]}}, "azp", True),
        ({"id_token_claims": {"azp": "me"}}, "azp", True),
        ({}, "c_hash", True),
        ({"authorize_response_types": ["code", "id_token", "id_token token"]}, "c_hash", False),
        ({"authorize_response_types": ["code id_token"]}, "c_hash", True),
        ({"token_grant_types": ["client_credentials"]}, "c_hash", False),
        ({"id_token_claims": {"c_hash": None}}, "c_hash", False),
        ({"id_token_claims": {"acr": "1"}, "authentication_acr_values": []}, "acr", True),
    ],
)
def test_claims_are_told_of_that_an_id_token_can_have(
    settings: dict[str, Any], claim: str, is_listed: bool
) -> None:
    with an_application(**settings) as app:
        assert (claim in app.idp.metadata()["claims_supported"]) is is_listed


def test_algorithms_of_assertions_are_those_of_the_methods() -> None:
    _, changed = gone(client_auth_methods=["private_key_jwt"])
    algs = changed["token_endpoint_auth_signing_alg_values_supported"]
    assert not [alg for alg in algs if alg.startswith("HS")]
    left_out, _ = gone(client_auth_methods=["client_secret_basic"])
    assert "token_endpoint_auth_signing_alg_values_supported" in left_out


@pytest.mark.parametrize(
    ("algs", "left", "gone_too"),
    [
        (["RS256", "PS256"], "private_key_jwt", "client_secret_jwt"),
        (["HS256"], "client_secret_jwt", "private_key_jwt"),
    ],
    ids=["of keys", "of secrets"],
)
def test_a_method_without_algorithms_is_not_told_of(
    algs: list[str], left: str, gone_too: str
) -> None:
    with MockIdP("openid", client_assertion_algs=algs) as idp:
        told = idp.metadata()
        for endpoint in ("token", "introspection", "revocation"):
            methods = told[f"{endpoint}_endpoint_auth_methods_supported"]
            assert left in methods
            assert gone_too not in methods
        idp.add_client(token_endpoint_auth_method=left)
        with pytest.raises(ConfigError, match=f"auth_method = '{gone_too}': this provider takes"):
            idp.add_client(token_endpoint_auth_method=gone_too)
        asked = {
            "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": gone_too,
            "jwks": {"keys": []},
        }
        refused = requests.post(told["registration_endpoint"], json=asked, timeout=60)
        assert refused.status_code == 400
        assert "token_endpoint_auth_method" in idp.journal.last.hint
