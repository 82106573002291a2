"""What the mint makes where a user is involved: ID tokens, codes, refresh tokens, and access tokens
in their other forms (OpenID Connect Core 1.0, 2 and 3.1.3.6; RFC 6749, 1.3.1 and 1.5).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from fixtures.application import ALICE, APP
from mockidp.issuer import Issuer
from mockidp.keys.jwt import verify
from mockidp.oauth import names
from mockidp.profiles.problems import ConfigError
from mockidp.tokens.formats import FORMATS, format_of
from mockidp.tokens.handles import Granted, mint_code, mint_refresh_token
from mockidp.tokens.mint import (
    half_hash,
    mint_access_token,
    mint_id_token,
)

Make = Callable[..., Issuer]
NOW = 1_700_000_000
ISSUER = "https://idp.test"

# OpenID Connect Core 1.0, appendices A.4 and A.6
TOKEN, AT_HASH = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ"
CODE = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
C_HASH = "LDktKdoQak3Pk0cnXxCltA"


@pytest.fixture
def make(make_lane: Make) -> Make:
    def make(**settings: Any) -> Issuer:
        lane = make_lane("openid", **{"clients": [APP], "users": [ALICE], **settings})
        lane.clock.freeze(at=NOW)
        return lane

    return make


def id_token(lane: Issuer, **given: Any) -> str:
    defaults = {
        "client": lane.clients.default,
        "user": lane.users.default,
        "issuer": ISSUER,
        "auth_time": NOW - 60.5,
    }
    return mint_id_token(lane, **{**defaults, **given})


def access(lane: Issuer, **given: Any) -> str:
    defaults: dict[str, Any] = {
        "client": lane.clients.default,
        "subject": str(ALICE["sub"]),
        "scopes": ("read",),
        "issuer": ISSUER,
        "user": lane.users.default,
        "family": "f",
    }
    return mint_access_token(lane, **{**defaults, **given}).token


def parsed(token: str) -> list[tuple[str, Any]]:
    """The claims in the order in which they are written."""
    payload = token.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    pairs: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
    return pairs


def test_an_id_token_has_its_claims_in_the_profiles_order(make: Make) -> None:
    lane = make()
    made = id_token(lane, nonce="n", access_token=TOKEN, code=CODE, claims={"name": "Alice"})
    assert parsed(made) == [
        ("iss", ISSUER),
        ("sub", ALICE["sub"]),
        ("aud", "app"),
        ("iat", NOW),
        ("exp", NOW + 3600),
        ("auth_time", NOW - 61),
        ("nonce", "n"),
        ("at_hash", AT_HASH),
        ("c_hash", C_HASH),
        ("name", "Alice"),
    ]
    header, _ = verify(made, lane.keys)
    assert (header["typ"], header["alg"]) == ("JWT", "RS256")
    assert "kid" in header


def test_what_is_not_known_is_not_claimed(make: Make) -> None:
    claims = dict(parsed(id_token(make(), auth_time=None)))
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp"}


@pytest.mark.parametrize(
    ("alg", "length"),
    [
        *(("RS256", 22), ("PS256", 22), ("ES256", 22)),
        *(("RS384", 32), ("ES384", 32), ("RS512", 43), ("ES512", 43), ("EdDSA", 43)),
    ],
)
def test_a_half_hash_is_half_of_the_algorithms_hash(alg: str, length: int) -> None:
    assert re.fullmatch(f"[A-Za-z0-9_-]{{{length}}}", half_hash(TOKEN, alg))


def test_the_examples_of_the_specification() -> None:
    assert (half_hash(TOKEN, "RS256"), half_hash(CODE, "RS256")) == (AT_HASH, C_HASH)


def test_its_lifetime_and_claims_are_the_profiles(make: Make) -> None:
    lane = make(
        id_token={"lifetime": 90, "typ": "", "claims": {"sub": "{user.username}", "n": "{user.x}"}}
    )
    made = id_token(lane)
    assert dict(parsed(made))["sub"] == "alice"
    assert "n" not in dict(parsed(made))
    assert dict(parsed(made))["exp"] == NOW + 90
    assert "typ" not in verify(made, lane.keys)[0]


@pytest.mark.parametrize("nothing", [None, "{absent}"])
def test_a_claim_that_is_none_is_left_out(make: Make, nothing: str | None) -> None:
    claims = {"sub": nothing, "tenant": {"id": None}}
    lane = make(id_token={"claims": claims}, access_token={"claims": claims})
    for made in (id_token(lane), access(lane)):
        found = json.loads(base64.urlsafe_b64decode(made.split(".")[1] + "=="))
        assert "sub" not in found
        # Inside of what is a claim's own value, null is what it is in JSON.
        assert found["tenant"] == {"id": None}


# -- access tokens --------------------------------------------------------------------------------


def test_claims_of_the_user_may_be_in_an_access_token(make: Make) -> None:
    lane = make(
        access_token_claims={
            "who": "{user.username}",
            "mail": "{user.email}",
            "none": "{user.nothing}",
            "user_*": "{user.*}",
            "nonce": "{hex:8}",
        }
    )
    claims = dict(parsed(access(lane)))
    assert (claims["who"], claims["mail"]) == ("alice", "alice@example.com")
    assert "none" not in claims
    assert claims["user_name"] == "Alice Ames"
    assert claims["user_email_verified"] is True
    assert re.fullmatch("[0-9a-f]{8}", claims["nonce"])
    of_a_client = dict(parsed(access(lane, user=None)))
    assert not [name for name in of_a_client if name.startswith(("who", "mail", "user_"))]


def test_times_may_be_fractional(make: Make) -> None:
    lane = make(jwt_times="fractional")
    lane.clock.freeze(at=NOW + 0.1234567)
    token = access(lane)
    claims = dict(parsed(token))
    assert (claims["iat"], claims["exp"]) == (NOW + 0.123457, NOW + 3600.123457)


@pytest.mark.parametrize(
    ("order", "begins"),
    [(["typ", "alg", "kid"], b'{"typ":"at+jwt","alg":"RS256","kid":"'), (["kid"], None)],
)
def test_the_header_is_in_the_profiles_order(
    make: Make, order: list[str], begins: bytes | None
) -> None:
    if begins is None:  # every member has a place
        with pytest.raises(ConfigError):
            make(jwt_header=order)
        return
    head = access(make(jwt_header=order)).split(".")[0]
    assert base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).startswith(begins)


def test_json_may_be_written_as_php_does(make: Make) -> None:
    head = access(make(jwt_json="php"), issuer="https://idp.test/é").split(".")[1]
    assert rb"https:\/\/idp.test\/\u00e9" in base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))


def test_the_forms_are_the_list_of_names(make: Make) -> None:
    assert tuple(form.name for form in FORMATS) == names.TOKEN_FORMATS
    assert format_of(make()).name == "jwt"
    assert format_of(make(access_token_format="hex:40")).name == "opaque"


@pytest.mark.parametrize(
    ("form", "family", "is_kept"),
    [
        ("jwt", None, False),
        ("jwt", "f", True),
        ("hex:40", None, True),
        ("hex:40", "f", True),
    ],
)
def test_what_the_store_keeps_of_a_token(
    make: Make, form: str, family: str | None, is_kept: bool
) -> None:
    lane = make(access_token_format=form)
    token = access(lane, family=family, lifetime=60)
    found = lane.store.find("access_token", now=NOW)
    assert len(found) == is_kept
    for record in found:
        assert (record.client_id, record.sub, record.scope) == ("app", ALICE["sub"], ("read",))
        assert (record.expires_at, record.family) == (NOW + 60, family)
        # A self-contained token is not kept itself, only what is enough to know it again.
        assert (record.id == token) is (form != "jwt")
        assert token not in repr(record)


@pytest.mark.parametrize("form", ["hex:40", "decimal:20", "tok_{token:16}", "guid"])
def test_an_opaque_token_has_the_providers_look(make: Make, form: str) -> None:
    lane = make(access_token_format=form)
    tokens = {access(lane) for _ in range(20)}
    assert len(tokens) == 20
    assert not [token for token in tokens if "{" in token or str(ALICE["sub"]) in token]


# -- codes and refresh tokens ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "pattern", "lifetime"),
    [
        ("authorization_code", {}, "[A-Za-z0-9_-]{43}", 60),
        (
            "authorization_code",
            {"authorize": {"code_look": "hex:40", "code_lifetime": 30}},
            "[0-9a-f]{40}",
            30,
        ),
        ("refresh_token", {}, "[A-Za-z0-9_-]{43}", 1_209_600),
        (
            "refresh_token",
            {"refresh_token": {"look": "def50200{hex:592}", "lifetime": 0}},
            "def50200[0-9a-f]{592}",
            None,
        ),
    ],
)
def test_look_and_lifetime_are_the_profiles(
    make: Make, kind: Any, settings: dict[str, Any], pattern: str, lifetime: float | None
) -> None:
    lane = make(**settings)
    mint = mint_code if kind == "authorization_code" else mint_refresh_token
    granted = Granted(
        client_id="app", subject="u", scopes=("a", "b"), family="f", data={"nonce": "n"}
    )
    made = mint(lane, granted)
    assert re.fullmatch(pattern, made)
    kept = lane.store.get(kind, made, now=NOW)
    assert kept is not None
    assert kept.expires_at == (NOW + lifetime if lifetime else None)
    assert (kept.client_id, kept.sub, kept.scope, kept.family) == ("app", "u", ("a", "b"), "f")
    assert dict(kept.data) == {"nonce": "n"}
