"""idpyoidc, a certified relying party, against the generic provider: discovery, registration, every
flow, request objects, refresh, userinfo, logout, and what OAuth has around it.

Where the library does not do what a specification asks, the test says so beside the line that helps
it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.peer import Peer, a_peer
from mockidp import MockIdP

pytest.importorskip("idpyoidc", reason="idpyoidc is not installed")

from cryptojwt.exception import BadSignature
from idpyoidc.client.exception import OidcServiceError, ResponseError
from idpyoidc.client.oauth2.add_on import jar
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient, backchannel_logout
from idpyoidc.client.oidc import authorization
from idpyoidc.message.oidc import Claims
from jwt import decode, get_unverified_header

from fixtures.idpyoidc_party import (
    BASE,
    CALLBACK,
    GOODBYE,
    OAUTH_SERVICES,
    PATIENCE,
    SECRET,
    RelyingParty,
    add_on,
    dpop,
    registered,
    with_secret,
)

Factory = Callable[..., MockIdP]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    # It logs tracebacks of what it then raises.
    caplog.set_level(logging.CRITICAL, "idpyoidc")


@pytest.fixture
def peer() -> Iterator[Peer]:
    with a_peer() as peer:
        yield peer


# -- clients that the provider knows -------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
)
def test_sign_in_userinfo_refresh_and_logout(mockidp: MockIdP, method: str) -> None:
    rp = RelyingParty(mockidp, **with_secret(registered(mockidp, method), method))
    url = rp.begin()
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge_method"] == ["S256"]
    callback = mockidp.robot.login(url, user="alice")
    found = rp.finish(callback)
    assert found["state"] == callback.state
    assert found["userinfo"]["email"] == "alice@example.com"
    id_token = found["id_token"]
    assert id_token["nonce"] == asked["nonce"][0]
    assert id_token["sub"] == found["userinfo"]["sub"] == mockidp.user.sub

    renewed = rp.refresh(found["state"])
    assert renewed["access_token"] != found["token"]
    assert renewed["__verified_id_token"]["sub"] == mockidp.user.sub

    goodbye = mockidp.robot.logout(rp.sign_out(found["state"]))
    assert goodbye.callback is not None
    assert goodbye.callback.redirect_uri == GOODBYE
    again = mockidp.robot.login(rp.begin(prompt="none"))
    assert rp.finish(again)["error"] == "login_required"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_a_client_proves_with_a_key_who_it_is(mockidp: MockIdP, alg: str) -> None:
    method = "private_key_jwt"
    rp = RelyingParty(
        mockidp,
        client_id="keyed",
        client_authn_methods=[method],
        token_endpoint_auth_methods_supported=[method],
        token_endpoint_auth_signing_alg_values_supported=[alg],
        alg=alg,
    )
    registered(mockidp, method, client_id="keyed", jwks=rp.keys)
    assert rp.sign_in()["userinfo"]["sub"] == mockidp.user.sub
    (asked,) = mockidp.journal.find("token", status=200)
    assert asked.client_id == "keyed"


def test_a_user_who_says_no_is_told(mockidp: MockIdP) -> None:
    rp = RelyingParty(mockidp, **with_secret(registered(mockidp)))
    callback = mockidp.robot.login(rp.begin(), user="alice", deny=True)
    assert rp.finish(callback) == {"state": callback.state, "error": "access_denied"}


def test_keys_are_fetched_again_after_a_rotation(mockidp: MockIdP) -> None:
    rp = RelyingParty(mockidp, **with_secret(registered(mockidp)))
    rp.sign_in()
    before = len(mockidp.journal.find("jwks"))
    mockidp.rotate_keys(overlap=False)
    assert rp.sign_in()["id_token"]["sub"] == mockidp.user.sub
    assert len(mockidp.journal.find("jwks")) == before + 1


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_id_tokens_and_userinfo_are_signed_as_the_client_chose(mockidp: MockIdP, alg: str) -> None:
    client = registered(mockidp, id_token_signed_response_alg=alg, userinfo_signed_response_alg=alg)
    rp = RelyingParty(
        mockidp,
        **with_secret(client),
        id_token_signing_alg_values_supported=[alg],
        userinfo_signing_alg_values_supported=[alg],
    )
    found = rp.sign_in()
    assert found["userinfo"]["email"] == "alice@example.com"
    raw = rp.client.get_context().cstate.get_claim(found["state"], "id_token")
    assert get_unverified_header(raw)["alg"] == alg


# -- flows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "response_type",
    ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
)
@pytest.mark.parametrize("response_mode", ["", "form_post"], ids=["as usual", "form_post"])
def test_every_response_type_ends_with_the_user(
    mockidp: MockIdP, response_type: str, response_mode: str
) -> None:
    client = registered(mockidp)
    rp = RelyingParty(
        mockidp,
        **with_secret(client),
        response_types_supported=[response_type],
    )
    asked = {"response_mode": response_mode} if response_mode else {}
    callback = mockidp.robot.login(rp.begin(**asked), user="alice")
    assert callback.method == ("POST" if response_mode else "GET")
    words = {"code": "code", "id_token": "id_token", "token": "access_token"}
    for word in response_type.split():
        assert callback.params[words[word]]
    found = rp.finish(callback)
    assert found["userinfo"]["sub"] == mockidp.user.sub
    if response_type != "id_token":
        assert found["userinfo"]["email"] == "alice@example.com"


def test_single_claims_are_asked_for(mockidp: MockIdP) -> None:
    """OpenID Connect Core 1.0, 5.5."""
    rp = RelyingParty(mockidp, **with_secret(registered(mockidp)))
    found = rp.sign_in(
        claims=Claims(
            id_token={"acr": {"essential": True}, "email": None},
            userinfo={"given_name": {"essential": True}},
        ),
        scope=["openid"],
        max_age=60,
    )
    assert found["id_token"]["email"] == "alice@example.com"
    assert found["id_token"]["acr"]
    assert found["id_token"]["auth_time"]
    assert found["userinfo"].to_dict() == {"sub": mockidp.user.sub, "given_name": "Alice"}


# -- request objects -----------------------------------------------------------------------------


@pytest.fixture
def right_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library writes the name of the parameter in the place of the provider's issuer."""
    make = authorization.construct_request_parameter

    def made(service: Any, asked: Any, _: str = "", **more: Any) -> Any:
        return make(service, asked, **more)

    for module in (authorization, jar):
        monkeypatch.setattr(module, "construct_request_parameter", made)


