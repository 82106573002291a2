"""The modules of the Dynamic and of the third-party-initiated login plan, by their names, as far as
registration is what they are about (OpenID Connect Dynamic Client Registration 1.0; RFC 7592).
Clients are private_key_jwt with RS256, by a key without `kid`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from fixtures.peer import Peer, a_peer
from fixtures.signed import ASSERTION_TYPE, assertion_form
from fixtures.switched_off import RED, Rule, red_without, ruled
from mockidp import MockIdP
from mockidp.flows.registration.rules import RULES, _sector, check_metadata
from mockidp.testing import RobotError

CALLBACK = "https://localhost.suite.example/test/a/op/callback"


@lru_cache(maxsize=2)
def key(number: int) -> Mapping[str, Any]:
    """A private key of the client, without `kid`."""
    made: dict[str, Any] = json.loads(
        RSAAlgorithm.to_jwk(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    )
    del made["key_ops"]
    return made


def public_keys(private: Mapping[str, Any], **more: str) -> dict[str, Any]:
    return {"keys": [{**{name: private[name] for name in ("kty", "n", "e")}, **more}]}


@dataclass(slots=True, kw_only=True)
class Op:
    """The provider, and what a client has on the network."""

    idp: MockIdP
    peer: Peer
    #: What the last client was told.
    told: dict[str, Any] = field(default_factory=dict)

    def post(self, **metadata: Any) -> requests.Response:
        usual: dict[str, Any] = {
            "client_name": "oidcc module",
            "contacts": ["certification@oidf.org"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "private_key_jwt",
        }
        if "jwks_uri" not in metadata:
            usual["jwks"] = public_keys(key(1))
        url = self.idp.metadata()["registration_endpoint"]
        return requests.post(url, json={**usual, **metadata}, verify=self.idp.ca_file, timeout=10)

    def register(self, **metadata: Any) -> dict[str, Any]:
        answer = self.post(**metadata)
        assert answer.status_code == 201
        assert answer.headers["content-type"].startswith("application/json")
        self.told = answer.json()
        assert "error" not in self.told
        assert ("client_secret" in self.told) == ("client_secret_expires_at" in self.told)
        assert urlsplit(self.told["registration_client_uri"]).scheme == "https"
        assert self.told["registration_access_token"]
        return self.told

    def manage(self, method: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.told['registration_access_token']}"}
        url = self.told["registration_client_uri"]
        return requests.request(method, url, headers=headers, verify=self.idp.ca_file, timeout=10)

    def address(self, **more: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.told["client_id"],
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "st",
            "nonce": "no",
            **more,
        }
        return f"{self.idp.url('authorize')}?{urlencode({n: v for n, v in asked.items() if v})}"

    def tokens(
        self, *, audience: str = "token", by: int = 1, kid: str | None = None, **more: str
    ) -> dict[str, Any]:
        """What a sign-in gives in the end, when the client has proved who it is."""
        callback = self.idp.robot.login(self.address(**more), user="alice")
        aud = self.idp.url("token") if audience == "token" else self.idp.issuer
        header = {"alg": "RS256", **({"kid": kid} if kid else {})}
        proof = assertion_form(
            self.told["client_id"],
            aud,
            key={**key(by)},
            header=header,
            now=self.idp.clock.now(),
        )
        form = {
            "grant_type": "authorization_code",
            "code": callback.code,
            "redirect_uri": CALLBACK,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": proof["client_assertion"],
        }
        url = self.idp.url("token")
        answer = requests.post(url, form, verify=self.idp.ca_file, timeout=10)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def error_page(self, **more: str) -> None:
        with pytest.raises(RobotError) as caught:
            self.idp.robot.login(self.address(**more), user="alice")
        assert (caught.value.status, caught.value.error) == (400, "invalid_request")


@pytest.fixture
def op() -> Iterator[Op]:
    with a_peer() as peer, MockIdP(tls=True, config={}, outgoing={"allowed": True}) as idp:
        yield Op(idp=idp, peer=peer)
        assert idp.journal.failures == []


def refused(answer: requests.Response, error: str) -> None:
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.headers["content-type"].startswith("application/json")


def _no_problem(*args: object, **kwargs: object) -> str:
    return ""


def _nothing(*args: object, **kwargs: object) -> None:
    return None


def _without(*names: str) -> Callable[[Any, Any], dict[str, Any]]:
    def check(lane: Any, given: Any) -> dict[str, Any]:
        return {**check_metadata(lane, given), **dict.fromkeys(names)}

    return check


def _any_uri(uri: str, registered: Any) -> bool:
    return True


# -- Dynamic --------------------------------------------------------------------------------------


@red_without("mockidp.flows.registration.register.check_metadata", _without("jwks"))
def test_oidcc_server(op: Op) -> None:
    op.register()
    assert "id_token" in op.tokens()
    assert op.manage("DELETE").status_code == 204


@red_without("mockidp.web.endpoints.registration.delete", _nothing)
def test_the_client_is_deleted_in_the_end(op: Op) -> None:
    """Of all modules."""
    op.register()
    assert op.manage("DELETE").status_code == 204
    assert op.manage("GET").status_code == 401


@red_without(
    "mockidp.flows.registration.register.check_metadata",
    _without("id_token_signed_response_alg", "jwks"),
)
def test_oidcc_idtoken_rs256(op: Op) -> None:
    told = op.register(id_token_signed_response_alg="RS256")
    assert told.get("id_token_signed_response_alg") == "RS256"
    assert jwt.get_unverified_header(op.tokens()["id_token"])["alg"] == "RS256"


@red_without(
    "mockidp.flows.registration.register.check_metadata", _without("userinfo_signed_response_alg")
)
def test_oidcc_userinfo_rs256(op: Op) -> None:
    op.register(userinfo_signed_response_alg="RS256")
    headers = {"Authorization": f"Bearer {op.tokens()['access_token']}"}
    url = op.idp.url("userinfo")
    answer = requests.get(url, headers=headers, verify=op.idp.ca_file, timeout=10)
    assert answer.headers["content-type"] == "application/jwt"
    assert jwt.get_unverified_header(answer.text)["alg"] == "RS256"
    claims = jwt.decode(answer.text, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == (op.idp.issuer, op.told["client_id"])
    assert "nonce" not in claims


@red_without("mockidp.flows.authorize.pipeline._only_redirect_uri", lambda lane, it: CALLBACK)
def test_oidcc_ensure_redirect_uri_in_authorization_request(op: Op) -> None:
    op.register(redirect_uris=[CALLBACK, f"{CALLBACK}2"])
    op.error_page(redirect_uri="")


@red_without("mockidp.flows.authorize.pipeline.match_redirect_uri", lambda uri, registered: False)
def test_oidcc_redirect_uri_query_ok(op: Op) -> None:
    uri = f"{CALLBACK}?dummy1=lorem&dummy2=ipsum"
    op.register(redirect_uris=[uri])
    callback = op.idp.robot.login(op.address(redirect_uri=uri), user="alice")
    assert callback.startswith(f"{uri}&code=")
    assert callback.state == "st"


@red_without("mockidp.flows.authorize.pipeline.match_redirect_uri", _any_uri)
def test_oidcc_redirect_uri_query_mismatch(op: Op) -> None:
    op.register(redirect_uris=[f"{CALLBACK}?foo=bar"])
    op.error_page(redirect_uri=f"{CALLBACK}?bar=foo")


@red_without("mockidp.flows.authorize.pipeline.match_redirect_uri", _any_uri)
def test_oidcc_redirect_uri_query_added(op: Op) -> None:
    op.register()
    op.error_page(redirect_uri=f"{CALLBACK}?foo=bar")


@red_without("mockidp.flows.registration.rules.redirect_problem", _no_problem)
def test_oidcc_redirect_uri_regfrag(op: Op) -> None:
    refused(op.post(redirect_uris=[f"{CALLBACK}#foobar"]), "invalid_redirect_uri")


def shown_on_the_page(op: Op, name: str, id_: str) -> None:
    uri = f"https://localhost.suite.example/test/a/op/{name}"
    assert op.register(**{name: uri})[name] == uri
    page = requests.get(op.address(), verify=op.idp.ca_file, timeout=10)
    assert page.status_code == 200
    assert f'id="{id_}" href="{uri}"' in page.text


@red_without("mockidp.web.endpoints.page._links_of", lambda client: ())
def test_oidcc_registration_logo_uri(op: Op) -> None:
    shown_on_the_page(op, "logo_uri", "client-logo")


@red_without("mockidp.web.endpoints.page._links_of", lambda client: ())
def test_oidcc_registration_policy_uri(op: Op) -> None:
    shown_on_the_page(op, "policy_uri", "client-policy")


@red_without("mockidp.web.endpoints.page._links_of", lambda client: ())
def test_oidcc_registration_tos_uri(op: Op) -> None:
    shown_on_the_page(op, "tos_uri", "client-tos")


@red_without("mockidp.flows.registration.register.check_metadata", _without("jwks_uri"))
def test_oidcc_registration_jwks_uri(op: Op) -> None:
    uri = op.peer.put("/jwks", json.dumps(public_keys(key(1), kid="1")))
    op.register(jwks_uri=uri)
    assert "id_token" in op.tokens(kid="1")
    assert "/jwks" in op.peer.hits


@red_without("mockidp.flows.registration.register.check_metadata", _without("subject_type"))
def test_oidcc_registration_sector_uri(op: Op) -> None:
    op.register()
    public = _sub(op)
    uri = op.peer.put("/sector", json.dumps([CALLBACK]))
    op.register(sector_identifier_uri=uri, subject_type="pairwise")
    assert _sub(op) != public
    assert "/sector" in op.peer.hits


def _sub(op: Op) -> str:
    token = op.tokens()["id_token"]
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


@red_without("mockidp.flows.registration.rules.RULES", [r for r in RULES if r is not _sector])
def test_oidcc_registration_sector_bad(op: Op) -> None:
    uri = op.peer.put("/sector", json.dumps(["https://other.example/"]))
    answer = op.post(sector_identifier_uri=uri, subject_type="pairwise")
    refused(answer, "invalid_client_metadata")


@red_without("mockidp.control.outgoing.Documents.renew", lambda self, document: document)
def test_oidcc_refresh_token_rp_key_rotation(op: Op) -> None:
    """As far as the client's keys go: the new one is fetched when it is seen."""
    op.register(jwks_uri=op.peer.put("/jwks", json.dumps(public_keys(key(1), kid="1"))))
    op.tokens(kid="1")
    op.peer.put("/jwks", json.dumps(public_keys(key(2), kid="2")))
    op.idp.clock.advance(30)
    assert "id_token" in op.tokens(by=2, kid="2")


