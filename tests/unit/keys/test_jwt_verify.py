"""The tokens that are accepted, and the many that are not. Bad ones are put together by hand."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st
from jwt import PyJWS

from mockidp.keys.alg import ALGS
from mockidp.keys.jwt import MAX_TOKEN, BadToken, sign, verify
from mockidp.keys.keyring import Keyring, SigningKey
from mockidp.keys.pool import KeyPool
from mockidp.keys.segment import decode

Keys = dict[str, SigningKey]


def no_key(alg: str) -> SigningKey:
    raise AssertionError(f"verifying asked for a new {alg} key")


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(
    key: SigningKey, *, header: object = None, payload: object = None, alg: str | None = None
) -> str:
    """A token with a good signature of `key` over any header and payload: objects or raw octets."""
    header = {"alg": key.alg, "kid": key.kid} if header is None else header
    payload = {"sub": "a"} if payload is None else payload
    octets = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, payload)]
    signing_input = ".".join(map(text, octets))
    algorithm = PyJWS().get_algorithm_by_name(alg or key.alg)
    return f"{signing_input}.{text(algorithm.sign(signing_input.encode(), key.private_key))}"


def refusal(token: str, keyring: Keyring) -> BadToken:
    with pytest.raises(BadToken) as caught:
        verify(token, keyring)
    error = caught.value
    assert str(error) == f"{error.reason}: {error.hint}"
    assert not token or len(token) < 20 or token not in error.hint
    return error


@pytest.fixture(scope="module")
def keyring(signing_keys: Keys) -> Keyring:
    return Keyring(list(signing_keys.values()), no_key)


@pytest.mark.parametrize("kid", [True, False], ids=["kid", "no kid"])
@pytest.mark.parametrize("alg", ALGS)
def test_a_token_of_a_published_key_is_accepted(
    alg: str, kid: bool, signing_keys: Keys, keyring: Keyring
) -> None:
    claims = {"sub": "Zoë", "aud": ["a", "b"], "exp": 1, "n": 1.5}
    header, found = verify(sign(claims, signing_keys[alg], kid=kid), keyring)
    assert found == claims
    assert header["alg"] == alg
    assert ("kid" in header) is kid


def test_without_kid_every_published_key_of_the_algorithm_is_tried(
    signing_keys: Keys, other_keys: Keys
) -> None:
    keyring = Keyring([other_keys["RS256"], signing_keys["ES256"], signing_keys["RS256"]], no_key)
    assert verify(sign({"a": 1}, signing_keys["RS256"], kid=False), keyring)[1] == {"a": 1}


def test_time_audience_and_issuer_are_not_looked_at(rsa_key: SigningKey, keyring: Keyring) -> None:
    claims = {"exp": 1, "nbf": 9999999999, "iat": "x", "aud": 5, "iss": None}
    assert verify(forge(rsa_key, payload=claims), keyring)[1] == claims


def test_the_signature_of_rfc_8037_is_good() -> None:
    # RFC 8037, A.4 and A.1. Its payload is no JSON, which is only read once the signature is good.
    token = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    key = Ed25519PrivateKey.from_private_bytes(
        decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
    )
    keyring = Keyring([SigningKey.of(key)], no_key)
    assert refusal(token, keyring).hint == "the payload is not JSON in UTF-8"
    assert refusal(token.replace(".hgy", ".hgz"), keyring).reason == "bad_signature"


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("kid", [True, False], ids=["kid", "no kid"])
def test_a_signature_of_another_key_is_refused(
    alg: str, kid: bool, signing_keys: Keys, other_keys: Keys, keyring: Keyring
) -> None:
    header = {"alg": alg, "kid": signing_keys[alg].kid} if kid else {"alg": alg}
    assert refusal(forge(other_keys[alg], header=header), keyring).reason == "bad_signature"


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda s: b"", id="empty"),
        pytest.param(lambda s: s[:-1], id="truncated"),
        pytest.param(lambda s: s + b"\0", id="extended"),
        pytest.param(lambda s: bytes([s[0] ^ 1]) + s[1:], id="first bit"),
        pytest.param(lambda s: s[:-1] + bytes([s[-1] ^ 1]), id="last bit"),
        pytest.param(lambda s: bytes(len(s)), id="zeros"),
        pytest.param(lambda s: b"\xff" * len(s), id="ones"),
    ],
)
def test_a_changed_signature_is_refused(
    alg: str, change: Callable[[bytes], bytes], signing_keys: Keys, keyring: Keyring
) -> None:
    head, payload, signature = sign({"a": 1}, signing_keys[alg]).split(".")
    token = f"{head}.{payload}.{text(change(decode(signature)))}"
    assert refusal(token, keyring).reason == "bad_signature"


@pytest.mark.parametrize("alg", ALGS)
def test_a_changed_payload_or_header_is_refused(
    alg: str, signing_keys: Keys, keyring: Keyring
) -> None:
    key = signing_keys[alg]
    head, payload, signature = forge(key).split(".")
    other_head = text(json.dumps({"alg": alg, "kid": key.kid, "typ": "x"}).encode())
    assert refusal(f"{head}.{text(b'{}')}.{signature}", keyring).reason == "bad_signature"
    assert refusal(f"{other_head}.{payload}.{signature}", keyring).reason == "bad_signature"


def test_an_ecdsa_signature_in_der_is_refused(signing_keys: Keys, keyring: Keyring) -> None:
    head, payload, signature = sign({"a": 1}, signing_keys["ES256"]).split(".")
    raw = decode(signature)  # RFC 7518, 3.4: R and S side by side, not DER
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    assert refusal(f"{head}.{payload}.{text(der)}", keyring).reason == "bad_signature"


@pytest.mark.parametrize(
    "alg",
    [
        *("none", "None", "NONE", "nOnE", "none ", ""),
        *("HS256", "HS512", "rs256", "RS256\n", "ES256K", "ES521", "RSA1_5", "dir", "XX999"),
        pytest.param("x" * 5000, id="long"),
    ],
)
def test_another_alg_is_refused_with_the_choices(
    alg: str, rsa_key: SigningKey, keyring: Keyring
) -> None:
    for header in ({"alg": alg}, {"alg": alg, "kid": rsa_key.kid}):
        error = refusal(forge(rsa_key, header=header), keyring)
        assert error.reason == "unsupported_alg"
        assert ", ".join(ALGS) in error.hint
        assert len(error.hint) < 250
        assert "\n" not in error.hint


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_an_hmac_keyed_with_the_public_key_is_refused(
    form: str, rsa_key: SigningKey, keyring: Keyring
) -> None:
    public = rsa_key.public_key
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(dict(rsa_key.public_jwk)).encode(),
    }[form]
    signing_input = f"{text(json.dumps({'alg': 'HS256', 'kid': rsa_key.kid}).encode())}.e30"
    mac = hmac.digest(secret, signing_input.encode(), "sha256")
    assert refusal(f"{signing_input}.{text(mac)}", keyring).reason == "unsupported_alg"


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_a_key_verifies_its_own_algorithm_only(
    alg: str, rsa_key: SigningKey, keyring: Keyring
) -> None:
    # The signature is a good one by this very key, under another algorithm: RFC 8725, 3.1.
    named = forge(rsa_key, header={"alg": alg, "kid": rsa_key.kid}, alg=alg)
    error = refusal(named, keyring)
    assert error.reason == "alg_mismatch"
    assert alg in error.hint
    assert "RS256" in error.hint
    nameless = forge(rsa_key, header={"alg": alg}, alg=alg)
    assert refusal(nameless, keyring).reason == "bad_signature"


def test_an_alg_of_no_published_key_is_refused_with_those_published(
    signing_keys: Keys, rsa_key: SigningKey
) -> None:
    error = refusal(sign({}, signing_keys["ES256"], kid=False), Keyring([rsa_key], no_key))
    assert error.reason == "unsupported_alg"
    assert error.hint == "no published key is for ES256; published: RS256"


@pytest.mark.parametrize(
    "kid",
    ["", "x", "../../../../dev/null", "a\0b", "a\r\nb", "' UNION SELECT 1--", "k" * 20_000, "é"],
    ids=["empty", "other", "path", "NUL", "CRLF", "SQL", "long", "non-ASCII"],
)
def test_an_unknown_kid_is_refused_with_those_published(
    kid: str, rsa_key: SigningKey, keyring: Keyring
) -> None:
    error = refusal(forge(rsa_key, header={"alg": "RS256", "kid": kid}), keyring)
    assert error.reason == "unknown_kid"
    assert rsa_key.kid in error.hint
    assert error.hint.isprintable()
    assert len(error.hint) < 800


def test_the_kid_of_a_retired_key_is_unknown(rsa_key: SigningKey, signing_keys: Keys) -> None:
    keyring = Keyring([rsa_key, signing_keys["ES256"]], no_key)
    keyring.retire(rsa_key.kid)
    assert refusal(sign({}, rsa_key), keyring).reason == "unknown_kid"
    keyring.retire(signing_keys["ES256"].kid)
    assert refusal(sign({}, rsa_key), keyring).hint.endswith("published: none")
    assert refusal(sign({}, rsa_key, kid=False), keyring).hint.endswith("published: none")


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": ["b64"], "b64": True},
        {"crit": []},
        {"crit": None},
        {"b64": False},
        {"b64": True},
    ],
    ids=str,
)
def test_header_extensions_are_refused(
    extra: dict[str, object], rsa_key: SigningKey, keyring: Keyring
) -> None:
    token = forge(rsa_key, header={"alg": "RS256", "kid": rsa_key.kid, **extra})
    assert refusal(token, keyring).reason == "unsupported_crit"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"{}", id="no alg"),
        pytest.param(b'{"alg":null}', id="alg null"),
        pytest.param(b'{"alg":["RS256"]}', id="alg array"),
        pytest.param(b'{"alg":"RS256","kid":null}', id="kid null"),
        pytest.param(b'{"alg":"RS256","kid":1}', id="kid number"),
        pytest.param(b'{"alg":"RS256","kid":["a"]}', id="kid array"),
        pytest.param(b'{"alg":"none","alg":"RS256"}', id="alg twice"),
        pytest.param(b'{"alg":"RS256","x":' + b"[" * 20_000, id="deep"),
        pytest.param(b'{"alg":"RS256"', id="unfinished"),
        pytest.param(rb'{"alg":"RS256","kid":"\ud800"}', id="lone surrogate"),
    ],
)
def test_a_malformed_header_is_refused(
    header: bytes, rsa_key: SigningKey, keyring: Keyring
) -> None:
    error = refusal(forge(rsa_key, header=header), keyring)
    assert error.reason == "malformed"
    assert "header" in error.hint


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b'["a"]', id="array"),
        pytest.param(b'"a"', id="string"),
        pytest.param(b'{"sub":"a","sub":"b"}', id="duplicate"),
        pytest.param(b'{"exp":NaN}', id="NaN"),
        pytest.param(b'{"exp":' + b"1" * 10_000 + b"}", id="10 000 digits"),
        pytest.param(b'{"a":' * 7_000, id="deep"),
        pytest.param(b"\xff", id="not UTF-8"),
    ],
)
def test_a_malformed_payload_is_refused_though_it_is_signed(
    payload: bytes, rsa_key: SigningKey, keyring: Keyring
) -> None:
    error = refusal(forge(rsa_key, payload=payload), keyring)
    assert error.reason == "malformed"
    assert error.hint.startswith("the payload ")


@pytest.mark.parametrize("number", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize("suffix", ["=", "==", "!", " ", "\n", "+", "%3D", "A" * 5], ids=repr)
def test_a_segment_with_something_behind_it_is_refused(
    number: int, suffix: str, rsa_key: SigningKey, keyring: Keyring
) -> None:
    segments = sign({"a": 1}, rsa_key).split(".")
    segments[number] += suffix
    assert refusal(".".join(segments), keyring).reason in ("malformed", "bad_signature")
    if suffix != "A" * 5:
        assert refusal(".".join(segments), keyring).reason == "malformed"


def test_another_spelling_of_a_good_signature_is_refused(
    rsa_key: SigningKey, keyring: Keyring
) -> None:
    token = sign({"a": 1}, rsa_key)  # 256 octets leave four stray bits in the last character
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
    other = (
        token[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1]
    )
    assert "canonical" in refusal(other, keyring).hint


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param("", "malformed", id="empty"),
        pytest.param(".", "malformed", id="one dot"),
        pytest.param("..", "malformed", id="two dots"),
        pytest.param("...", "malformed", id="three dots"),
        pytest.param("." * 4, "encrypted", id="five empty segments"),
        pytest.param("." * 60_000, "malformed", id="many dots"),
        pytest.param("Bearer e30.e30.e30", "malformed", id="with the scheme"),
        pytest.param("e30.e30", "malformed", id="two segments"),
        pytest.param("é.é.é", "malformed", id="non-ASCII"),
        pytest.param("\ud800", "malformed", id="lone surrogate"),
        pytest.param("e30.e30.e30", "malformed", id="empty header"),
        pytest.param('{"payload":"e30"}', "malformed", id="JSON serialization"),
    ],
)
def test_what_is_no_token_is_refused(token: str, reason: str, keyring: Keyring) -> None:
    assert refusal(token, keyring).reason == reason


@pytest.mark.parametrize("token", [None, b"e30.e30.e30", 5, ["e30"]], ids=repr)
def test_what_is_not_even_text_is_refused(token: object, keyring: Keyring) -> None:
    with pytest.raises(BadToken, match="malformed"):
        verify(token, keyring)  # type: ignore[arg-type]


def test_a_token_may_have_64_kib_and_no_more(rsa_key: SigningKey, keyring: Keyring) -> None:
    overhead = len(sign({"a": ""}, rsa_key))
    size = (MAX_TOKEN - overhead) * 3 // 4
    token = sign({"a": "x" * size}, rsa_key)
    assert MAX_TOKEN - 4 < len(token) <= MAX_TOKEN
    assert verify(token, keyring)[1] == {"a": "x" * size}
    assert refusal(sign({"a": "x" * (size + 4)}, rsa_key), keyring).reason == "too_long"
    assert len(refusal("x" * 10_000_000, keyring).hint) < 100


# Built once here: hypothesis does not take function-scoped fixtures, and a pool is quick.
POOL = KeyPool()
KEYS = {alg: POOL.lease(alg).key for alg in ("RS256", "ES256", "EdDSA")}
RING = Keyring(list(KEYS.values()), no_key)
GOOD = [
    sign({"sub": "a", "aud": ["b"]}, key, kid=kid) for key in KEYS.values() for kid in (True, False)
]


def survives(token: str) -> None:
    """Checks that `token` is one of the good ones, or is refused with `BadToken`."""
    if token in GOOD:
        assert verify(token, RING)[1] == {"sub": "a", "aud": ["b"]}
    else:
        assert refusal(token, RING).reason.replace("_", "").isalpha()


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example("\ud800.\udfff.")
def test_any_text_is_refused_with_bad_token_and_nothing_else(token: str) -> None:
    survives(token)


@given(st.lists(st.binary(max_size=40).map(text), min_size=1, max_size=6).map(".".join))
def test_any_segments_are_refused_with_bad_token_and_nothing_else(token: str) -> None:
    survives(token)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku"]),
    JSON | st.sampled_from([*ALGS, *(key.kid for key in KEYS.values())]),
)


@given(HEADERS | JSON, JSON, st.binary(max_size=300))
def test_any_header_and_payload_are_refused_with_bad_token_and_nothing_else(
    header: object, payload: object, signature: bytes
) -> None:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    survives(".".join(map(text, parts)))


@given(st.sampled_from(GOOD), st.data())
def test_a_good_token_with_a_change_anywhere_is_refused(token: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(len(token), start + 3)))
    survives(token[:start] + data.draw(st.text(max_size=3)) + token[end:])


def test_an_ecdsa_signature_of_zeros_or_of_the_order_is_refused() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    assert isinstance(KEYS["ES256"].private_key, ec.EllipticCurvePrivateKey)
    head, payload, _ = sign({"a": 1}, KEYS["ES256"]).split(".")
    for number in (0, order):  # CVE-2022-21449
        signature = text(number.to_bytes(32, "big") * 2)
        assert refusal(f"{head}.{payload}.{signature}", RING).reason == "bad_signature"
