"""The shipped keys: each is sound, and no two leases of a process hold the same one."""

from __future__ import annotations

import hashlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mockidp.keys import pool as pool_module
from mockidp.keys.alg import ALGS, algs_of
from mockidp.keys.jwk import thumbprint
from mockidp.keys.jwt import sign, verify
from mockidp.keys.keyring import Keyring
from mockidp.keys.pool import SIZES, KeyPool, Lease, PooledKey, pool_thumbprints, shared_pool

FOLDER = Path(pool_module.__file__).parent
# SHA-256 of all thumbprints in their order: a kid that is known today is known next year.
DIGEST = "68af080523d19d6be7dc9153b14f70775660932041edecd551ab3bd5617f1d29"
RSA_SIZE = SIZES["rsa2048"]
ALG_OF = {
    "rsa2048": "RS256",
    "ec-p256": "ES256",
    "ec-p384": "ES384",
    "ec-p521": "ES512",
    "ed25519": "EdDSA",
}


@pytest.fixture
def pool() -> KeyPool:
    return KeyPool()


def numbers(leases: list[Lease]) -> list[int | None]:
    return [lease.place.number if lease.place else None for lease in leases]


def test_the_files_are_those_that_are_counted() -> None:
    counted = {file.stem: file.read_text().count("BEGIN") for file in FOLDER.glob("*.pem")}
    assert counted == SIZES


@pytest.mark.parametrize("family", SIZES)
def test_each_file_holds_sound_keys_of_its_family(family: str) -> None:
    end = "-----END PRIVATE KEY-----\n"
    for text in (FOLDER / f"{family}.pem").read_text().split(end)[:-1]:
        key = load_pem_private_key((text + end).encode(), None)  # with the checks that leases skip
        assert algs_of(key)[0] == ALG_OF[family]
        if isinstance(key, rsa.RSAPrivateKey):
            assert key.key_size == 2048
            assert key.public_key().public_numbers().e == 65537


def test_the_thumbprints_are_those_of_all_keys_and_all_different() -> None:
    listed = pool_thumbprints()
    assert len(set(listed)) == len(listed) == sum(SIZES.values())
    key = KeyPool().lease("ES256").key
    assert thumbprint(key.private_key) in listed


def test_the_keys_never_change() -> None:
    listed = "\n".join(pool_thumbprints())
    assert hashlib.sha256(listed.encode()).hexdigest() == DIGEST


@pytest.mark.parametrize("alg", ALGS)
def test_a_leased_key_signs_what_its_public_half_verifies(alg: str, pool: KeyPool) -> None:
    with pool.lease(alg) as lease:
        assert lease.key.alg == alg
        assert not lease.generated
        keyring = Keyring([lease.key], lambda alg: lease.key)
        assert verify(sign({"a": 1}, lease.key), keyring)[1] == {"a": 1}


def test_leases_alive_never_hold_the_same_key_whatever_their_algorithm(pool: KeyPool) -> None:
    algs = ["RS256", "PS256", "RS512", "ES256", "EdDSA"]
    leases = [pool.lease(algs[n % len(algs)]) for n in range(40)]
    assert not any(lease.generated for lease in leases)
    assert len({lease.key.kid for lease in leases}) == 40


def test_a_key_is_reused_as_late_as_possible(pool: KeyPool) -> None:
    seen = []
    for _ in range(RSA_SIZE + 2):
        with pool.lease("RS256") as lease:
            seen.append(lease)
    assert numbers(seen) == [*range(RSA_SIZE), 0, 1]
    assert seen[0].key == seen[RSA_SIZE].key


def test_the_key_given_back_longest_ago_is_next(pool: KeyPool) -> None:
    leases = [pool.lease("EdDSA") for _ in range(SIZES["ed25519"])]
    for number in (5, 2, 7):
        leases[number].release()
    assert numbers([pool.lease("EdDSA") for _ in range(3)]) == [5, 2, 7]


