"""The exact text of the tokens that are signed."""

from __future__ import annotations

import json
import warnings
from base64 import urlsafe_b64decode
from types import MappingProxyType

import jwt as pyjwt
import pytest

from mockidp.keys.alg import ALGS
from mockidp.keys.jwt import sign
from mockidp.keys.keyring import SigningKey


def part(token: str, number: int) -> str:
    text = token.split(".")[number]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


@pytest.mark.parametrize("alg", ALGS)
def test_another_library_accepts_the_token(alg: str, signing_keys: dict[str, SigningKey]) -> None:
    key = signing_keys[alg]
    token = sign({"sub": "a", "n": 1}, key)
    public = pyjwt.PyJWK.from_dict(dict(key.public_jwk))
    assert pyjwt.decode(token, public, algorithms=[alg]) == {"sub": "a", "n": 1}


def test_the_plain_header_is_exactly_this(rsa_key: SigningKey) -> None:
    token = sign({}, rsa_key, kid=False)
    assert token.startswith("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.")
    assert part(token, 0) == '{"alg":"RS256","typ":"JWT"}'


def test_the_kid_stands_between_alg_and_typ(rsa_key: SigningKey) -> None:
    header = part(sign({}, rsa_key, typ="at+jwt"), 0)
    assert header == f'{{"alg":"RS256","kid":"{rsa_key.kid}","typ":"at+jwt"}}'


def test_typ_none_is_left_out(rsa_key: SigningKey) -> None:
    assert part(sign({}, rsa_key, typ=None, kid=False), 0) == '{"alg":"RS256"}'


def test_extra_headers_are_added_and_win(rsa_key: SigningKey) -> None:
    token = sign({}, rsa_key, extra_headers={"typ": "x", "kid": "y", "crit": ["z"], "z": 1})
    assert json.loads(part(token, 0)) == {
        "alg": "RS256",
        "typ": "x",
        "kid": "y",
        "crit": ["z"],
        "z": 1,
    }


@pytest.mark.parametrize("name", ["alg", "b64"])
def test_extra_headers_cannot_change_what_is_signed(name: str, rsa_key: SigningKey) -> None:
    with pytest.raises(ValueError, match="alg or b64"):
        sign({}, rsa_key, extra_headers={name: False})


def test_claims_keep_their_order_and_their_letters(rsa_key: SigningKey) -> None:
    claims = {"z": "Zoë", "a": ["😀", {"y": 1, "b": None}], "m": 1.5, "u": "https://a/b"}
    assert part(sign(claims, rsa_key), 1) == (
        '{"z":"Zoë","a":["😀",{"y":1,"b":null}],"m":1.5,"u":"https://a/b"}'
    )


def test_any_mapping_will_do_and_stays_as_it_was(rsa_key: SigningKey) -> None:
    claims = {"sub": "a"}
    headers = {"x": 1}
    token = sign(MappingProxyType(claims), rsa_key, extra_headers=MappingProxyType(headers))
    assert part(token, 1) == '{"sub":"a"}'
    assert (claims, headers) == ({"sub": "a"}, {"x": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_a_claim_that_json_cannot_carry_is_a_value_error(
    value: object, rsa_key: SigningKey
) -> None:
    with pytest.raises(ValueError, match=r"."):
        sign({"a": value}, rsa_key)


def test_a_claim_that_is_no_json_is_a_type_error(rsa_key: SigningKey) -> None:
    with pytest.raises(TypeError):
        sign({"a": {1, 2}}, rsa_key)


@pytest.mark.parametrize("alg", ["RS256", "RS512", "EdDSA"])
def test_a_deterministic_signature_is_the_same_each_time(
    alg: str, signing_keys: dict[str, SigningKey]
) -> None:
    key = signing_keys[alg]
    assert sign({"a": 1}, key) == sign({"a": 1}, key)


def test_signing_warns_of_nothing(signing_keys: dict[str, SigningKey]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(sign({"a": 1}, key).count(".") == 2 for key in signing_keys.values())