@red_without("mockidp.flows.registration.register.check_metadata", _without("jwks"))
def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(op: Op) -> None:
    op.register()
    assert "id_token" in op.tokens(audience="issuer")


# -- third-party-initiated login ------------------------------------------------------------------


@red_without("mockidp.flows.registration.register.written", lambda client: {})
def test_oidcc_3rd_party_init_login(op: Op) -> None:
    uri = "https://localhost.suite.example/test/a/op/initiate"
    assert op.register(initiate_login_uri=uri).get("initiate_login_uri") == uri
    answer = op.manage("GET")
    assert answer.status_code == 200
    assert answer.json().get("initiate_login_uri") == uri


@red_without("mockidp.flows.registration.rules.server_problem", _no_problem)
def test_oidcc_3rd_party_init_login_nohttps(op: Op) -> None:
    uri = "http://localhost.suite.example/test/a/op/initiate"
    refused(op.post(initiate_login_uri=uri), "invalid_client_metadata")


# -- and the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "rule"), ruled(globals()))
def test_without_its_rule_a_module_fails(
    op: Op, monkeypatch: pytest.MonkeyPatch, module: Callable[[Op], None], rule: Rule
) -> None:
    monkeypatch.setattr(rule.target, rule.instead)
    with pytest.raises(RED):
        module(op)
