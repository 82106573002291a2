"""The table of checks: what each refuses, why, and who is told (RFC 6749, 4.1.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fixtures.application import APP, CALLBACK
from mockidp.flows.authorize.pipeline import STEPS
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.issuer import Issuer
from mockidp.oauth.names import ERROR_CASES

Make = Callable[..., Issuer]
Ask = Callable[..., Authorization]

TRY_OUT = "https://idp.test/_mockidp/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CORE = "OpenID Connect Core 1.0"
TYPES = "OAuth 2.0 Multiple Response Type Encoding Practices"
PAGE = None


def lane_of(make_lane: Make, *, client: dict[str, Any] | None = None, **facts: Any) -> Issuer:
    return make_lane("openid", clients=[{**APP, **(client or {})}], **facts)


def refused(ask: Ask, lane: Issuer, *repeated: tuple[str, str], **changes: str | None) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(lane, *repeated, **changes)
    return caught.value


def test_what_can_be_told_to_a_client_is_checked_after_its_redirect_uri() -> None:
    steps = [step.__name__ for step in STEPS]
    key, client, uri = (
        steps.index(name)
        for name in ("_key_parameters_once", "_known_client", "_registered_redirect_uri")
    )
    assert key < client < uri
    told = ("_response_type", "_response_mode", "_all_parameters_once", "_grant_allowed")
    for name in (*told, "_scope", "_proof_key", "_nonce", "_prompt", "_max_age"):
        assert steps.index(name) > uri


def test_a_good_request_is_known_in_every_part(lane: Issuer, ask: Ask) -> None:
    it = ask(
        lane,
        response_type="id_token code",
        scope="openid email openid",
        nonce="n",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        prompt="login consent login",
        max_age="0060",
    )
    assert it.client.client_id == "app"
    assert it.redirect_uri == CALLBACK
    assert it.response_words == ("code", "id_token")
    assert it.response_mode == "fragment"
    assert it.scopes == ("openid", "email")
    assert it.code_challenge_method == "S256"
    assert it.prompts == ("login", "consent")
    assert it.max_age == 60
    destination = it.destination
    assert destination is not None
    assert destination.redirect_uri == CALLBACK
    assert (destination.state, destination.issuer) == ("st", "https://idp.test")
    assert "'st'" not in repr(destination)


@pytest.mark.parametrize(
    ("changes", "code", "hint", "cites", "mode"),
    [
        # -- the browser is told
        pytest.param(
            {"client_id": None}, "invalid_request", "is missing", "RFC 6749, 4.1.1", PAGE, id="none"
        ),
        pytest.param(
            {"client_id": "x"},
            "invalid_client",
            "no client has the id 'x'; registered: 'app'",
            "RFC 6749, 4.1.2.1",
            PAGE,
            id="unknown client",
        ),
        pytest.param(
            {"redirect_uri": None},
            "invalid_request",
            "is missing, and the client has 2 registered",
            "RFC 6749, 3.1.2.3",
            PAGE,
            id="no redirect URI",
        ),
        pytest.param(
            {"redirect_uri": f"{CALLBACK}#x"},
            "invalid_request",
            "has a fragment",
            "RFC 6749, 3.1.2",
            PAGE,
            id="fragment",
        ),
        pytest.param(
            {"redirect_uri": f"{CALLBACK}/"},
            "invalid_request",
            "only by a trailing slash",
            "RFC 9700, 4.1.3",
            PAGE,
            id="unregistered redirect URI",
        ),
        # -- the client is told
        pytest.param(
            {"response_type": None},
            "invalid_request",
            "response_type is missing; send code, id_token",
            "RFC 6749, 4.1.1",
            "query",
            id="no response type",
        ),
        pytest.param(
            {"response_type": "none"},
            "unsupported_response_type",
            "'none' is none of: code",
            "RFC 6749, 4.1.2.1",
            "query",
            id="unknown response type",
        ),
        pytest.param(
            {"response_type": "code code"},
            "unsupported_response_type",
            "'code code' is none of",
            "RFC 6749, 4.1.2.1",
            "query",
            id="a word twice",
        ),
        pytest.param(
            {"response_type": "token"},
            "unsupported_response_type",
            "'token' is none of",
            "RFC 6749, 4.1.2.1",
            "fragment",
            id="a response type that is not served",
        ),
        pytest.param(
            {"response_mode": "jwt"},
            "invalid_request",
            "'jwt' is none of: query, fragment, form_post",
            f"{TYPES}, 2.1",
            "query",
            id="unknown response mode",
        ),
        pytest.param(
            {"response_type": "id_token", "response_mode": "query", "nonce": "n"},
            "invalid_request",
            "would put a token into the query",
            f"{TYPES}, 3",
            "fragment",
            id="a token in the query",
        ),
        pytest.param(
            {"scope": "x"},
            "invalid_scope",
            "'x' is unknown to the provider",
            "RFC 6749, 3.3",
            "query",
            id="unknown scope",
        ),
        pytest.param(
            {"response_type": "id_token", "scope": "email", "nonce": "n"},
            "invalid_request",
            "openid is not among the scopes",
            f"{CORE}, 3.1.2.1",
            "fragment",
            id="no openid",
        ),
        pytest.param(
            {"code_challenge": "x"},
            "invalid_request",
            "43 to 128",
            "RFC 7636, 4.2",
            "query",
            id="no challenge",
        ),
        pytest.param(
            {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
            "invalid_request",
            "case-sensitive",
            "RFC 7636, 4.4.1",
            "query",
            id="case of the method",
        ),
        pytest.param(
            {"code_challenge_method": "S256"},
            "invalid_request",
            "without code_challenge",
            "RFC 6749, 5.2",
            "query",
            id="a method alone",
        ),
        pytest.param(
            {"response_type": "id_token"},
            "invalid_request",
            "nonce is missing",
            f"{CORE}, 3.2.2.1",
            "fragment",
            id="no nonce",
        ),
        pytest.param(
            {"prompt": "login x"},
            "invalid_request",
            "prompt 'x' is none of: none, login",
            f"{CORE}, 3.1.2.1",
            "query",
            id="unknown prompt",
        ),
        pytest.param(
            {"prompt": "none consent"},
            "invalid_request",
            "prompt=none is sent with other prompts",
            f"{CORE}, 3.1.2.1",
            "query",
            id="none and another",
        ),
        pytest.param(
            {"max_age": "soon"},
            "invalid_request",
            "'soon' is no number of seconds",
            f"{CORE}, 3.1.2.1",
            "query",
            id="max_age",
        ),
    ],
)
def test_what_is_refused(
    lane: Issuer,
    ask: Ask,
    changes: dict[str, str | None],
    code: str,
    hint: str,
    cites: str,
    mode: str | None,
) -> None:
    found = refused(ask, lane, **changes)
    assert found.error.code == code
    assert hint in found.error.hint
    assert found.error.cites == cites
    assert found.error.case in ("", *ERROR_CASES)
    if mode is None:
        assert found.destination is None
    else:
        assert found.destination is not None
        assert found.destination.redirect_uri == CALLBACK
        assert found.destination.response_mode == mode
        assert found.destination.state == "st"


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({"client_id": None}, "missing_authorize_client"),
        ({"client_id": "x"}, "authorize_client"),
        ({"redirect_uri": None}, "missing_redirect_uri"),
        ({"redirect_uri": f"{CALLBACK}#x"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://evil.example/cb"}, "unregistered_redirect_uri"),
        ({"redirect_uri": "https://app.example\\@evil.example"}, "unregistered_redirect_uri"),
        ({"response_type": None}, "missing_response_type"),
        ({"response_type": "x"}, "bad_response_type"),
        ({"scope": "x"}, "bad_scope"),
        ({"code_challenge_method": "S256"}, "missing_parameter"),
    ],
)
def test_cases_that_a_profile_may_word(
    lane: Issuer, ask: Ask, changes: dict[str, str | None], case: str
) -> None:
    assert refused(ask, lane, **changes).error.case == case


@pytest.mark.parametrize(
    ("client", "changes", "code", "hint", "is_told"),
    [
        pytest.param({"enabled": False}, {}, "invalid_client", "is disabled", False, id="disabled"),
        pytest.param(
            {"redirect_uris": []},
            {"redirect_uri": None},
            "invalid_request",
            "the client has none registered",
            False,
            id="no redirect URI, none registered",
        ),
        pytest.param(
            {"redirect_uris": []},
            {},
            "invalid_request",
            "cannot match",
            False,
            id="none registered",
        ),
        pytest.param(
            {"redirect_uris": [CALLBACK]},
            {"redirect_uri": None},
            "invalid_request",
            "1 registered; this provider needs it in any case",
            False,
            id="only one, and it must be sent",
        ),
        pytest.param(
            {"grant_types": ["refresh_token"]},
            {},
            "unauthorized_client",
            "may use refresh_token, and response_type 'code' needs authorization_code",
            True,
            id="no codes",
        ),
        pytest.param(
            {"grant_types": ["authorization_code"]},
            {"response_type": "code token"},
            "unauthorized_client",
            "needs implicit",
            True,
            id="no implicit grant",
        ),
        pytest.param(
            {"grant_types": []}, {}, "unauthorized_client", "may use no grant", True, id="none"
        ),
        pytest.param(
            {"scope": ["openid"]},
            {"scope": "openid email"},
            "invalid_scope",
            "'email' is unknown to client 'app'",
            True,
            id="a scope of others",
        ),
        pytest.param(
            {"require_pkce": True},
            {},
            "invalid_request",
            "and this client must send one",
            True,
            id="a client that needs PKCE",
        ),
        pytest.param(
            {"client_secret": None},
            {},
            "invalid_request",
            "and a public client must send one",
            True,
            id="public",
        ),
    ],
)
def test_what_a_client_may_not(
    make_lane: Make,
    ask: Ask,
    client: dict[str, Any],
    changes: dict[str, str | None],
    code: str,
    hint: str,
    is_told: bool,
) -> None:
    found = refused(ask, lane_of(make_lane, client=client), **changes)
    assert (found.error.code, found.destination is not None) == (code, is_told)
    assert hint in found.error.hint
    assert found.error.cites


@pytest.mark.parametrize(
    ("policy", "client", "is_needed"),
    [
        ("all", {}, True),
        ("public", {}, False),
        ("public", {"client_secret": None}, True),
        ("none", {"client_secret": None}, False),
        ("none", {"require_pkce": True}, True),
    ],
)
@pytest.mark.parametrize("response_type", ["code", "code id_token", "id_token"])
def test_who_must_send_a_challenge(
    make_lane: Make,
    ask: Ask,
    policy: str,
    client: dict[str, Any],
    is_needed: bool,
    response_type: str,
) -> None:
    lane = lane_of(make_lane, client=client, authorize_pkce=policy)
    sent = {"response_type": response_type, "nonce": "n"}
    if is_needed and "code" in response_type:
        assert "code_challenge is missing" in refused(ask, lane, **sent).error.hint
    else:
        assert ask(lane, **sent).code_challenge_method is None
    ask(lane, **sent, code_challenge=CHALLENGE, code_challenge_method="S256")


def test_a_challenge_without_a_code_is_nobodys(lane: Issuer, ask: Ask) -> None:
    it = ask(lane, response_type="id_token", nonce="n", code_challenge="x")
    assert it.code_challenge_method is None


@pytest.mark.parametrize(
    ("method", "hint"),
    [("plain", "plain is none of: S256"), (None, "plain, which a missing code_challenge_method")],
)
def test_a_provider_may_know_no_plain(
    make_lane: Make, ask: Ask, method: str | None, hint: str
) -> None:
    lane = lane_of(make_lane, authorize_code_challenge_methods=["S256"])
    found = refused(ask, lane, code_challenge=CHALLENGE, code_challenge_method=method)
    assert hint in found.error.hint


def test_the_only_redirect_uri_may_be_left_out_where_the_provider_lets_it(
    make_lane: Make, ask: Ask
) -> None:
    one = {"redirect_uris": [CALLBACK]}
    lane = lane_of(make_lane, client=one, authorize_redirect_uri_required=False)
    assert ask(lane, redirect_uri=None).redirect_uri == CALLBACK
    assert ask(lane, redirect_uri="").redirect_uri == CALLBACK
    lane = lane_of(make_lane, authorize_redirect_uri_required=False)
    assert "2 registered" in refused(ask, lane, redirect_uri=None).error.hint


def test_our_own_page_is_a_redirect_uri_of_every_client(make_lane: Make, ask: Ask) -> None:
    lane = lane_of(make_lane, client={"redirect_uris": []})
    assert ask(lane, redirect_uri=TRY_OUT).redirect_uri == TRY_OUT
    for near in (f"{TRY_OUT}/", f"{TRY_OUT}?x", TRY_OUT.upper(), "https://idp.test/"):
        assert refused(ask, lane, redirect_uri=near).destination is None


@pytest.mark.parametrize(
    ("response_type", "default", "mode", "found"),
    [
        ("code", {}, None, "query"),
        ("code id_token", {}, None, "fragment"),
        ("code id_token", {"code id_token": "query"}, None, "query"),
        ("id_token code", {"code id_token": "query"}, None, "query"),
        ("code id_token", {"code id_token": "query"}, "query", "query"),
        ("code id_token", {"code id_token": "query"}, "fragment", "fragment"),
        ("code", {"code": "fragment"}, None, "fragment"),
        ("code", {"code": "fragment"}, "query", "query"),
        ("code", {}, "form_post", "form_post"),
    ],
)
def test_the_response_mode(
    make_lane: Make,
    ask: Ask,
    response_type: str,
    default: dict[str, str],
    mode: str | None,
    found: str,
) -> None:
    lane = lane_of(make_lane, authorize_default_modes=default)
    it = ask(lane, response_type=response_type, response_mode=mode, nonce="n")
    assert it.response_mode == found


def test_a_usual_response_mode_that_is_not_served_is_not_used(make_lane: Make, ask: Ask) -> None:
    lane = lane_of(make_lane, authorize_response_modes=["form_post"])
    error = refused(ask, lane).error
    assert error.code == "invalid_request"
    assert error.hint == (
        "response_mode is missing, and the usual one, query, is not served; send form_post"
    )
    assert ask(lane, response_mode="form_post").response_mode == "form_post"


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        *(("client_id", False), ("redirect_uri", False)),
        *(("state", True), ("scope", True), ("x", True), ("response_type", True)),
    ],
)
def test_a_repeated_parameter(lane: Issuer, ask: Ask, name: str, is_told: bool) -> None:
    found = refused(ask, lane, (name, "1"), (name, "2"))
    assert found.error.code == "invalid_request"
    assert f"'{name}' is sent " in found.error.hint
    assert (found.destination is not None) is is_told


@pytest.mark.parametrize(("policy", "scope"), [("first", ("openid",)), ("last", ("email",))])
def test_or_one_of_them_counts(
    make_lane: Make, ask: Ask, policy: str, scope: tuple[str, ...]
) -> None:
    lane = lane_of(make_lane, token_repeated=policy)
    assert ask(lane, ("scope", "email")).scopes == scope


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "x", "redirect_uri": "y", "response_type": "z"}, "invalid_client"),
        ({"redirect_uri": "y", "response_type": "z"}, "invalid_request"),
        ({"response_type": "z", "scope": "z"}, "unsupported_response_type"),
        ({"scope": "z", "prompt": "z"}, "invalid_scope"),
    ],
)
def test_of_two_mistakes_the_earlier_is_said(
    lane: Issuer, ask: Ask, changes: dict[str, str], code: str
) -> None:
    assert refused(ask, lane, **changes).error.code == code


def test_a_nonce_may_be_left_out_where_the_provider_lets_it(make_lane: Make, ask: Ask) -> None:
    lane = lane_of(make_lane, authorize_nonce_required=False)
    assert ask(lane, response_type="id_token").response_words == ("id_token",)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "prompt", "max_age"])
def test_a_hint_stays_short_and_on_one_line(lane: Issuer, ask: Ask, name: str) -> None:
    hint = refused(ask, lane, **{name: "\u202ex\r\n" * 20_000}).error.hint
    assert len(hint) < 1500
    assert hint.isprintable()
