"""The shipped test keys, and who holds which of them; README.md beside this file tells more."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import cast

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mockidp.keys.alg import ALGS, RSA_ALGS, PrivateKey, generate
from mockidp.keys.jwk import thumbprint
from mockidp.keys.keyring import SigningKey
from mockidp.records import dataclass

#: How many keys each family has; a family is one file.
SIZES = {"rsa2048": 64, "ec-p256": 8, "ec-p384": 4, "ec-p521": 4, "ed25519": 8}
_FAMILIES = dict.fromkeys(RSA_ALGS, "rsa2048") | {
    "ES256": "ec-p256",
    "ES384": "ec-p384",
    "ES512": "ec-p521",
    "EdDSA": "ed25519",
}
# Not `importlib.resources`: that takes 10 ms to import, and `cryptography` runs from no zip anyway.
_FOLDER = Path(__file__).parent
_END = b"-----END PRIVATE KEY-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledKey:
    """The place of a key in the pool."""

    family: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lease:
    """A key that no other lease of this process holds, until `release()`."""

    key: SigningKey
    #: None when the pool had no key left and this one was made on the spot.
    place: PooledKey | None
    pool: KeyPool = field(repr=False)

    @property
    def generated(self) -> bool:
        """Whether the key is not one of the pool: the journal should say so."""
        return self.place is None

    def release(self) -> None:
        """Give the key back. May be called any number of times."""
        self.pool.release(self)

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


class KeyPool:
    """Lends the shipped keys: always the one that was given back longest ago."""

    def __init__(self) -> None:
        # Held for moments only: keys are read and generated outside it.
        self._lock = threading.Lock()
        self._free = {
            family: deque(PooledKey(family=family, number=number) for number in range(size))
            for family, size in SIZES.items()
        }
        self._alive: set[Lease] = set()
        self._holders: Counter[PooledKey] = Counter()
        # Kept, because a freshly loaded RSA key signs its first token in almost twice the time, and
        # its thumbprint takes longer than all else that a lease does.
        self._loaded: dict[tuple[PooledKey, str], SigningKey] = {}

    def lease(self, alg: str, *, slot: int | None = None) -> Lease:
        """Lend a key for `alg`; beyond the pool one is generated, which takes 24 to 450 ms for RSA.

        `slot` asks for the same key each time, whoever else holds it: that is for `mockidp serve`,
        whose tokens are to survive a restart. It counts round and round the family. The six RSA
        algorithms have different keys in a slot, as a key is for one algorithm (RFC 8725, 3.1).
        Raises `ValueError` for an unknown `alg` or a negative `slot`.
        """
        if alg not in _FAMILIES:
            raise ValueError(f"alg {alg!r} is not one of: {', '.join(ALGS)}")
        if slot is not None and slot < 0:
            raise ValueError(f"slot {slot} is negative; slots are counted from 0")
        place = self._take_next(_FAMILIES[alg]) if slot is None else self._take(_place(alg, slot))
        if place is None:
            key = SigningKey.of(generate(alg), alg=alg)
        else:
            key = self._load(place, alg)
        lease = Lease(key=key, place=place, pool=self)
        with self._lock:
            self._alive.add(lease)
        return lease

    def release(self, lease: Lease) -> None:
        """Take the key of `lease` back; a second time does nothing."""
        with self._lock:
            if lease not in self._alive:
                return
            self._alive.remove(lease)
            if lease.place is None:
                return
            self._holders[lease.place] -= 1
            if not self._holders[lease.place]:
                self._free[lease.place.family].append(lease.place)

    def _take_next(self, family: str) -> PooledKey | None:
        with self._lock:
            free = self._free[family]
            if not free:
                return None
            place = free.popleft()
            self._holders[place] = 1
            return place

    def _take(self, place: PooledKey) -> PooledKey:
        with self._lock:
            if not self._holders[place]:
                self._free[place.family].remove(place)
            self._holders[place] += 1
            return place

    def _load(self, place: PooledKey, alg: str) -> SigningKey:
        key = self._loaded.get((place, alg))
        if key is None:
            key = SigningKey.of(_read(place), alg=alg)
        return self._loaded.setdefault((place, alg), key)


# The one module-level state of the package, and it has to be: that no two lanes hold the same key
# can only be promised by one object that all lanes of a process ask, and it tells none of them
# anything else about another. Other processes (pytest-xdist, a fork) have their own, and may use
# the same keys: that two lanes of one test accept each other's tokens is what must never happen.
_SHARED = KeyPool()


def shared_pool() -> KeyPool:
    """The pool of this process."""
    return _SHARED


def pool_thumbprints() -> tuple[str, ...]:
    """The RFC 7638 thumbprints of all shipped keys, for a deny-list: production trusts none."""
    return tuple(
        thumbprint(_read(PooledKey(family=family, number=number)))
        for family, size in SIZES.items()
        for number in range(size)
    )


def _place(alg: str, slot: int) -> PooledKey:
    family = _FAMILIES[alg]
    sharing = [other for other in ALGS if _FAMILIES[other] == family]
    first = sharing.index(alg) * (SIZES[family] // len(sharing))
    return PooledKey(family=family, number=(first + slot) % SIZES[family])


def _read(place: PooledKey) -> PrivateKey:
    data = _pems(place.family)[place.number]
    # Whether the primes are prime takes 30 ms to check, and guards against a key that an attacker
    # made. These are ours, and the tests load every one of them with that check.
    key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    return cast(PrivateKey, key)


@cache
def _pems(family: str) -> list[bytes]:
    # One file for all of them: in every run, pytest reads a list of all files of its plugins.
    *pems, _ = (_FOLDER / f"{family}.pem").read_bytes().split(_END)
    return [pem + _END for pem in pems]
