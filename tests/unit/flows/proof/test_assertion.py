"""Assertions of clients: one defect each, and what is refused of it; controls that must pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK

from fixtures.signed import ASSERTION_TYPE, EC, ED25519, assertion_form, encode, public, sign
from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import TokenRequest
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params
from mockidp.profiles.problems import ConfigError

Make = Callable[..., Issuer]

ISSUER = "https://idp.test"
NOW = 1_700_000_000
SECRET = "a-secret-of-no-less-than-sixty-four-octets-because-hs512-wants-them"
CLIENT = {
    "client_id": "app",
    "client_secret": SECRET,
    "jwks": {"keys": [public(EC, kid="1"), public(ED25519, kid="2")]},
}


@pytest.fixture
def lane(make_lane: Make) -> Issuer:
    return made(make_lane)


def made(make_lane: Make, client: Mapping[str, Any] | None = None, **settings: Any) -> Issuer:
    lane = make_lane("openid", clients=[CLIENT | dict(client or {})], **settings)
    lane.clock.freeze(NOW)
    return lane


def request(form: Mapping[str, str], path: str = "/token") -> TokenRequest:
    return TokenRequest(params=Params.of(form), issuer=ISSUER, origin=ISSUER, path=path)


def by_key(**claims: Any) -> dict[str, str]:
    return assertion_form("app", claims.pop("aud", ISSUER), now=NOW, **claims)


def by_secret(alg: str = "HS256", key: Any = SECRET, **claims: Any) -> dict[str, str]:
    return by_key(header={"alg": alg}, key=key, **claims)


def refused(lane: Issuer, form: Mapping[str, str], code: str = "invalid_client") -> str:
    with pytest.raises(OAuthError) as caught:
        authenticate(lane, request(form))
    error = caught.value
    assert error.code == code
    assert error.cites.startswith(("RFC", "OpenID"))
    assert SECRET not in error.hint
    assert form.get("client_assertion", "-") not in error.hint
    return error.hint


CONTROLS = {
    "plain": by_key(),
    "no kid": by_key(header={}),
    "kid": by_key(header={"kid": "1"}),
    "EdDSA": by_key(header={"alg": "EdDSA"}, key=ED25519),
    "Ed25519": by_key(header={"alg": "Ed25519"}, key=ED25519),
    "secret": by_secret(),
    "secret of HS512": by_secret("HS512"),
    "typ": by_key(header={"typ": "client-authentication+jwt"}),
    "typ with application": by_key(header={"typ": "application/JWT"}),
    "the token endpoint": by_key(aud=f"{ISSUER}/token"),
    "list": by_key(aud=["https://other.test", ISSUER]),
    "fractions": by_key(exp=NOW + 0.5, iat=NOW - 0.5),
    "no iat": by_key(iat=None),
    "nbf a moment ahead": by_key(nbf=NOW + 10),
    "further claims": by_key(role="x", nested={"a": [1]}),
    "certificate beside it": by_key(header={"x5t": "AA", "x5c": ["AA"]}),
    "client_id": by_key() | {"client_id": "app"},
}


@pytest.mark.parametrize("form", CONTROLS.values(), ids=CONTROLS.keys())
def test_a_good_assertion_proves_who_the_client_is(lane: Issuer, form: dict[str, str]) -> None:
    assert authenticate(lane, request(form)).client_id == "app"


PEM = PyJWK(public(EC), "ES256").key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

DEFECTS = {
    # the algorithm
    "alg none": (by_key(header={"alg": "none"}, key=None), "'none' is not one of"),
    "key as secret, PEM": (by_secret(key=PEM.decode()), "is not one of these keys"),
    "key as secret, JWK": (by_secret(key=json.dumps(public(EC))), "is not one of these keys"),
    "empty secret": (by_secret(key=""), "is not one of these keys"),
    "other family": (by_key(header={"alg": "ES256", "kid": "2"}), "2 is for EdDSA"),
    # the key
    "unknown kid": (by_key(header={"kid": "9"}), "kid '9' is none of the keys: 1, 2"),
    "kid of no text": (by_key(header={"kid": 1}), "kid in the header is not a string"),
    "path as kid": (by_key(header={"kid": "../../../dev/null\n"}), "unusual characters"),
    "jwk": (by_key(header={"jwk": public(EC)}), "the header has jwk"),
    "jku": (by_key(header={"jku": "https://evil.test/jwks"}), "the header has jku"),
    "x5u": (by_key(header={"x5u": "https://evil.test/x"}), "the header has x5u"),
    "crit": (by_key(header={"crit": ["b64"], "b64": True}), "no header extension"),
    # the type
    "access token": (by_key(header={"typ": "at+jwt"}), "something else"),
    "DPoP proof": (by_key(header={"typ": "dpop+jwt"}), "something else"),
    "request object": (by_key(header={"typ": "oauth-authz-req+jwt"}), "something else"),
    "typ of no text": (by_key(header={"typ": 1}), "something else"),
    # whom it is from and for
    "no sub": (by_key(sub=None), "sub is missing"),
    "sub of no text": (by_key(sub=["app"]), "sub is missing or no text"),
    "other iss": (by_key(iss="other"), "iss is not the client_id"),
    "no aud": (by_key(aud=None), "aud is missing"),
    "other aud": (by_key(aud="https://idp.test.evil"), "aud is 'https://idp.test.evil'"),
    "aud with a slash": (by_key(aud=f"{ISSUER}/"), "accepted: https://idp.test, "),
    "aud of no text": (by_key(aud=[ISSUER, 1]), "nor a list of texts"),
    "empty list": (by_key(aud=[]), "aud is nobody"),
    "aud is an object": (by_key(aud={ISSUER: 1}), "nor a list of texts"),
    # times
    "no exp": (by_key(exp=None), "exp is missing"),
    "exp now": (by_key(exp=NOW), "exp was 0 s ago"),
    "exp as text": (by_key(exp=str(NOW + 60)), "exp is no number"),
    "exp true": (by_key(exp=True), "exp is no number"),
    "exp far": (by_key(exp=NOW + 3601), "more than 3600 s ahead"),
    "exp in milliseconds": (by_key(exp=(NOW + 60) * 1000), "more than 3600 s ahead"),
    "exp huge": (by_key(exp=10**400), "more than 3600 s ahead"),
    "exp long ago": (by_key(exp=-(10**400)), "exp was an age ago"),
    "nbf ahead": (by_key(nbf=NOW + 11), "nbf is 11 s ahead"),
    "iat ahead": (by_key(iat=NOW + 11), "iat is 11 s ahead"),
    "iat huge": (by_key(iat=10**400), "iat is an age ahead"),
    "iat as text": (by_key(iat="now"), "iat is no number"),
    # jti
    "no jti": (by_key(jti=None), "jti is missing"),
    "empty jti": (by_key(jti=""), "jti is missing"),
    "jti of no text": (by_key(jti=7), "jti is missing"),
    "long jti": (by_key(jti="j" * 501), "at most 500"),
    # the request
    "other client_id": (by_key() | {"client_id": "other"}, "not the sub of the client_assertion"),
    "unknown client": (assertion_form("nobody", ISSUER, now=NOW), "no client has the id 'nobody'"),
    "other type": (
        by_key() | {"client_assertion_type": "urn:ietf:params:oauth:x"},
        "client_assertion_type is 'urn:ietf:params:oauth:x'",
    ),
}


@pytest.mark.parametrize(("form", "said"), DEFECTS.values(), ids=DEFECTS.keys())
def test_one_defect_is_refused_with_a_reason(lane: Issuer, form: dict[str, str], said: str) -> None:
    assert said in refused(lane, form)


GOOD = by_key()["client_assertion"]
HEAD, BODY, SIGNATURE = GOOD.split(".")


def headed(header: bytes, signature: str = SIGNATURE) -> str:
    return f"{encode(header)}.{BODY}.{signature}"


TEXTS = {
    "empty parts": "..",
    "one part": "x",
    "four parts": f"{GOOD}.x",
    "encrypted": "a.b.c.d.e",
    "no signature": f"{HEAD}.{BODY}.",
    "signature cut": GOOD[:-4],
    "padded": f"{GOOD}=",
    "not canonical": GOOD[:-1] + "_",
    "junk in the signature": f"{HEAD}.{BODY}.{SIGNATURE[:9]}!{SIGNATURE[9:]}",
    "white space": f"{HEAD}.{BODY}. {SIGNATURE}",
    "line break": f"{HEAD}.{BODY}\n.{SIGNATURE}",
    "other claims": f"{HEAD}.{encode(b'{}')}.{SIGNATURE}",
    "not ASCII": f"{HEAD}.{BODY}.\u00fc",
    "long": "a" * 70_000,
    "deep header": headed(b"[" * 50_000),
    "header list": headed(b"[]"),
    "header null": headed(b"null"),
    "header without alg": headed(b"{}"),
    "alg list": headed(b'{"alg":["ES256"]}'),
    "alg in other case": headed(b'{"alg":"NoNe"}', ""),
    "alg with a space": headed(b'{"alg":"none "}', ""),
    "member twice": sign({"alg": "ES256"}, b'{"sub":"app","sub":"app"}', EC),
    "deep claims": sign({"alg": "ES256"}, b'{"sub":"app","a":' + b"[" * 99 + b"]" * 99 + b"}", EC),
    "huge number": sign({"alg": "ES256"}, b'{"sub":"app","exp":' + b"9" * 9999 + b"}", EC),
    "no number": sign({"alg": "ES256"}, b'{"sub":"app","exp":NaN}', EC),
    "infinite": sign({"alg": "ES256"}, b'{"sub":"app","exp":1e999}', EC),
    "byte order mark": sign({"alg": "ES256"}, b'\xef\xbb\xbf{"sub":"app"}', EC),
    "claims list": sign({"alg": "ES256"}, b'["app"]', EC),
    "zeros": f"{HEAD}.{BODY}.{encode(bytes(64))}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_that_is_no_good_token_is_refused(lane: Issuer, text: str) -> None:
    refused(lane, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text})


def test_a_surrogate_in_jti_is_refused_not_an_error(lane: Issuer) -> None:
    claims = b'{"sub":"app","iss":"app","jti":"\\ud800"}'
    text = sign({"alg": "ES256"}, claims, EC)
    refused(lane, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text})


def test_the_type_must_be_sent(lane: Issuer) -> None:
    form = by_key()
    del form["client_assertion_type"]
    assert "without client_assertion_type" in refused(lane, form, "invalid_request")


def test_a_secret_beside_it_is_a_second_method(lane: Issuer) -> None:
    form = by_key() | {"client_id": "app", "client_secret": SECRET}
    assert "sent twice" in refused(lane, form, "invalid_request")


def test_an_assertion_is_good_once(lane: Issuer) -> None:
    form = by_key()
    authenticate(lane, request(form))
    assert "used before" in refused(lane, form)


def test_a_jti_is_the_clients_own(make_lane: Make) -> None:
    clients = [CLIENT, CLIENT | {"client_id": "other"}]
    lane = make_lane("openid", clients=clients)
    lane.clock.freeze(NOW)
    for client_id in ("app", "other"):
        form = assertion_form(client_id, ISSUER, now=NOW, jti="same")
        assert authenticate(lane, request(form)).client_id == client_id


def test_a_refused_assertion_is_not_used_up(lane: Issuer) -> None:
    refused(lane, by_key(jti="j", aud="https://other.test"))
    authenticate(lane, request(by_key(jti="j")))


def test_of_many_who_send_the_same_one_wins(lane: Issuer) -> None:
    form = by_key()

    def attempt(_: int) -> bool:
        try:
            authenticate(lane, request(form))
        except OAuthError:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(attempt, range(100))) == 1


def test_the_same_request_may_be_answered_in_several_goes(lane: Issuer) -> None:
    """When a document has to be fetched for it after the client has been authenticated."""
    asked = request(by_key())
    assert authenticate(lane, asked) == authenticate(lane, asked)


def test_a_registered_algorithm_is_the_only_one(make_lane: Make) -> None:
    lane = made(make_lane, {"token_endpoint_auth_signing_alg": "EdDSA"})
    assert "not one of: EdDSA" in refused(lane, by_key())
    authenticate(lane, request(by_key(header={"alg": "EdDSA"}, key=ED25519)))


@pytest.mark.parametrize(
    ("method", "good", "bad"),
    [
        ("private_key_jwt", by_key(), by_secret()),
        ("client_secret_jwt", by_secret(), by_key()),
    ],
)
def test_a_registered_method_is_the_only_one(
    make_lane: Make, method: str, good: dict[str, str], bad: dict[str, str]
) -> None:
    lane = made(make_lane, {"token_endpoint_auth_method": method})
    assert f"registered for {method}" in refused(lane, bad)
    authenticate(lane, request(good))
    secret = {"client_id": "app", "client_secret": SECRET}
    assert f"registered for {method}" in refused(lane, secret)


def test_a_method_that_is_not_served_is_named(make_lane: Make) -> None:
    lane = made(make_lane, client_auth_methods=["client_secret_basic", "private_key_jwt"])
    assert "an alg of another method" in refused(lane, by_secret())


def test_a_short_secret_signs_nothing(make_lane: Make) -> None:
    lane = made(make_lane, {"client_secret": "short"})
    assert "5 octets, and HS256 needs 32" in refused(lane, by_secret(key="short"))


def test_a_client_without_keys_is_told_so(make_lane: Make) -> None:
    lane = made(make_lane, {"jwks": None})
    assert "neither jwks nor jwks_uri" in refused(lane, by_key())


def test_keys_that_were_passed_over_are_named(make_lane: Make) -> None:
    lane = made(make_lane, {"jwks": {"keys": [{"kty": "EC"}, public(ED25519, kid="2")]}})
    assert "not looked at: key 1 is none of" in refused(lane, by_key())


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (5, "has no list `keys`"),
        ([dict(EC)], "has no key of use: key 1 is a private key"),
        ([{"kty": "oct", "k": "AA"}], "has no key of use: key 1 is none of"),
        ([{"kty": "EC"}], "has no key of use: key 1 is none of"),
    ],
    ids=["no list", "private", "symmetric", "no use"],
)
def test_a_client_is_not_configured_with_keys_that_prove_nothing(
    make_lane: Make, keys: Any, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        made(make_lane, {"jwks": {"keys": keys}})
    assert f"client.jwks = <dict>: {problem}" in str(caught.value)


@pytest.mark.parametrize(
    ("aud", "is_good"),
    [(ISSUER, True), (f"{ISSUER}/token", False), ([ISSUER], False), ([ISSUER, "x"], False)],
    ids=["issuer", "endpoint", "list", "longer list"],
)
def test_a_profile_may_want_the_issuer_alone(make_lane: Make, aud: Any, is_good: bool) -> None:
    lane = made(make_lane, client_assertion_audience="issuer")
    if is_good:
        authenticate(lane, request(by_key(aud=aud)))
    else:
        assert "aud is" in refused(lane, by_key(aud=aud))


def test_the_endpoint_that_is_asked_is_an_audience_too(lane: Issuer) -> None:
    authenticate(lane, request(by_key(aud=f"{ISSUER}/revoke"), path="/revoke"))
    assert "accepted:" in refused(lane, by_key(aud=f"{ISSUER}/revoke"))


def test_who_it_claims_to_be_from_is_known_without_a_client_id() -> None:
    assert request(by_key()).client_id == "app"
    assert request({"client_assertion": "x"}).client_id is None


def test_a_private_key_client_has_no_secret_of_its_own(make_lane: Make) -> None:
    client = {"client_id": "app", "token_endpoint_auth_method": "private_key_jwt"}
    (made,) = make_lane("openid", clients=[client]).clients.all()
    assert made.client_secret is None
    assert not made.is_public
