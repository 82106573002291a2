"""Request objects, by value and by reference, over the whole way of a sign-in (OpenID Connect Core
1.0, 6; RFC 9101).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from fixtures.application import CALLBACK
from fixtures.peer import Peer
from fixtures.signed import EC, ED25519, encode, public, sign
from mockidp import MockIdP

APP = {
    "client_id": "app",
    "client_secret": "app-secret",
    "redirect_uris": [CALLBACK],
    "skip_consent": True,
    "jwks": {"keys": [public(EC, kid="1")]},
}


@pytest.fixture
def idp(peer: Peer) -> Iterator[MockIdP]:
    uris = [f"{peer.origin}/object", f"{peer.origin}/other#v1"]
    with MockIdP(
        "openid", clients=[APP | {"request_uris": uris}], outgoing={"allowed": True}
    ) as idp:
        yield idp
        assert idp.journal.failures == []


def signed(idp: MockIdP, alg: str = "ES256", key: Any = EC, **claims: Any) -> str:
    said = {"iss": "app", "aud": idp.issuer, "redirect_uri": CALLBACK, **claims}
    return sign({"alg": alg}, {n: v for n, v in said.items() if v is not None}, key)


def address(idp: MockIdP, **sent: str | None) -> str:
    usual = {"client_id": "app", "response_type": "code", "scope": "openid"}
    query = {name: value for name, value in (usual | sent).items() if value is not None}
    return f"{idp.url('authorize')}?{urlencode(query)}"


def ask(idp: MockIdP, **sent: str | None) -> requests.Response:
    return requests.get(address(idp, **sent), allow_redirects=False, timeout=60)


def location(answer: requests.Response) -> dict[str, str]:
    parts = urlsplit(answer.headers["Location"])
    return dict(parse_qsl(parts.query or parts.fragment))


def test_a_request_by_value_signs_somebody_in(idp: MockIdP) -> None:
    text = signed(idp, state="inside", nonce="n", max_age=100, client_id="app")
    back = idp.robot.login(address(idp, request=text, state="outside"), user="alice")
    assert (back.redirect_uri, back.state) == (CALLBACK, "inside")
    asked, *_ = idp.journal.find("authorize")
    assert asked.params["state"] == "inside"
    assert asked.params["nonce"] == "n"
    assert text not in idp.journal.render()


def test_a_request_by_reference_is_fetched_once_for_the_whole_way(idp: MockIdP, peer: Peer) -> None:
    uri = peer.put("/object", f"{signed(idp, state='s', prompt='login consent')}\n")
    for _ in range(2):
        assert idp.robot.login(address(idp, request_uri=f"{uri}#v2"), user="alice").state == "s"
    assert peer.hits == ["/object"] * 2
    entry = idp.journal.find("authorize")[0]
    assert entry.outgoing == (f"GET {uri}: 200, {len(peer.documents['/object'])} bytes",)


def test_a_fragment_that_is_registered_means_nothing_either(idp: MockIdP, peer: Peer) -> None:
    uri = peer.put("/other", signed(idp, state="s"))
    assert idp.robot.login(address(idp, request_uri=uri), user="alice").state == "s"


def test_object_and_keys_may_both_be_fetched(peer: Peer) -> None:
    client = {**APP, "jwks": None, "jwks_uri": f"{peer.origin}/jwks"}
    client["request_uris"] = [f"{peer.origin}/object"]
    with MockIdP("openid", clients=[client], outgoing_allowed=True) as idp:
        peer.put("/jwks", json.dumps({"keys": [public(ED25519)]}))
        uri = peer.put("/object", signed(idp, state="s"))
        assert location(ask(idp, request_uri=uri, redirect_uri=CALLBACK))["error"]
        peer.put("/jwks", json.dumps({"keys": [public(EC)]}))
        idp.clock.advance(10)
        assert idp.robot.login(address(idp, request_uri=uri), user="alice").state == "s"
    assert peer.hits == ["/object", "/jwks", "/object", "/jwks"]


def test_the_object_may_be_unsigned_unless_its_client_is_registered_otherwise(
    idp: MockIdP,
) -> None:
    text = signed(idp, "none", None, state="s", iss=None, aud=None)
    assert idp.robot.login(address(idp, request=text), user="alice").state == "s"
    idp.client.update(request_object_signing_alg="ES256")
    assert location(ask(idp, request=text, redirect_uri=CALLBACK, state="t")) == {
        "error": "invalid_request_object",
        "error_description": "The request object is invalid",
        "state": "t",
        "iss": idp.issuer,
    }


def test_claims_that_are_objects_are_parameters_in_json(idp: MockIdP) -> None:
    wish = {"userinfo": {"name": {"essential": True}}}
    text = signed(idp, claims=wish, auto=True, nothing=None, number=5)
    ask(idp, request=text)
    params = idp.journal.last.params
    assert json.loads(params["claims"]) == wish
    assert (params["auto"], params["number"]) == ("true", "5")


def test_a_profile_may_ignore_what_is_beside_the_object() -> None:
    with MockIdP("openid", clients=[APP], request_object_others="ignored") as idp:
        inside = {"client_id": "app", "response_type": "code", "scope": "openid"}
        back = idp.robot.login(
            address(idp, request=signed(idp, **inside), state="outside"), user="alice"
        )
        assert back.state is None
        assert back.code


def test_a_profile_may_take_any_request_uri(peer: Peer) -> None:
    with MockIdP(
        "openid", clients=[APP], outgoing_allowed=True, request_object_registered_uris=False
    ) as idp:
        uri = peer.put("/anywhere", signed(idp, state="s"))
        assert idp.robot.login(address(idp, request_uri=uri), user="alice").state == "s"
        assert idp.metadata()["require_request_uri_registration"] is False


def test_a_refusal_goes_where_the_request_beside_the_object_wants_it(idp: MockIdP) -> None:
    sent = {"request": "no-jwt", "redirect_uri": CALLBACK, "response_type": "code id_token"}
    answer = ask(idp, **sent)
    assert answer.headers["Location"].startswith(f"{CALLBACK}#error=invalid_request_object&")
    answer = ask(idp, **sent, response_mode="form_post")
    assert (answer.status_code, "invalid_request_object" in answer.text) == (200, True)
    answer = ask(idp, **{**sent, "redirect_uri": "https://evil.example/cb"})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_redirect_uri_inside_must_be_the_clients_too(idp: MockIdP) -> None:
    text = signed(idp, redirect_uri="https://evil.example/cb")
    answer = ask(idp, request=text, redirect_uri=CALLBACK)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("path", "content", "code", "said"),
    [
        pytest.param("/object", None, "invalid_request_uri", "status 404", id="404"),
        pytest.param("/elsewhere", "", "invalid_request_uri", "not registered", id="unregistered"),
        pytest.param("/object", "<html>", "invalid_request_object", "three segments", id="page"),
        pytest.param("/object", b"\xff", "invalid_request_object", "no ASCII", id="binary"),
        pytest.param("/object", "", "invalid_request_object", "three segments", id="empty"),
        pytest.param("/object", "a" * 65_537, "invalid_request_uri", "65536 bytes", id="too large"),
    ],
)
def test_what_is_fetched_may_be_no_object(
    idp: MockIdP, peer: Peer, path: str, content: str | bytes | None, code: str, said: str
) -> None:
    if content is not None:
        peer.put(path, content)
    answer = ask(idp, request_uri=peer.origin + path, redirect_uri=CALLBACK)
    assert location(answer)["error"] == code
    assert said in idp.journal.last.hint


DEFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": 1}, "exp was"),
    "exp as text": ({"exp": "1"}, "exp is no number"),
    "not yet": ({"nbf": 10**11}, "nbf is"),
    "from the future": ({"iat": 10**400}, "iat is an age ahead"),
    "for another": ({"aud": "https://other.example"}, "accepted:"),
    "aud of no text": ({"aud": 5}, "nor a list"),
    "of another": ({"iss": "other"}, "iss is not"),
    "sub": ({"sub": "app"}, "leave it out"),
    "another client": ({"client_id": "other"}, "client_id is 'other'"),
    "another response type": ({"response_type": "token"}, "response_type is 'token'"),
    "an object in it": ({"request": "x"}, "itself has request"),
    "a reference in it": ({"request_uri": "https://app.example"}, "itself has request_uri"),
    "NUL": ({"state": "a\0b"}, "NUL"),
    "other key": ({"alg": "EdDSA", "key": ED25519}, "is not one of"),
    "HMAC": ({"alg": "HS256", "key": "app-secret"}, "is not one of"),
}


@pytest.mark.parametrize(("change", "said"), DEFECTS.values(), ids=DEFECTS.keys())
def test_one_defect_of_the_object_is_told_to_the_client(
    idp: MockIdP, change: dict[str, Any], said: str
) -> None:
    answer = ask(idp, request=signed(idp, **change), redirect_uri=CALLBACK)
    assert location(answer)["error"] == "invalid_request_object"
    assert said in idp.journal.last.hint
    assert idp.journal.last.cites


HEADERS: dict[str, dict[str, Any]] = {
    "client assertion": {"typ": "client-authentication+jwt"},
    "access token": {"typ": "at+jwt"},
    "jku": {"jku": "https://evil.example/jwks"},
    "jwk": {"jwk": public(EC)},
    "crit": {"crit": ["exp"]},
    "other kid": {"kid": "9"},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_says_something_else_is_refused(idp: MockIdP, header: dict[str, Any]) -> None:
    claims = {"redirect_uri": CALLBACK}
    text = sign({"alg": "ES256", "kid": "1", **header}, claims, EC)
    answer = ask(idp, request=text, redirect_uri=CALLBACK)
    assert location(answer)["error"] == "invalid_request_object"


def unsigned(claims: bytes, header: bytes = b'{"alg":"none"}', signature: str = "") -> str:
    return f"{encode(header)}.{encode(claims)}.{signature}"


TEXTS = {
    "encrypted": "a.b.c.d.e",
    "signature of none": unsigned(b"{}", signature="AA"),
    "none in other case": unsigned(b"{}", b'{"alg":"None"}'),
    "deep": unsigned(b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"),
    "member twice": unsigned(b'{"a":1,"a":1}'),
    "half a surrogate pair": unsigned(b'{"state":"\\ud800"}'),
    "padded": unsigned(b"{}", b'{"alg":"none"} ').replace(".", "=.", 1),
    "list": unsigned(b"[]"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_is_no_good_jwt_is_refused(idp: MockIdP, text: str) -> None:
    answer = ask(idp, request=text, redirect_uri=CALLBACK)
    assert location(answer)["error"] == "invalid_request_object"


@pytest.mark.parametrize("name", ["request", "request_uri"])
def test_an_object_that_is_sent_twice_is_no_request(idp: MockIdP, name: str) -> None:
    answer = requests.get(f"{address(idp, redirect_uri=CALLBACK)}&{name}=a&{name}=b", timeout=60)
    assert answer.status_code == 400
    assert idp.journal.last.error == "invalid_request"


def test_a_way_that_is_not_served_is_not_in_the_metadata() -> None:
    with MockIdP("openid", clients=[APP], request_object_given=["request"]) as idp:
        known = idp.metadata()
        assert known["request_parameter_supported"] is True
        assert known["request_uri_parameter_supported"] is False
        assert "require_request_uri_registration" not in known
        answer = ask(idp, request_uri="https://app.example/o", redirect_uri=CALLBACK)
        assert location(answer)["error"] == "request_uri_not_supported"


def test_other_providers_do_not_look_at_it() -> None:
    with MockIdP("easytranslate") as idp:
        assert idp._lane.profile.request_object is None
