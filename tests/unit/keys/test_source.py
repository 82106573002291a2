"""The setting `keys`: the pool, generated keys, and PEM of the user, good and bad."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mockidp.keys import source as source_module
from mockidp.keys.alg import ALGS, PrivateKey
from mockidp.keys.jwk import thumbprint
from mockidp.keys.jwt import sign, verify
from mockidp.keys.keyring import SigningKey
from mockidp.keys.pool import SIZES, KeyPool, pool_thumbprints
from mockidp.keys.source import CHOICES, KeySource, make_keyring

Keys = dict[str, SigningKey]
AnyPrivateKey = PrivateKey | ed448.Ed448PrivateKey | dsa.DSAPrivateKey


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> KeyPool:
    """A pool of this test alone."""
    pool = KeyPool()
    monkeypatch.setattr(source_module, "shared_pool", lambda: pool)
    return pool


def pem(
    key: AnyPrivateKey,
    style: PrivateFormat = PrivateFormat.PKCS8,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, style, encryption or NoEncryption()).decode()


def public_pem(key: PrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signs(source: KeySource) -> SigningKey:
    key = source.keyring.signing_key(source.keyring.algs[0])
    assert verify(sign({"a": 1}, key), source.keyring)[1] == {"a": 1}
    return key


@pytest.mark.parametrize("alg", ALGS)
def test_the_pool_is_the_default(alg: str) -> None:
    source = make_keyring(alg=alg)
    key = signs(source)
    assert source.keyring.algs == (alg,)
    assert thumbprint(key.private_key) in pool_thumbprints()
    assert source.notes == ()


def test_two_lanes_alive_share_no_key_before_and_after_rotation() -> None:
    sources = [make_keyring() for _ in range(5)]
    for source in sources:
        source.keyring.rotate()
        source.keyring.signing_key("PS256")
    kids = [key.kid for source in sources for key in source.keyring.published()]
    assert len(kids) == len(set(kids)) == 15


def test_release_gives_every_key_back_once(pool: KeyPool) -> None:
    source = make_keyring(alg="EdDSA")
    for _ in range(SIZES["ed25519"]):
        source.keyring.rotate(overlap=False)
    assert len(source.notes) == 1
    source.release()
    source.release()
    leases = [pool.lease("EdDSA") for _ in range(SIZES["ed25519"])]
    assert not any(lease.generated for lease in leases)
    assert pool.lease("EdDSA").generated


def test_a_released_lane_takes_no_more_keys() -> None:
    source = make_keyring()
    source.release()
    with pytest.raises(LookupError, match="closed"):
        source.keyring.rotate()


def test_a_note_names_the_key_that_the_pool_lacked(pool: KeyPool) -> None:
    leases = [pool.lease("ES256") for _ in range(SIZES["ec-p256"])]
    source = make_keyring(alg="ES256")
    key = source.keyring.signing_key("ES256")
    assert source.notes == (f"The pool has no ES256 key left, so {key.kid} was generated.",)
    leases[0].release()
    source.keyring.rotate()
    assert len(source.notes) == 1


def test_a_slot_gives_the_same_keys_each_time() -> None:
    kids = []
    for _ in range(2):
        source = make_keyring(slot=2)
        for alg in ALGS:
            source.keyring.signing_key(alg)
        kids.append([key.kid for key in source.keyring.published()])
    assert kids[0] == kids[1]
    assert len(set(kids[0])) == len(ALGS)


def test_rotation_leaves_the_slot() -> None:
    source = make_keyring(slot=0)
    for _ in range(12):  # past the key that RS384 has in this slot
        source.keyring.rotate()
    source.keyring.signing_key("RS384")
    assert len({key.kid for key in source.keyring.published()}) == 14


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_generate_makes_keys_of_nobody_else(alg: str) -> None:
    first, second = make_keyring("generate", alg=alg), make_keyring("generate", alg=alg)
    key = signs(first)
    assert key.alg == alg
    assert key != signs(second)
    assert thumbprint(key.private_key) not in pool_thumbprints()
    first.keyring.rotate()
    first.release()
    assert first.notes == ()


@pytest.mark.parametrize("keys", ["pool", "generate", "-----BEGIN"])
def test_an_unknown_alg_is_refused_with_the_choices(keys: str) -> None:
    with pytest.raises(ValueError, match=r"'HS256' is not one of: RS256, "):
        make_keyring(keys, alg="HS256")


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("how", ["text", "file"])
def test_a_pem_is_the_key(alg: str, how: str, signing_keys: Keys, tmp_path: Path) -> None:
    text = pem(signing_keys[alg].private_key)
    file = tmp_path / "key.pem"
    file.write_text(text)
    source = make_keyring(text if how == "text" else str(file), alg=alg)
    assert signs(source) == signing_keys[alg]
    assert source.keyring.published() == (signing_keys[alg],)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_traditional_pem_will_do(alg: str, signing_keys: Keys) -> None:
    text = pem(signing_keys[alg].private_key, PrivateFormat.TraditionalOpenSSL)
    assert "BEGIN PRIVATE KEY" not in text
    assert signs(make_keyring(text)) == signing_keys[alg]


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "EdDSA"])
def test_a_key_that_is_not_rsa_decides_its_algorithm(alg: str, signing_keys: Keys) -> None:
    source = make_keyring(pem(signing_keys[alg].private_key))
    assert source.keyring.algs == (alg,)
    assert signs(source).alg == alg


def test_several_keys_are_published_and_the_first_signs(
    signing_keys: Keys, other_keys: Keys
) -> None:
    keys = [signing_keys["PS256"], signing_keys["ES256"], other_keys["PS256"]]
    remark = "Bag Attributes\n    friendlyName: Zoë\n"
    source = make_keyring(remark.join(pem(key.private_key) for key in keys), alg="PS256")
    assert source.keyring.published() == tuple(keys)
    assert signs(source) == keys[0]


def test_a_public_key_beside_the_private_one_does_no_harm(rsa_key: SigningKey) -> None:
    text = public_pem(rsa_key.private_key) + pem(rsa_key.private_key).replace("\n", "\r\n")
    assert make_keyring(text).keyring.published() == (rsa_key,)


def test_a_pem_lane_generates_what_it_does_not_hold(rsa_key: SigningKey) -> None:
    source = make_keyring(pem(rsa_key.private_key))
    assert source.keyring.signing_key("ES256").alg == "ES256"
    assert source.keyring.rotate() != rsa_key
    source.release()


def test_two_lanes_with_one_pem_do_not_notice_each_other(rsa_key: SigningKey) -> None:
    text = pem(rsa_key.private_key)
    first, second = make_keyring(text), make_keyring(text)
    first.keyring.rotate(overlap=False)
    assert second.keyring.published() == (rsa_key,)


RSA_1024 = rsa.generate_private_key(65537, 1024)
EC = ec.generate_private_key(ec.SECP256R1())
DAMAGED = pem(EC).replace(pem(EC)[60:90], "A" * 30)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(public_pem(EC), "no private key .*but PUBLIC KEY", id="public key only"),
        pytest.param(
            pem(EC, encryption=BestAvailableEncryption(b"secret")), "encrypted", id="encrypted"
        ),
        pytest.param(
            pem(EC, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")),
            "encrypted",
            id="encrypted, traditional",
        ),
        pytest.param(pem(RSA_1024), "1024 bits", id="weak RSA"),
        pytest.param(pem(ec.generate_private_key(ec.SECP256K1())), "secp256k1", id="other curve"),
        pytest.param(pem(ed448.Ed448PrivateKey.generate()), "Ed448", id="Ed448"),
        pytest.param(pem(dsa.generate_private_key(2048)), "DSA", id="DSA"),
        pytest.param(pem(EC, PrivateFormat.OpenSSH), "but OPENSSH PRIVATE KEY", id="OpenSSH"),
        pytest.param(DAMAGED, "damaged", id="damaged"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nAAAA", "no PEM block", id="cut off"),
        pytest.param(pem(EC) * 2, "more than one key has the kid", id="the same key twice"),
    ],
)
@pytest.mark.parametrize("how", ["text", "file"])
def test_a_bad_pem_is_refused_with_the_reason_and_the_choices(
    text: str, reason: str, how: str, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(text)
    with pytest.raises(ValueError, match=reason) as caught:
        make_keyring(text if how == "text" else str(file))
    message = str(caught.value)
    assert message.startswith("keys = PEM text: " if how == "text" else f"keys = {str(file)!r}: ")
    assert message.endswith(f". Choices: {CHOICES}")
    assert text.splitlines()[1] not in message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("key_of", "alg"), [("RS256", "ES256"), ("ES256", "ES384"), ("EdDSA", "PS256")]
)
def test_an_alg_that_does_not_fit_is_refused(key_of: str, alg: str, signing_keys: Keys) -> None:
    with pytest.raises(ValueError, match=f"'{alg}' does not fit; it can be used with") as caught:
        make_keyring(pem(signing_keys[key_of].private_key), alg=alg)
    assert CHOICES in str(caught.value)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("missing.pem", id="missing"),
        pytest.param("pol", id="misspelled"),
        pytest.param("", id="empty"),
        pytest.param(".", id="folder"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("x" * 5000, id="long"),
        pytest.param("~nobody-at-all/key.pem", id="unknown home"),
    ],
)
def test_what_is_no_file_is_refused_with_the_value_and_the_choices(
    keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="keys = ") as caught:
        make_keyring(keys)
    assert repr(keys) in str(caught.value)
    assert CHOICES in str(caught.value)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.der"
    file.write_bytes(EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="no PEM block"):
        make_keyring(str(file))
