"""Every check of a proof, at the token endpoint and at the API (RFC 9449, 4.3 and 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.application import APP, Application, an_application, claims_in, refused
from fixtures.asgi import Reply, call
from fixtures.browser import FORM
from fixtures.dpop import EC_JKT, ED25519_JKT, proof
from fixtures.signed import EC, ED25519, encode, public, sign

HOME = "https://mockidp.example"
BODY = b"grant_type=client_credentials&client_id=app&client_secret=app-secret-of-the-test"


@pytest.fixture
def app() -> Iterator[Application]:
    with an_application(clients=[APP | {"grant_types": ["client_credentials"]}]) as app:
        app.idp.clock.freeze()
        yield app


def fetch(app: Application, *proofs: str, path: str = "/token") -> Reply:
    headers = [("content-type", FORM), *(("dpop", sent) for sent in proofs)]
    return call(app.idp.app, "POST", f"{app.home}{path}", headers=headers, body=BODY)


def made(app: Application, **changes: Any) -> str:
    usual: dict[str, Any] = {"now": app.idp.clock.now(), **changes}
    return proof("POST", f"{app.home}/token", **usual)


def test_a_proof_binds_the_token_to_its_key(app: Application) -> None:
    answer = json.loads(fetch(app, made(app)).body)
    assert answer["token_type"] == "DPoP"
    assert claims_in(answer["access_token"])["cnf"] == {"jkt": EC_JKT}
    other = json.loads(fetch(app, made(app, key=ED25519)).body)
    assert claims_in(other["access_token"])["cnf"] == {"jkt": ED25519_JKT}


def test_without_a_proof_a_token_is_bound_to_nothing(app: Application) -> None:
    answer = json.loads(fetch(app).body)
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in claims_in(answer["access_token"])


PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "no typ": ({"typ": None}, "typ is 'JWT'"),
    "another typ": ({"typ": "at+jwt"}, "typ is 'at+jwt'"),
    "typ of no text": ({"typ": 1}, "typ is '1'"),
    "no jwk": ({"jwk": None}, "has no jwk"),
    "jwk of no object": ({"jwk": "x"}, "is no object"),
    "jwk of a secret": ({"jwk": {"kty": "oct", "k": "AAAA"}}, "is none of"),
    "jwk on no curve": (
        {"jwk": public(EC, y="AAERu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".ljust(43, "A"))},
        "the jwk of the header",
    ),
    "jwk of another": ({"jwk": public(ED25519)}, "the header says ES256"),
    "jwk for encryption": ({"jwk": public(EC, use="enc")}, "use is not sig"),
    "jku": ({"jku": "https://evil.example/"}, "the header has jku"),
    "x5u": ({"x5u": "https://evil.example/"}, "the header has x5u"),
    "crit": ({"crit": ["exp"]}, "no header extension"),
    "b64": ({"b64": False}, "no header extension"),
    **{f"private {name}": ({"jwk": public(EC, **{name: "AAAA"})}, "private") for name in PRIVATE},
}
CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "no jti": ({"jti": None}, "jti is missing"),
    "empty jti": ({"jti": ""}, "jti is missing"),
    "jti of no text": ({"jti": 7}, "no text"),
    "long jti": ({"jti": "x" * 501}, "at most 500"),
    "no htm": ({"htm": None}, "htm is missing"),
    "another htm": ({"htm": "GET"}, "htm is 'GET'"),
    "htm in lower case": ({"htm": "post"}, "htm is 'post'"),
    "htm of no text": ({"htm": ["POST"]}, "htm is"),
    "no htu": ({"htu": None}, "htu is missing"),
    "another htu": ({"htu": f"{HOME}/par"}, "htu is"),
    "htu elsewhere": ({"htu": "https://evil.example/token"}, "htu is"),
    "htu by http": ({"htu": "http://mockidp.example/token"}, "htu is"),
    "htu at a port": ({"htu": "https://mockidp.example:444/token"}, "htu is"),
    "htu at no port": ({"htu": "https://mockidp.example:x/token"}, "htu is"),
    "htu with a slash": ({"htu": f"{HOME}/token/"}, "htu is"),
    "htu in other case": ({"htu": f"{HOME}/TOKEN"}, "htu is"),
    "htu with a user": ({"htu": "https://me@mockidp.example/token"}, "htu is"),
    "htu with a line": ({"htu": f"{HOME}/to\nken"}, "htu is"),
    "htu of no text": ({"htu": {"a": 1}}, "htu is"),
    "htu of nothing": ({"htu": "https://[/token"}, "htu is"),
    "no iat": ({"iat": None}, "iat is missing"),
    "iat of no number": ({"iat": "now"}, "iat is missing"),
    "iat true": ({"iat": True}, "iat is missing"),
    "iat before all time": ({"iat": -(10**400)}, "an age ago"),
    "iat after all time": ({"iat": 10**400}, "ahead"),
    "exp long ago": ({"exp": 1}, "exp was"),
    "nbf far ahead": ({"nbf": 10**11}, "nbf is"),
}


@pytest.mark.parametrize(("header", "hint"), HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_is_no_good(app: Application, header: dict[str, Any], hint: str) -> None:
    assert refused(fetch(app, made(app, header=header))) == (400, "invalid_dpop_proof")
    assert hint in app.idp.journal.last.hint
    assert "9449" in app.idp.journal.last.cites


@pytest.mark.parametrize(("claims", "hint"), CLAIMS.values(), ids=CLAIMS.keys())
def test_claims_that_are_no_good(app: Application, claims: dict[str, Any], hint: str) -> None:
    assert refused(fetch(app, made(app, **claims))) == (400, "invalid_dpop_proof")
    assert hint in app.idp.journal.last.hint


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "nonsense"])
def test_an_algorithm_that_is_no_good(app: Application, alg: str) -> None:
    payload = made(app).split(".")[1]
    signed = sign({"alg": "HS256", "typ": "dpop+jwt"}, {}, "x" * 40).split(".")[2]
    header = {"alg": alg, "typ": "dpop+jwt", "jwk": public(EC)}
    forged = f"{encode(json.dumps(header).encode())}.{payload}.{'' if alg == 'none' else signed}"
    assert refused(fetch(app, forged)) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        "x" * 70_000,
        ".." * 100,
        "e30.e30.",
        "e30.W10.e30",
    ],
)
def test_what_is_no_proof_at_all(app: Application, text: str) -> None:
    assert refused(fetch(app, text)) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda t: t[:-4] + ("AAAA" if t[-4:] != "AAAA" else "BBBB"), id="signature"),
        pytest.param(lambda t: t.rpartition(".")[0] + ".", id="no signature"),
        pytest.param(lambda t: t.rpartition(".")[0] + "." + "A" * 86, id="zeros"),
        pytest.param(lambda t: t + "=", id="padding"),
        pytest.param(lambda t: t + "\n", id="line"),
    ],
)
def test_a_signature_that_is_no_good(app: Application, spoil: Any) -> None:
    assert refused(fetch(app, spoil(made(app)))) == (400, "invalid_dpop_proof")


def test_members_that_are_there_twice_are_refused(app: Application) -> None:
    good = made(app)
    header = encode(b'{"alg": "ES256", "alg": "ES256", "typ": "dpop+jwt"}')
    assert refused(fetch(app, f"{header}.{good.split('.', 1)[1]}")) == (400, "invalid_dpop_proof")


def test_one_proof_a_request(app: Application) -> None:
    assert refused(fetch(app, made(app), made(app))) == (400, "invalid_dpop_proof")
    assert "2 DPoP headers" in app.idp.journal.last.hint


def test_a_proof_is_good_once(app: Application) -> None:
    one = made(app, jti="same")
    assert fetch(app, one).status == 200
    assert refused(fetch(app, one)) == (400, "invalid_dpop_proof")
    assert "used before" in app.idp.journal.last.hint
    assert refused(fetch(app, made(app, jti="same"))) == (400, "invalid_dpop_proof")
    # Somebody else's key has names of its own.
    assert fetch(app, made(app, jti="same", key=ED25519)).status == 200


def test_of_many_with_one_proof_one_wins(app: Application) -> None:
    one = made(app)
    with ThreadPoolExecutor(8) as pool:
        statuses = [*pool.map(lambda _: fetch(app, one).status, range(24))]
    assert sorted(set(statuses)) == [200, 400]
    assert statuses.count(200) == 1


def test_a_proof_that_is_refused_is_not_used_up(app: Application) -> None:
    fetch(app, made(app, jti="same", htm="GET"))
    assert fetch(app, made(app, jti="same")).status == 200


@pytest.mark.parametrize(
    "htu",
    [
        "{home}/token?query=1",
        "{home}/token#fragment",
        "HTTPS://MOCKIDP.EXAMPLE/token",
        "https://mockidp.example:443/token",
        "{home}/%74oken",
    ],
)
def test_an_address_may_be_written_in_several_ways(app: Application, htu: str) -> None:
    assert fetch(app, made(app, htu=htu.format(home=app.home))).status == 200


def test_what_else_is_in_it_does_not_matter(app: Application) -> None:
    now = app.idp.clock.now()
    more = {"extra": {"a": [1]}, "exp": now + 60, "nbf": now - 60, "iss": "me"}
    assert fetch(app, made(app, **more)).status == 200
    assert fetch(app, made(app, header={"typ": "application/DPoP+JWT"})).status == 200


@pytest.mark.parametrize(("off", "is_good"), [(-60, False), (-59, True), (10, True), (11, False)])
def test_the_clocks_may_differ_a_little(app: Application, off: int, is_good: bool) -> None:
    iat = int(app.idp.clock.now()) + off
    assert (fetch(app, made(app, iat=iat)).status == 200) == is_good


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_ed25519_has_two_names(app: Application, alg: str) -> None:
    """RFC 9864, 2.2: newer clients say Ed25519."""
    proof = made(app, key=ED25519, header={"alg": alg})
    assert fetch(app, proof).status == 200
    wrong = made(app, key=ED25519, header={"alg": alg, "jwk": public(EC)})
    assert refused(fetch(app, wrong)) == (400, "invalid_dpop_proof")


def test_only_the_algorithms_of_the_provider_are_taken() -> None:
    with an_application(dpop_algs=["EdDSA"], clients=[APP]) as app:
        now = {"now": app.idp.clock.now()}
        assert refused(fetch(app, made(app, **now))) == (400, "invalid_dpop_proof")
        assert app.idp.metadata()["dpop_signing_alg_values_supported"] == ["EdDSA"]


def test_behind_a_proxy_the_address_is_the_one_that_the_client_sees() -> None:
    client = APP | {"grant_types": ["client_credentials"]}
    settings: dict[str, Any] = {
        "trusted_proxies": ["127.0.0.1"],
        "public": ["https://idp.example/tenant"],
    }
    with an_application(clients=[client], **settings) as app:
        app.idp._lane.listen_at("http://127.0.0.1:8400", [])
        at = "https://idp.example/tenant/token"
        good = proof("POST", at, now=app.idp.clock.now())
        forwarded = {"for": "192.0.2.1", "proto": "https", "host": "idp.example"}
        headers = [
            ("content-type", FORM),
            ("dpop", good),
            *((f"x-forwarded-{name}", value) for name, value in forwarded.items()),
        ]
        reply = call(
            app.idp.app, "POST", "http://10.0.0.1/token", headers=headers, body=BODY, ip="127.0.0.1"
        )
        assert json.loads(reply.body).get("token_type") == "DPoP", app.idp.journal.last


def test_a_provider_that_knows_none_does_not_look() -> None:
    with an_application(
        dpop_algs=[], clients=[APP | {"grant_types": ["client_credentials"]}]
    ) as app:
        answer = json.loads(fetch(app, "garbage").body)
        assert answer["token_type"] == "Bearer"
        assert "dpop_signing_alg_values_supported" not in app.idp.metadata()
        headers = [("authorization", f"DPoP {answer['access_token']}")]
        reply = call(app.idp.app, "GET", f"{app.home}/api/me", headers=headers)
        assert reply.status == 401
        assert "DPoP" not in str(reply.headers)