def test_beyond_the_pool_keys_are_generated(pool: KeyPool) -> None:
    leases = [pool.lease("ES256") for _ in range(SIZES["ec-p256"] + 3)]
    assert [lease.generated for lease in leases[-4:]] == [False, True, True, True]
    assert len({lease.key.kid for lease in leases}) == len(leases)
    leases[-1].release()
    assert pool.lease("ES256").generated
    leases[0].release()
    assert not pool.lease("ES256").generated


def test_releasing_twice_is_releasing_once(pool: KeyPool) -> None:
    first = pool.lease("ES384")
    first.release()
    first.release()
    leases = [pool.lease("ES384") for _ in range(SIZES["ec-p384"])]
    assert len({lease.key.kid for lease in leases}) == SIZES["ec-p384"]
    first.release()  # its key is now another's
    assert pool.lease("ES384").generated


def test_a_slot_is_the_same_key_each_time_in_every_process() -> None:
    assert KeyPool().lease("RS256", slot=5).place == PooledKey(family="rsa2048", number=5)
    assert KeyPool().lease("ES256", slot=5).place == PooledKey(family="ec-p256", number=5)
    assert KeyPool().lease("EdDSA", slot=13).place == PooledKey(family="ed25519", number=5)


def test_the_algorithms_of_one_slot_have_different_keys(pool: KeyPool) -> None:
    leases = [pool.lease(alg, slot=7) for alg in ALGS]
    assert len({lease.key.kid for lease in leases}) == len(ALGS)


def test_a_slot_may_be_held_many_times_but_never_with_a_plain_lease(pool: KeyPool) -> None:
    first, second = pool.lease("ES512", slot=0), pool.lease("ES512", slot=0)
    assert first.key == second.key
    first.release()
    plain = [pool.lease("ES512") for _ in range(SIZES["ec-p521"])]
    assert numbers(plain) == [1, 2, 3, None]
    second.release()
    assert numbers([pool.lease("ES512")]) == [0]


def test_a_slot_is_granted_though_a_plain_lease_holds_the_key(pool: KeyPool) -> None:
    plain = pool.lease("EdDSA")
    fixed = pool.lease("EdDSA", slot=0)
    assert fixed.key == plain.key
    plain.release()
    rest = [pool.lease("EdDSA") for _ in range(SIZES["ed25519"])]
    assert numbers(rest) == [1, 2, 3, 4, 5, 6, 7, None]


def test_an_unknown_algorithm_is_refused(pool: KeyPool) -> None:
    with pytest.raises(ValueError, match=r"'HS256' is not one of: RS256, "):
        pool.lease("HS256")


def test_a_negative_slot_is_refused(pool: KeyPool) -> None:
    with pytest.raises(ValueError, match="slot -1"):
        pool.lease("RS256", slot=-1)


def test_there_is_one_pool_in_a_process() -> None:
    assert shared_pool() is shared_pool()


def test_threads_never_hold_the_same_key(pool: KeyPool) -> None:
    lock = threading.Lock()
    held: set[str] = set()
    clashes = []

    def use_keys(_: int) -> None:
        for _ in range(50):
            with pool.lease("RS256") as lease:
                with lock:
                    if lease.key.kid in held:
                        clashes.append(lease.key.kid)
                    held.add(lease.key.kid)
                with lock:
                    held.remove(lease.key.kid)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use_keys, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert not clashes
    assert len({pool.lease("RS256").key.kid for _ in range(RSA_SIZE)}) == RSA_SIZE


def test_loading_skips_the_check_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = []

    def load(
        data: bytes, password: None, *, unsafe_skip_rsa_key_validation: bool = False
    ) -> object:
        skipped.append(unsafe_skip_rsa_key_validation)
        return load_pem_private_key(data, password)

    monkeypatch.setattr(pool_module, "load_pem_private_key", load)
    KeyPool().lease("RS256")
    assert skipped == [True]
