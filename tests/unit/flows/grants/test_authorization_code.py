"""A code at the token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.5 and 4.6; RFC 9700, 4.8.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.application import ALICE, CALLBACK
from mockidp.keys.jwt import verify
from mockidp.tokens.lookup import TokenRefused, look_up

if TYPE_CHECKING:
    from tests.unit.flows.grants.conftest import Provider

CODE = "authorization_code"
NOW = 1_700_000_000
DAY = 86400
# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_gives_what_it_stands_for(provider: Provider) -> None:
    code = provider.code("openid", "offline_access", "read", nonce="n-1")
    answer = provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    assert answer["scope"] == "openid offline_access read"
    _, access = verify(answer["access_token"], provider.lane.keys)
    assert (access["sub"], access["scope"]) == (ALICE["sub"], answer["scope"])
    _, claims = verify(answer["id_token"], provider.lane.keys)
    assert (claims["sub"], claims["nonce"], claims["auth_time"]) == (
        ALICE["sub"],
        "n-1",
        NOW - 5,
    )
    kept = provider.lane.store.get("refresh_token", answer["refresh_token"], now=NOW)
    assert kept is not None
    assert (kept.client_id, kept.sub, kept.family) == ("app", ALICE["sub"], "f")
    assert kept.scope == ("openid", "offline_access", "read")


def test_scope_means_nothing_here(provider: Provider) -> None:
    # RFC 6749, 4.1.3 knows no such parameter.
    code = provider.code("read")
    assert provider.ask(CODE, code=code, redirect_uri=CALLBACK, scope="write")["scope"] == "read"


def test_without_openid_there_is_no_id_token(provider: Provider) -> None:
    answer = provider.ask(CODE, code=provider.code("read"), redirect_uri=CALLBACK)
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}


def test_a_nonce_that_was_not_sent_is_not_there(provider: Provider) -> None:
    answer = provider.ask(CODE, code=provider.code("openid"), redirect_uri=CALLBACK)
    assert "nonce" not in verify(answer["id_token"], provider.lane.keys)[1]


@pytest.mark.parametrize(
    ("data", "sent", "code", "case", "hint"),
    [
        pytest.param(
            {},
            {"redirect_uri": None},
            "invalid_grant",
            "other_redirect_uri",
            "redirect_uri is missing: the authorization request had one",
            id="no redirect URI",
        ),
        pytest.param(
            {},
            {"redirect_uri": "https://app.example/CB"},
            "invalid_grant",
            "other_redirect_uri",
            "differs from the one asked with https://app.example/cb only by the letter case",
            id="another redirect URI",
        ),
        pytest.param(
            {"redirect_uri": "http://127.0.0.1:5000/cb"},
            {"redirect_uri": "http://127.0.0.1:5001/cb"},
            "invalid_grant",
            "other_redirect_uri",
            "redirect_uri",
            id="another port, which RFC 8252 frees at the authorization endpoint only",
        ),
        pytest.param(
            {"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
            {"code_verifier": None},
            "invalid_grant",
            "missing_code_verifier",
            "code_verifier is missing",
            id="no verifier",
        ),
        pytest.param(
            {"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
            {"code_verifier": "x" * 43},
            "invalid_grant",
            "bad_code_verifier",
            "made from another verifier",
            id="another verifier",
        ),
        pytest.param(
            {"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
            {"code_verifier": "x"},
            "invalid_grant",
            "malformed_code_verifier",
            "43 to 128",
            id="no verifier at all",
        ),
        pytest.param(
            {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
            {"code_verifier": CHALLENGE},
            "invalid_grant",
            "bad_code_verifier",
            "must be equal",
            id="plain",
        ),
        pytest.param(
            {"code_challenge": VERIFIER},
            {"code_verifier": CHALLENGE},
            "invalid_grant",
            "bad_code_verifier",
            "must be equal",
            id="no method is plain",
        ),
        pytest.param(
            {},
            {"code_verifier": VERIFIER},
            "invalid_grant",
            "unasked_code_verifier",
            "had no code_challenge",
            id="downgrade",
        ),
    ],
)
def test_what_does_not_belong_to_the_code_is_refused_and_leaves_it_good(
    provider: Provider,
    data: dict[str, Any],
    sent: dict[str, str | None],
    code: str,
    case: str,
    hint: str,
) -> None:
    presented = provider.code(**data)
    error = provider.refused(CODE, **{"code": presented, "redirect_uri": CALLBACK, **sent})
    assert (error.code, error.case) == (code, case)
    assert hint in error.hint
    assert not [s for s in (presented, CHALLENGE, VERIFIER) if s in error.hint]
    assert provider.lane.store.get("authorization_code", presented, now=NOW) is not None


def test_a_redirect_uri_that_was_not_asked_with_need_not_be_sent(provider: Provider) -> None:
    # RFC 6749, 4.1.3: "REQUIRED, if … included in the authorization request"
    for sent in (None, CALLBACK):
        code = provider.code(redirect_uri=None)
        assert provider.ask(CODE, code=code, redirect_uri=sent)["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("way", "case", "hint"),
    [
        ("unknown", "unknown_code", "there is no such code"),
        ("expired", "expired_code", "the code expired 3 seconds ago"),
        ("foreign", "foreign_code", "belongs to client 'app', not to 'other'"),
        ("spent", "spent_code", "has been used already"),
    ],
)
def test_codes_that_are_not_good(provider: Provider, way: str, case: str, hint: str) -> None:
    code, client = provider.code(), "app"
    match way:
        case "unknown":
            code = "x"
        case "expired":
            provider.lane.clock.advance(63)
        case "foreign":
            client = "other"
        case _:
            provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    error = provider.refused(CODE, code=code, redirect_uri=CALLBACK, client_id=client)
    assert (error.code, error.case) == ("invalid_grant", case)
    assert hint in error.hint


# RFC 6749, 4.1.2: "if an authorization code is used more than once" says nothing of when


@pytest.mark.parametrize("is_swept", [False, True], ids=["kept", "swept"])
@pytest.mark.parametrize("seconds", [59, 60, 3599])
def test_a_code_that_comes_again_revokes_what_it_gave_whenever_it_comes(
    provider: Provider, seconds: int, is_swept: bool
) -> None:
    lane, code = provider.lane, provider.code()
    given = provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    lane.clock.advance(seconds)
    if is_swept:
        lane.store.sweep(now=lane.clock.now())
    look_up(lane, given["access_token"])
    error = provider.refused(CODE, code=code, redirect_uri=CALLBACK)
    assert (error.code, error.case) == ("invalid_grant", "spent_code")
    assert "all that came of its grant is revoked" in error.hint
    with pytest.raises(TokenRefused, match="revoked"):
        look_up(lane, given["access_token"])
    refresh = {"refresh_token": given["refresh_token"]}
    assert provider.refused("refresh_token", **refresh).case == "spent_refresh_token"
    # And it stays so.
    assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "spent_code"


def test_as_long_as_there_is_an_access_token_of_it(provider: Provider) -> None:
    code = provider.code("read")
    given = provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    assert "refresh_token" not in given
    provider.lane.clock.advance(3599)
    assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "spent_code"
    with pytest.raises(TokenRefused, match="revoked"):
        look_up(provider.lane, given["access_token"])


def test_one_that_came_again_at_once_is_known_as_long(provider: Provider) -> None:
    code = provider.code()
    provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    for _ in range(2):
        assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "spent_code"
        provider.lane.clock.advance(3599)


@pytest.mark.parametrize("lifetime", [30 * DAY, 0])
def test_as_long_as_there_is_a_refresh_token_of_it(
    make_provider: Callable[..., Provider], lifetime: int
) -> None:
    provider = make_provider(refresh_token_lifetime=lifetime)
    code = provider.code()
    given = provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    for _ in range(3):
        provider.lane.clock.advance(20 * DAY)
        provider.lane.store.sweep(now=provider.lane.clock.now())
        given = provider.ask("refresh_token", refresh_token=given["refresh_token"])
    provider.lane.clock.advance(20 * DAY)
    assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "spent_code"
    refresh = {"refresh_token": given["refresh_token"]}
    assert provider.refused("refresh_token", **refresh).case == "spent_refresh_token"


def test_nothing_is_remembered_of_a_code_when_all_that_it_gave_is_over(provider: Provider) -> None:
    lane, code = provider.lane, provider.code("read")
    provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    lane.clock.advance(3600)
    lane.store.sweep(now=lane.clock.now())
    assert lane.store.find(family="f", now=lane.clock.now()) == []
    assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "unknown_code"


@pytest.mark.parametrize(
    ("settings", "seconds", "client", "case"),
    [
        ({"authorize_code_reuse": "refuse"}, 60, "app", "expired_code"),
        ({}, 60, "other", "foreign_code"),
        ({}, 3600, "other", "foreign_code"),
    ],
    ids=["where reuse is no theft", "of another client", "of another client, later"],
)
def test_which_late_codes_revoke_nothing(
    make_provider: Callable[..., Provider],
    settings: dict[str, Any],
    seconds: int,
    client: str,
    case: str,
) -> None:
    provider = make_provider(**settings)
    code = provider.code()
    given = provider.ask(CODE, code=code, redirect_uri=CALLBACK)
    provider.lane.clock.advance(seconds)
    sent = {"code": code, "redirect_uri": CALLBACK, "client_id": client}
    assert provider.refused(CODE, **sent).case == case
    provider.ask("refresh_token", refresh_token=given["refresh_token"])


def test_a_late_code_that_nobody_has_redeemed_revokes_nothing(provider: Provider) -> None:
    # As with response_type=code token: the access token is not of the code.
    code, beside = provider.code(), provider.refresh_token()
    provider.lane.clock.advance(60)
    assert provider.refused(CODE, code=code, redirect_uri=CALLBACK).case == "expired_code"
    provider.ask("refresh_token", refresh_token=beside)


@pytest.mark.parametrize("sent", [None, ""])
def test_a_code_is_needed(provider: Provider, sent: str | None) -> None:
    error = provider.refused(CODE, code=sent)
    assert (error.code, error.values) == ("invalid_request", {"parameter": "code"})


def test_a_disabled_user_does_not_use_the_code_up(provider: Provider) -> None:
    users, code = provider.lane.users, provider.code()
    users.replace(replace(users.default, enabled=False))
    assert "has been disabled" in provider.refused(CODE, code=code, redirect_uri=CALLBACK).hint
    users.replace(replace(users.default, enabled=True))
    provider.ask(CODE, code=code, redirect_uri=CALLBACK)


def test_a_public_client_proves_itself_by_its_verifier(
    make_provider: Callable[..., Provider],
) -> None:
    public = {"client_id": "app", "client_secret": None, "redirect_uris": [CALLBACK]}
    provider = make_provider(clients=[public])
    code = provider.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    sent: dict[str, str | None] = {"code": code, "redirect_uri": CALLBACK, "client_secret": None}
    assert provider.refused(CODE, **sent).code == "invalid_grant"
    assert "access_token" in provider.ask(CODE, **sent, code_verifier=VERIFIER)


@pytest.mark.parametrize(
    ("needs", "scopes", "is_given"),
    [
        ("nothing", ("read",), True),
        ("offline_access", ("openid",), False),
        ("offline_access", ("offline_access",), True),
        ("offline_access with id_token", ("openid",), False),
        ("offline_access with id_token", ("openid", "offline_access"), True),
        ("offline_access with id_token", ("read",), True),
    ],
)
def test_when_a_refresh_token_is_given(
    make_provider: Callable[..., Provider], needs: str, scopes: tuple[str, ...], is_given: bool
) -> None:
    provider = make_provider(refresh_token_needs=needs)
    answer = provider.ask(CODE, code=provider.code(*scopes), redirect_uri=CALLBACK)
    assert ("refresh_token" in answer) is is_given


@pytest.mark.parametrize(
    "settings",
    [
        {"refresh_token_given_by": ["password"]},
        {"token_grant_types": ["authorization_code"]},
    ],
    ids=["not by this grant", "none are served"],
)
def test_when_none_is_given(
    make_provider: Callable[..., Provider], settings: dict[str, Any]
) -> None:
    provider = make_provider(refresh_token_needs="nothing", **settings)
    answer = provider.ask(CODE, code=provider.code(), redirect_uri=CALLBACK)
    assert "refresh_token" not in answer


def test_a_provider_without_pkce_does_not_look_at_a_verifier(
    make_provider: Callable[..., Provider],
) -> None:
    provider = make_provider(authorize_pkce="none")
    provider.ask(CODE, code=provider.code(), redirect_uri=CALLBACK, code_verifier=VERIFIER)
