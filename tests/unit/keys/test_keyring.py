"""The keys of a lane: which one signs, which are published, and how both change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockidp.keys.alg import ALGS, generate
from mockidp.keys.jwk import public_jwk, thumbprint
from mockidp.keys.keyring import Keyring, SigningKey

Keys = dict[str, SigningKey]


def fresh(alg: str) -> SigningKey:
    return SigningKey.of(generate(alg), alg=alg)


@pytest.fixture
def keyring() -> Keyring:
    """A keyring of quickly made keys: ES256 signs, EdDSA is held beside it."""
    return Keyring([fresh("ES256"), fresh("EdDSA")], fresh)


@pytest.mark.parametrize("alg", ALGS)
def test_a_signing_key_names_itself_after_its_thumbprint(alg: str, signing_keys: Keys) -> None:
    private_key = signing_keys[alg].private_key
    key = SigningKey.of(private_key, alg=alg)
    assert key.kid == f"mockidp-{thumbprint(private_key)[:16]}"
    assert key.public_jwk == public_jwk(private_key, kid=key.kid, alg=alg)
    assert key == signing_keys[alg]


@pytest.mark.parametrize(
    ("key_of", "alg"), [("PS512", "RS256"), ("ES384", "ES384"), ("EdDSA", "EdDSA")]
)
def test_the_usual_algorithm_of_a_key_is_taken(key_of: str, alg: str, signing_keys: Keys) -> None:
    assert SigningKey.of(signing_keys[key_of].private_key).alg == alg


@pytest.mark.parametrize(
    ("key_of", "alg"), [("RS256", "ES256"), ("ES256", "ES384"), ("EdDSA", "RS256"), ("RS256", "x")]
)
def test_an_algorithm_that_does_not_fit_is_refused(
    key_of: str, alg: str, signing_keys: Keys
) -> None:
    with pytest.raises(ValueError, match=f"'{alg}' does not fit the key, which is for"):
        SigningKey.of(signing_keys[key_of].private_key, alg=alg)


def test_a_signing_key_shows_nothing_private(rsa_key: SigningKey) -> None:
    assert repr(rsa_key) == f"SigningKey(kid='{rsa_key.kid}', alg='RS256')"


def test_a_public_jwk_cannot_be_changed(rsa_key: SigningKey) -> None:
    with pytest.raises(TypeError):
        rsa_key.public_jwk["kid"] = "x"  # type: ignore[index]


def test_a_keyring_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Keyring([], fresh)


def test_two_keys_with_one_kid_are_refused(rsa_key: SigningKey) -> None:
    same = SigningKey.of(rsa_key.private_key, alg="PS256")
    with pytest.raises(ValueError, match=rsa_key.kid):
        Keyring([rsa_key, same], fresh)


def test_a_new_key_with_a_kid_already_held_is_refused_and_changes_nothing(
    rsa_key: SigningKey,
) -> None:
    keyring = Keyring([rsa_key], lambda alg: rsa_key)
    with pytest.raises(ValueError, match=rsa_key.kid):
        keyring.rotate()
    assert (keyring.version, keyring.published()) == (0, (rsa_key,))


def test_the_first_key_of_an_algorithm_signs(signing_keys: Keys, other_keys: Keys) -> None:
    keys = [signing_keys["RS256"], signing_keys["ES256"], other_keys["RS256"]]
    keyring = Keyring(keys, fresh)
    assert keyring.signing_key("RS256") is keys[0]
    assert keyring.signing_key("ES256") is keys[1]
    assert keyring.published() == tuple(keys)
    assert keyring.algs == ("RS256", "ES256")
    assert keyring.version == 0


def test_a_key_of_another_algorithm_is_added_when_first_asked_for(keyring: Keyring) -> None:
    key = keyring.signing_key("ES384")
    assert key.alg == "ES384"
    assert keyring.signing_key("ES384") is key
    assert keyring.published()[-1] is key
    assert keyring.algs == ("ES256", "EdDSA", "ES384")
    assert keyring.version == 1


def test_a_key_that_was_added_is_the_same_after_going_back(keyring: Keyring) -> None:
    before = keyring.snapshot()
    added = keyring.signing_key("ES384")
    keyring.rotate(overlap=False)
    keyring.restore(before)
    assert keyring.algs == ("ES256", "EdDSA")
    assert keyring.signing_key("ES384") is added


def test_a_retired_key_that_was_added_does_not_come_back(keyring: Keyring) -> None:
    added = keyring.signing_key("ES384")
    keyring.retire(added.kid)
    assert keyring.signing_key("ES384").kid != added.kid


@pytest.mark.parametrize("alg", ["HS256", "none", "es256", ""])
def test_an_unknown_algorithm_is_refused_with_those_available(alg: str, keyring: Keyring) -> None:
    with pytest.raises(LookupError) as caught:
        keyring.signing_key(alg)
    message = str(caught.value)
    assert repr(alg) in message
    assert ", ".join(ALGS) in message
    assert "in use: ES256, EdDSA" in message
    assert keyring.version == 0


def test_a_published_key_is_found_by_its_kid(keyring: Keyring) -> None:
    for key in keyring.published():
        assert keyring.find(key.kid) is key
    assert keyring.find("x") is None


def test_rotation_replaces_each_signing_key_and_publishes_the_old_ones(keyring: Keyring) -> None:
    old = keyring.published()
    new = keyring.rotate()
    assert new is keyring.signing_key("ES256")
    assert [key.alg for key in keyring.published()] == ["ES256", "EdDSA", "ES256", "EdDSA"]
    assert keyring.published()[2:] == old
    assert keyring.signing_key("EdDSA") is keyring.published()[1]
    assert len({key.kid for key in keyring.published()}) == 4
    assert keyring.version == 1


def test_rotation_without_overlap_drops_the_old_ones(keyring: Keyring) -> None:
    old = keyring.published()
    keyring.rotate(overlap=False)
    assert [key.alg for key in keyring.published()] == ["ES256", "EdDSA"]
    assert not set(old) & set(keyring.published())
    assert all(keyring.find(key.kid) is None for key in old)


def test_a_retired_key_is_published_no_longer_and_the_next_newest_signs(keyring: Keyring) -> None:
    first = keyring.signing_key("ES256")
    second = keyring.rotate()
    keyring.retire(second.kid)
    assert keyring.find(second.kid) is None
    assert keyring.signing_key("ES256") is first


def test_after_the_last_key_is_retired_a_new_one_signs(keyring: Keyring) -> None:
    first = keyring.signing_key("ES256")
    keyring.retire(first.kid)
    assert [key.alg for key in keyring.published()] == ["EdDSA"]
    assert keyring.algs == ("ES256", "EdDSA")
    assert keyring.signing_key("ES256") != first
    assert keyring.version == 2


def test_retiring_an_unknown_kid_is_refused_with_those_published(keyring: Keyring) -> None:
    with pytest.raises(LookupError) as caught:
        keyring.retire("x")
    assert "'x'" in str(caught.value)
    assert all(key.kid in str(caught.value) for key in keyring.published())
    assert keyring.version == 0


def test_a_snapshot_is_what_restore_returns_to(keyring: Keyring) -> None:
    snapshot = keyring.snapshot()
    published = keyring.published()
    keyring.rotate(overlap=False)
    keyring.signing_key("ES512")
    keyring.retire(keyring.signing_key("EdDSA").kid)
    keyring.restore(snapshot)
    assert keyring.published() == published
    assert keyring.signing_key("ES256") is published[0]
    assert keyring.algs == ("ES256", "EdDSA")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda ring: ring.signing_key("ES384"), id="signing_key"),
        pytest.param(lambda ring: ring.rotate(), id="rotate"),
        pytest.param(lambda ring: ring.retire(ring.published()[0].kid), id="retire"),
        pytest.param(lambda ring: ring.restore(ring.snapshot()), id="restore"),
    ],
)
def test_the_version_grows_with_every_change(
    change: Callable[[Keyring], object], keyring: Keyring
) -> None:
    snapshot = keyring.snapshot()
    keyring.rotate()
    before = keyring.version
    change(keyring)
    assert keyring.version == before + 1
    keyring.restore(snapshot)
    assert keyring.version == before + 2


class AnnouncingLock:
    """A lock that counts who has come to it, so that a key is made only when all stand there."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.arrivals = threading.Semaphore(0)

    def __enter__(self) -> None:
        self.arrivals.release()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_threads_that_ask_for_a_new_algorithm_at_once_get_one_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock = AnnouncingLock()
    made: list[str] = []

    def new_key(alg: str) -> SigningKey:
        if not made:
            assert all(lock.arrivals.acquire(timeout=60) for _ in range(4))
        made.append(alg)
        return fresh(alg)

    keyring = Keyring([fresh("EdDSA")], new_key)
    monkeypatch.setattr(keyring, "_lock", lock)
    with ThreadPoolExecutor(4) as threads:
        keys = set(threads.map(keyring.signing_key, ["ES256"] * 4))
    assert made == ["ES256"]
    assert len(keys) == 1


def test_no_rotation_of_any_thread_is_lost(keyring: Keyring) -> None:
    with ThreadPoolExecutor(8) as threads:
        new = list(threads.map(lambda _: keyring.rotate(), range(40)))
    assert keyring.version == 40
    assert len(keyring.published()) == 2 * 41
    assert set(new) <= set(keyring.published())


def test_reading_does_not_wait_for_a_slow_new_key() -> None:
    is_making, may_finish = threading.Event(), threading.Event()
    first = fresh("EdDSA")

    def slow(alg: str) -> SigningKey:
        is_making.set()
        assert may_finish.wait(60)
        return fresh(alg)

    keyring = Keyring([first], slow)
    with ThreadPoolExecutor(1) as thread:
        rotation = thread.submit(keyring.rotate)
        assert is_making.wait(60)
        assert keyring.published() == (first,)
        assert keyring.signing_key("EdDSA") is first
        may_finish.set()
        new = rotation.result(60)
    assert keyring.published() == (new, first)