@pytest.mark.parametrize("alg", ["none", "RS256", "PS256", "ES256"])
@pytest.mark.usefixtures("right_audience")
def test_a_request_object_by_value(mockidp: MockIdP, alg: str) -> None:
    rp = with_request_objects(
        mockidp, alg, told={"request_parameter": "request"}, request_object_signing_alg=alg
    )
    url = rp.begin()
    asked = parse_qs(urlsplit(url).query)
    assert get_unverified_header(asked["request"][0])["alg"] == alg
    # What need not be outside is in the object alone.
    assert not {"state", "nonce", "code_challenge"} & {*asked}
    found = rp.finish(mockidp.robot.login(url, user="alice"))
    assert found["userinfo"]["email"] == "alice@example.com"


@pytest.mark.usefixtures("right_audience")
def test_a_request_object_by_reference(
    mockidp_factory: Factory, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the library writes what the application has to publish
    idp = mockidp_factory("openid", outgoing={"allowed": True})
    address = f"{peer.origin}/request.jwt"
    rp = with_request_objects(
        idp,
        "ES256",
        base_url=peer.origin,
        told={"request_uris": [address], "add_ons": add_on("jar", request_type="request_uri")},
        request_uris=[address],
    )
    url = rp.begin()
    asked = parse_qs(urlsplit(url).query)
    assert asked["request_uri"] == [address]
    assert "state" not in asked
    peer.put("/request.jwt", (tmp_path / "request.jwt").read_text())
    found = rp.finish(idp.robot.login(url, user="alice"))
    assert found["userinfo"]["email"] == "alice@example.com"
    assert peer.hits.count("/request.jwt") == 1


def test_a_request_object_for_somebody_else_is_refused(mockidp: MockIdP) -> None:
    """RFC 9101, 4; RFC 7519, 4.1.3: who is not named in `aud` must reject it."""
    rp = with_request_objects(mockidp, "ES256", told={"request_parameter": "request"})
    callback = mockidp.robot.login(rp.begin(), user="alice")
    assert callback.error == "invalid_request_object"
    assert "aud is 'request'" in mockidp.journal.last.hint


def with_request_objects(
    idp: MockIdP,
    alg: str,
    *,
    base_url: str = BASE,
    told: Mapping[str, Any] | None = None,
    **more: Any,
) -> RelyingParty:
    rp = RelyingParty(
        idp,
        base_url=base_url,
        alg=alg,
        client_id="app",
        client_secret=SECRET,
        client_authn_methods=["client_secret_basic"],
        request_object_signing_alg_values_supported=[alg],
        **(told or {}),
    )
    registered(idp, client_id="app", jwks=rp.keys, **more)
    return rp


# -- registration --------------------------------------------------------------------------------


def test_a_client_registers_itself_and_reads_what_was_registered(mockidp: MockIdP) -> None:
    rp = RelyingParty(
        mockidp,
        client_name="The App",
        # Its model of a registration has another name for this member.
        registration={"post_logout_redirect_uris": [GOODBYE]},
    )
    found = rp.sign_in()
    assert found["userinfo"]["sub"] == mockidp.user.sub
    read = rp.client.do_request("registration_read")
    for name in ("client_id", "redirect_uris", "post_logout_redirect_uris", "jwks"):
        assert read[name] == rp.registered[name]
    assert "refresh_token" not in read["grant_types"], "it names the grants of its response types"
    goodbye = mockidp.robot.logout(rp.sign_out(found["state"]))
    assert goodbye.callback is not None


@pytest.mark.parametrize("where", ["jwks", "jwks_uri"])
def test_a_client_that_registered_itself_proves_with_a_key_who_it_is(
    mockidp_factory: Factory, peer: Peer, where: str
) -> None:
    idp = mockidp_factory("openid", outgoing={"allowed": True})
    method = "private_key_jwt"
    further: dict[str, Any] = {}
    if where == "jwks_uri":
        further = {"jwks_uri": f"{peer.origin}/jwks"}
    rp = RelyingParty(
        idp,
        client_authn_methods=[method],
        token_endpoint_auth_methods_supported=[method],
        token_endpoint_auth_signing_alg_values_supported=["ES256"],
        **further,
    )
    peer.put("/jwks", json.dumps(rp.keys))
    url = rp.begin()
    # It signs with the id that it was told in the beginning, which is none.
    rp.client.client_id = rp.registered["client_id"]
    assert rp.registered["token_endpoint_auth_method"] == method
    assert {"jwks", "jwks_uri"} & {*rp.registered} == {where}
    found = rp.finish(idp.robot.login(url, user="alice"))
    assert found["userinfo"]["sub"] == idp.user.sub


@pytest.mark.parametrize("subject_type", ["public", "pairwise"])
def test_a_registered_client_gets_the_kind_of_subject_that_it_asked_for(
    mockidp: MockIdP, subject_type: str
) -> None:
    rp = RelyingParty(mockidp, subject_types_supported=[subject_type])
    sub = rp.sign_in()["id_token"]["sub"]
    assert rp.registered["subject_type"] == subject_type
    assert (sub == mockidp.user.sub) is (subject_type == "public")


def test_a_registration_that_is_refused_is_told(mockidp: MockIdP) -> None:
    rp = RelyingParty(mockidp, redirect_uris=[f"{CALLBACK}#fragment"])
    with pytest.raises(OidcServiceError, match="invalid_redirect_uri"):
        rp.begin()


# -- logout --------------------------------------------------------------------------------------


def test_a_logout_token_is_taken_for_the_session_that_it_ends(
    mockidp_factory: Factory, peer: Peer
) -> None:
    idp = mockidp_factory("openid", outgoing={"allowed": True})
    rp = RelyingParty(
        idp,
        registration={
            "post_logout_redirect_uris": [GOODBYE],
            "backchannel_logout_uri": f"{peer.origin}/logout",
            "backchannel_logout_session_required": True,
        },
    )
    found = rp.sign_in()
    idp.robot.logout(rp.sign_out(found["state"]))
    (form,) = peer.forms
    assert peer.hits == ["/logout"]
    assert backchannel_logout(rp.client, request=form) == found["state"]
    with pytest.raises(BadSignature):
        backchannel_logout(rp.client, request=form[:-4] + b"AAAA")


def test_the_application_is_told_in_a_frame(mockidp: MockIdP) -> None:
    rp = RelyingParty(
        mockidp,
        registration={
            "post_logout_redirect_uris": [GOODBYE],
            "frontchannel_logout_uri": f"{BASE}/frame",
            "frontchannel_logout_session_required": True,
        },
    )
    found = rp.sign_in()
    (frame,) = mockidp.robot.logout(rp.sign_out(found["state"])).frames
    assert parse_qs(urlsplit(frame).query) == {
        "iss": [mockidp.issuer],
        "sid": [found["id_token"]["sid"]],
    }


# -- what OAuth has around it --------------------------------------------------------------------


def test_a_token_is_bound_to_a_key_of_the_client(mockidp: MockIdP) -> None:
    client = registered(mockidp, dpop_bound_access_tokens=True)
    rp = RelyingParty(
        mockidp, **with_secret(client), add_ons=dpop("accesstoken"), without=["userinfo"]
    )
    token = rp.sign_in()["token"]
    assert decode(token, options={"verify_signature": False})["cnf"]["jkt"]


def test_a_proof_with_a_hexadecimal_hash_of_the_token_is_refused(mockidp: MockIdP) -> None:
    """RFC 9449, 4.2: `ath` is base64url; the library writes hexadecimal digits."""
    client = registered(mockidp, dpop_bound_access_tokens=True)
    kind = "idpyoidc.client.oauth2.add_on.dpop.DPoPClientAuth"
    method = {"dpop": {"class": kind, "kwargs": {}}}
    rp = RelyingParty(
        mockidp,
        **with_secret(client),
        add_ons=dpop("accesstoken", "userinfo"),
        options={"userinfo": {"default_authn_method": "dpop", "client_authn_methods": method}},
    )
    with pytest.raises(OidcServiceError, match="invalid_"):
        rp.sign_in()
    assert "ath" in mockidp.journal.last.hint


def test_a_pushed_request_object_of_nobody_is_refused(mockidp: MockIdP) -> None:
    """OpenID Connect Core 1.0, 6.1: `iss` is the client; in what the library pushes, it is empty.
    It would also take the status 201 of RFC 9126, 2.2 for a failure.
    """
    rp = with_request_objects(
        mockidp, "RS256", told={"add_ons": add_on("par", authn_method="client_secret_basic")}
    )
    with pytest.raises(ConnectionError):
        rp.begin()
    assert "iss is not the client_id" in mockidp.journal.last.hint


def test_an_oauth_client_without_users(mockidp_factory: Factory) -> None:
    """Metadata (RFC 8414), credentials, introspection (RFC 7662), revocation (RFC 7009)."""
    idp = mockidp_factory("openid", token_grant_types=["client_credentials", "password"])
    known = registered(idp, grant_types=["client_credentials", "password"])
    client = StandAloneClient(
        client_type="oauth2",
        config={
            "issuer": idp.issuer,
            "client_id": known.client_id,
            "client_secret": SECRET,
            "base_url": BASE,
            "client_authn_methods": ["client_secret_basic"],
        },
        services={name: {"class": kind} for name, kind in OAUTH_SERVICES.items()},
        httpc_params={"timeout": PATIENCE},
    )
    client.do_provider_info()
    client.do_client_registration()
    assert client.get_context().provider_info["token_endpoint"] == idp.url("token")
    basic = {"authn_method": "client_secret_basic"}

    own = client.do_request(
        "client_credentials", request_args={"scope": ["read"]}, state="own", **basic
    )
    assert own["scope"] == ["read"]
    theirs = client.do_request(
        "resource_owner_password_credentials",
        request_args={"username": "alice", "password": idp.user.password, "scope": ["read"]},
        state="theirs",
        **basic,
    )
    for tokens, sub in ((own, known.client_id), (theirs, idp.user.sub)):
        told = client.do_request(
            "introspection", request_args={"token": tokens["access_token"]}, **basic
        )
        assert (told["active"], told["sub"]) == (True, sub)
    # RFC 7009, 2.2: the body says nothing. The library misses one.
    with pytest.raises(ResponseError, match="Missing"):
        client.do_request(
            "token_revocation", request_args={"token": theirs["access_token"]}, **basic
        )
    idp.journal.assert_called("revocation", status=200)
    told = client.do_request(
        "introspection", request_args={"token": theirs["access_token"]}, **basic
    )
    assert told.to_dict() == {"active": False}
