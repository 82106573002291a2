"""A token request without HTTP: the order of the checks, the grant, the scopes, the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mockidp.flows import token as flow
from mockidp.flows.grant import Decision, TokenRequest
from mockidp.flows.grants.client_credentials import ClientCredentials
from mockidp.flows.token import answer_token_request
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.keys.jwt import verify
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params

Make = Callable[..., Issuer]
GOOD = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s"}
APP = {"client_id": "app", "client_secret": "s"}


def lane_of(make_lane: Make, *, client: Mapping[str, Any] | None = None, **facts: Any) -> Issuer:
    return make_lane("openid", clients=[{**APP, **(client or {})}], **facts)


def ask(lane: Issuer, **changes: str | None) -> Mapping[str, Any]:
    sent = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    request = TokenRequest(params=Params.of(sent), issuer="https://idp.test")
    return answer_token_request(lane, request)


def refused(lane: Issuer, **changes: str | None) -> tuple[str, str]:
    with pytest.raises(OAuthError) as caught:
        ask(lane, **changes)
    assert caught.value.cites
    return caught.value.code, caught.value.hint


def test_a_good_request_is_answered_with_what_the_client_gets(make_lane: Make) -> None:
    lane = lane_of(make_lane)
    answer = ask(lane, scope="write read")
    assert {name: value for name, value in answer.items() if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "write read",
    }
    _, claims = verify(answer["access_token"], lane.keys)
    assert (claims["sub"], claims["client_id"]) == ("app", "app")
    assert (claims["scope"], claims["iss"]) == ("write read", "https://idp.test")


@pytest.mark.parametrize(
    ("order", "changes", "code"),
    [
        (["client", "grant_type"], {"client_secret": "x", "grant_type": "x"}, "invalid_client"),
        (
            ["grant_type", "client"],
            {"client_secret": "x", "grant_type": "x"},
            "unsupported_grant_type",
        ),
        (["client", "grant_type"], {"client_secret": "x", "scope": "x"}, "invalid_client"),
        (["grant_type", "client"], {"client_secret": "x", "scope": "x"}, "invalid_client"),
        (["client", "grant_type"], {"grant_type": None, "scope": "x"}, "invalid_request"),
        (["grant_type", "client"], {"grant_type": "x", "scope": "x"}, "unsupported_grant_type"),
    ],
)
def test_of_two_mistakes_the_one_of_the_earlier_phase_is_said(
    make_lane: Make, order: list[str], changes: dict[str, str | None], code: str
) -> None:
    assert refused(lane_of(make_lane, token_order=order), **changes)[0] == code


@pytest.mark.parametrize("order", [["client", "grant_type"], ["grant_type", "client"]])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": "x"}, "invalid_client"),
        ({"grant_type": "x"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"scope": "x"}, "invalid_scope"),
    ],
)
def test_no_order_leaves_a_check_out(
    make_lane: Make, order: list[str], changes: dict[str, str | None], code: str
) -> None:
    assert refused(lane_of(make_lane, token_order=order), **changes)[0] == code


REPEATED = Params([*GOOD.items(), ("scope", "read"), ("scope", "write")])


def test_a_repeated_parameter_is_refused_before_everything_else(make_lane: Make) -> None:
    request = TokenRequest(
        params=Params([*REPEATED.pairs, ("client_secret", "x")]), issuer="https://idp.test"
    )
    with pytest.raises(OAuthError, match=r"^invalid_request: .*scope.* is sent 2 times"):
        answer_token_request(lane_of(make_lane), request)


def test_or_the_first_value_counts(make_lane: Make) -> None:
    request = TokenRequest(params=REPEATED, issuer="https://idp.test")
    answer = answer_token_request(lane_of(make_lane, token_repeated="first"), request)
    assert answer["scope"] == "read"


# -- the grant ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        pytest.param({"grant_type": None}, "invalid_request", "is missing; send authoriz", id="no"),
        pytest.param({"grant_type": ""}, "invalid_request", "grant_type is missing", id="empty"),
        pytest.param(
            {"grant_type": "password"}, "unsupported_grant_type", "grant_type is 'password'", id="x"
        ),
        pytest.param(
            {"grant_type": "Client_Credentials"}, "unsupported_grant_type", "serves", id="case"
        ),
        pytest.param(
            {"grant_type": "client_credentials "}, "unsupported_grant_type", "'client_", id="space"
        ),
    ],
)
def test_a_grant_that_is_not_served(
    make_lane: Make, changes: dict[str, str | None], code: str, hint: str
) -> None:
    found = refused(lane_of(make_lane), **changes)
    assert found[0] == code
    assert hint in found[1]


def test_the_error_for_a_missing_grant_is_the_profiles(make_lane: Make) -> None:
    said = {"missing_grant_type": {"error": "unsupported_grant_type", "status": 401}}
    lane = lane_of(make_lane, errors_cases=said)
    with pytest.raises(OAuthError) as caught:
        ask(lane, grant_type=None)
    worded = wording(lane.profile, caught.value)
    assert (worded.error, worded.status) == ("unsupported_grant_type", 401)


def test_grants_that_the_provider_has_and_no_client_may_use(make_lane: Make) -> None:
    lane = lane_of(
        make_lane,
        token_grant_types=["client_credentials"],
        token_refused_grants={"refresh_token": "invalid_grant"},
    )
    assert refused(lane, grant_type="refresh_token") == (
        "invalid_request",
        "refresh_token needs the parameter refresh_token",
    )
    code, hint = refused(lane, grant_type="refresh_token", refresh_token="x")
    assert code == "invalid_grant"
    assert hint == (
        "the provider knows refresh_token, but no client here may use it; use client_credentials"
    )


def test_a_profile_may_serve_no_grant(make_lane: Make) -> None:
    lane = lane_of(make_lane, token_grant_types=[])
    assert refused(lane)[0] == "unsupported_grant_type"


def test_a_very_long_grant_type_is_not_repeated(make_lane: Make) -> None:
    lane = lane_of(make_lane, token_max_length={"grant_type": 100})
    assert "a value that is too long" in refused(lane, grant_type="x" * 101)[1]
    assert len(refused(lane_of(make_lane), grant_type="x" * 9999)[1]) < 300


@pytest.mark.parametrize(
    ("grants", "hint"),
    [
        pytest.param([], "may use no grant, not client_credentials", id="none"),
        pytest.param(["refresh_token"], "may use refresh_token, not client_cred", id="another"),
    ],
)
def test_a_client_may_use_the_grants_it_is_registered_for(
    make_lane: Make, grants: list[str], hint: str
) -> None:
    code, said = refused(lane_of(make_lane, client={"grant_types": grants}))
    assert code == "unauthorized_client"
    assert hint in said


def test_a_public_client_gets_no_credentials_grant(make_lane: Make) -> None:
    # RFC 6749, 4.4: "MUST only be used by confidential clients"
    lane = lane_of(make_lane, client={"client_secret": None})
    code, hint = refused(lane, client_secret=None)
    assert code == "unauthorized_client"
    assert hint == "client_credentials needs credentials, and client 'app' is public"


class Demanding(ClientCredentials):
    """A grant with needs of its own."""

    required = ("audience",)
    allows_public_clients = True
    refused_scopes = ()

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        return Decision(
            subject="u-1",
            scopes=scopes[:1],
            claims={"act": {"sub": client.client_id}, "aud": "https://api.example"},
            members={"refresh_token": "r"},
        )


@pytest.fixture
def demanding(make_lane: Make, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    monkeypatch.setattr(flow, "choose_grant", lambda lane, request: Demanding())
    return lane_of(make_lane, client={"client_secret": None})


def test_a_grant_states_its_needs_and_the_endpoint_checks_them(demanding: Issuer) -> None:
    code, hint = refused(demanding, client_secret=None)
    assert (code, hint) == ("invalid_request", "client_credentials needs the parameter audience")


def test_a_grant_decides_whom_what_and_which_further_members_and_claims(demanding: Issuer) -> None:
    answer = ask(demanding, client_secret=None, audience="x", scope="openid read")
    assert (answer["scope"], answer["refresh_token"]) == ("openid", "r")
    _, claims = verify(answer["access_token"], demanding.keys)
    assert (claims["sub"], claims["scope"]) == ("u-1", "openid")
    assert (claims["act"], claims["aud"]) == ({"sub": "app"}, "https://api.example")
    assert "cnf" not in claims


def test_tokens_are_bound_to_every_key_that_the_request_confirms(make_lane: Make) -> None:
    # RFC 7800, 3.1; RFC 8705, 3.1; RFC 9449, 6.1
    lane = lane_of(make_lane)
    keys = {"x5t#S256": "thumbprint"}
    request = TokenRequest(params=Params.of(GOOD), issuer="https://idp.test", confirmation=keys)
    answer = answer_token_request(lane, request)
    _, claims = verify(answer["access_token"], lane.keys)
    assert (claims["cnf"], answer["token_type"]) == (keys, "Bearer")


# -- scopes ---------------------------------------------------------------------------------------

SCOPES = ["write", "openid", "read", "admin"]


def scoped(make_lane: Make, *, client_scope: list[str] | None = None, **policy: Any) -> Issuer:
    facts = {"supported": SCOPES, **policy}
    return lane_of(make_lane, client={"scope": client_scope}, scopes=facts)


@pytest.mark.parametrize(
    ("when_missing", "own", "granted"),
    [
        pytest.param("all", None, "write read admin", id="all but those without a user"),
        pytest.param("all", ["read", "openid"], "read", id="all of the client"),
        pytest.param("all", [], None, id="all of a client without any"),
        pytest.param("none", None, None, id="none"),
    ],
)
@pytest.mark.parametrize("sent", [None, "", "  "])
def test_a_request_without_scope(
    make_lane: Make,
    when_missing: str,
    own: list[str] | None,
    granted: str | None,
    sent: str | None,
) -> None:
    lane = scoped(make_lane, when_missing=when_missing, client_scope=own)
    assert ask(lane, scope=sent)["scope"] == granted


@pytest.mark.parametrize("sent", [None, "", " "])
def test_a_request_without_scope_may_be_refused(make_lane: Make, sent: str | None) -> None:
    code, hint = refused(scoped(make_lane, when_missing="refuse"), scope=sent)
    assert (code, hint) == (
        "invalid_scope",
        "scope is missing, and this provider has no default",
    )


@pytest.mark.parametrize(
    ("order", "sent", "granted"),
    [
        pytest.param("requested", "write read", "write read", id="as requested"),
        pytest.param("requested", "read  read write", "read write", id="each once"),
        pytest.param("sorted", "write read", "read write", id="sorted"),
        pytest.param("sorted", None, "admin read write", id="all, sorted"),
        pytest.param("requested", None, "write read admin", id="all, as the provider has them"),
    ],
)
def test_the_order_of_the_scopes(
    make_lane: Make, order: str, sent: str | None, granted: str
) -> None:
    lane = scoped(make_lane, order=order, when_missing="all")
    assert ask(lane, scope=sent)["scope"] == granted


@pytest.mark.parametrize(
    ("sent", "own", "hint"),
    [
        pytest.param("raed", None, "'raed' is unknown to the provider", id="unknown"),
        pytest.param("read raed", None, "did you mean 'read'?", id="one of two"),
        pytest.param("Read", None, "did you mean 'read'?", id="case"),
        pytest.param("read,write", None, "separated by spaces", id="commas"),
        pytest.param('re"ad', None, "U+0022", id="a character no scope has"),
        pytest.param("read\twrite", None, "U+0009", id="tab"),
        pytest.param("\t", None, "U+0009", id="a tab alone is not nothing"),
        pytest.param("admin", ["read"], "unknown to client 'app', which allows: read", id="own"),
        pytest.param("read", [], "which allows no scope at all", id="a client without any"),
        pytest.param("openid", None, "cannot give openid: no user is involved", id="no user"),
    ],
)
def test_scopes_that_are_refused(
    make_lane: Make, sent: str, own: list[str] | None, hint: str
) -> None:
    code, said = refused(scoped(make_lane, client_scope=own), scope=sent)
    assert code == "invalid_scope"
    assert hint in said


def test_a_scope_that_is_too_long_is_not_read(make_lane: Make) -> None:
    lane = lane_of(make_lane, token_max_length={"scope": 4})
    assert ask(lane, scope="read")["scope"] == "read"
    assert refused(lane, scope="write") == ("invalid_scope", "scope is longer than 4 characters")


def test_a_refused_request_uses_no_override_up(make_lane: Make) -> None:
    lane = lane_of(make_lane)
    lane.script.next_token(lifetime=5)
    refused(lane, scope="raed")
    assert ask(lane)["expires_in"] == 5
